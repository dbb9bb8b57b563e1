import { encodeOnnx } from '../model/onnx/encode-onnx.ts';
import { encodeNetworkJson } from '../model/network-json.ts';
import { encodeNetwork } from '../model/saved-model.ts';
import type { TrainedNetwork } from '../model/trained-network.ts';
import type { Branch } from './branch.ts';
import { type Exported, type ExportKind, exportKinds } from './messages.ts';

/**
 * A network, or the curves of its run, as a file.
 *
 * @throws RangeError for another kind of file
 */
export function exported(kind: ExportKind, network: TrainedNetwork, branch: Branch): Exported {
  switch (kind) {
    case 'safetensors':
      return { fileName: `${network.name}.safetensors`, bytes: encodeNetwork(network) };
    case 'onnx':
      return { fileName: `${network.name}.onnx`, bytes: encodeOnnx(network) };
    case 'json':
      return { fileName: `${network.name}.json`, bytes: utf8(encodeNetworkJson(network)) };
    case 'history':
      return { fileName: `${network.name}.csv`, bytes: utf8(historyOf(branch)) };
    default:
      throw new RangeError(`export: expected one of ${exportKinds.join(', ')}, got ${String(kind)}`);
  }
}

/** A line for each point of the curves, those on the validation images apart. */
function historyOf({ curve, validation }: Branch): string {
  const line = (part: string, { step, epoch, loss, accuracy }: Branch['curve'][number]): string =>
    [part, step, epoch, loss, accuracy].join(',');
  return [
    'part,step,epoch,loss,accuracy',
    ...curve.map((point) => line('train', point)),
    ...validation.map((point) => line('validation', point)),
    '',
  ].join('\n');
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
