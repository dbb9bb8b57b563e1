import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { writeAtomically } from '../../../atomic-write.ts';
import { featureNames } from '../../../data/table/features.ts';
import { encodeNetworkJson } from '../../../model/network-json.ts';
import { encodeOnnx } from '../../../model/onnx/encode-onnx.ts';
import { encodeNetwork } from '../../../model/saved-model.ts';
import { countParameters } from '../../../model/parameter-count.ts';
import { formatCount } from '../../../model/summary.ts';
import { describeInput, type TrainedNetwork } from '../../../model/trained-network.ts';
import { readRun } from '../../../run/saved-run.ts';
import { modelName } from '../../options/model-option.ts';
import { Output } from '../../framework/output.ts';
import { UsageError } from '../../framework/usage-error.ts';
import { type Format, formatOf } from './formats.ts';

interface ExportArguments {
  readonly run: string;
  readonly format: Format | undefined;
  readonly out: string | undefined;
  readonly quiet: boolean;
  readonly json: boolean;
}

const encoders: { readonly [F in Format]: (network: TrainedNetwork) => Uint8Array } = {
  onnx: encodeOnnx,
  safetensors: encodeNetwork,
  json: (network) => Buffer.from(encodeNetworkJson(network)),
};

/** An exported file in the folder of a run has this name before its ending. */
const stem = 'network';

/** `weft export`: reads a run and writes its network to one file. */
export async function exportRun(args: ExportArguments): Promise<void> {
  const output = new Output(args);
  const { configuration, model, weights } = readRun(args.run);
  const classNames = configuration.classNames.length > 0 ? configuration.classNames : undefined;
  const features = configuration.table && featureNames(configuration.table.columns);
  const network = { name: modelName(configuration.model), model, classNames, weights, features };
  const format = args.format ?? formatOf(args.out);
  const file = args.out ?? join(args.run, `${stem}.${format}`);
  checkTarget(file, args.run);
  const bytes = encoders[format](network);
  await writeExport(file, bytes);

  const parameters = countParameters(model);
  output.text(`network  ${network.name}: ${formatCount(parameters)} parameters`);
  const input = model.inputShape.length === 3 ? 'images' : 'x';
  output.text(`input    ${format === 'onnx' ? `${input} ` : ''}${describeInput(network)}`);
  if (format === 'onnx') {
    const outputs = classNames
      ? `probabilities and logits, float32 [N, ${classNames.length}]`
      : 'predictions, float32 [N, 1]';
    output.text(`outputs  ${outputs}`);
  }
  output.text('how to use it: docs/export.md');
  output.result(args.quiet ? file : `written to ${file}: ${formatCount(bytes.length)} bytes`);
  output.event('export', {
    file,
    format,
    bytes: bytes.length,
    name: network.name,
    parameters,
    inputShape: model.inputShape,
    classNames,
    features,
  });
}

/** @throws UsageError for a file that the run wrote itself: it is needed to use the run */
function checkTarget(file: string, run: string): void {
  const isInRun = resolve(dirname(file)) === resolve(run);
  if (isInRun && existsSync(file) && !basename(file).startsWith(`${stem}.`)) {
    throw new UsageError(`--out ${file}: this is a file of the run itself; choose another name`);
  }
}

async function writeExport(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeAtomically(file, bytes);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? `there is no folder ${dirname(file)}` : message;
    throw new Error(`${file}: cannot be written: ${reason}`, { cause: error });
  }
}
