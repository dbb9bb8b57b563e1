import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { exportKinds, type ExportKind } from '../../../src/session.ts';
import { withParents } from '../branches.ts';
import { ask, facts, position, settings, state } from '../store.ts';

const names: Readonly<Record<ExportKind, string>> = {
  safetensors: 'weights (safetensors)',
  onnx: 'network (ONNX)',
  json: 'network (JSON)',
  history: 'curves (CSV)',
};

/** Files of the run, weights of another, and the same run elsewhere. */
export function TakeAlong(): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const take = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    const reached = await ask('import', { bytes: new Uint8Array(await file.arrayBuffer()), name: file.name });
    if (reached) position.value = reached;
    input.current!.value = '';
  };
  return (
    <section aria-labelledby="take-title">
      <h2 id="take-title">Take it along</h2>
      <p>
        {exportKinds.map((kind) => (
          <button key={kind} type="button" onClick={() => void save(kind)}>
            {names[kind]}
          </button>
        ))}
        <button type="button" onClick={() => void saveReport()}>
          report (HTML)
        </button>
      </p>
      <p>
        <label>
          Weights of another run of this network (safetensors){' '}
          <input
            ref={input}
            type="file"
            accept=".safetensors"
            onChange={(event) => void take(event.currentTarget.files?.[0])}
          />
        </label>
      </p>
      <p>
        The same run in a terminal: <code class="command">{command()}</code>
      </p>
    </section>
  );
}

async function save(kind: ExportKind): Promise<void> {
  const file = await ask('export', { kind });
  if (file !== null) download(file.fileName, Uint8Array.from(file.bytes));
}

async function saveReport(): Promise<void> {
  const measures = await ask('measure', { part: 'validation' });
  const all = await ask('branches');
  const shown = all?.find(({ id }) => id === position.value?.branch);
  if (measures === null || all === null || shown === undefined) return;
  // few visitors want it: it is loaded when it is asked for
  const { reportPage } = await import('../report.ts');
  const run = { ...shown, ...withParents(shown, all) };
  const page = reportPage({
    facts: facts.value!,
    seed: state.value.seed,
    branch: run,
    measures,
    command: command(),
  });
  download(`${facts.value!.network}.html`, page);
}

function download(name: string, content: BlobPart): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** As `npm run train` takes it. */
function command(): string {
  const { learningRate, batchSize, optimizer, momentum, weightDecay, labelSmoothing, l2, augment } =
    settings.value;
  const { network, layers, seed } = state.value;
  const flags = [
    `--model ${layers ? 'my-layers.json' : network}`,
    seed === 1 ? '' : `--seed ${seed}`,
    learningRate === 0.001 ? '' : `--learning-rate ${learningRate}`,
    batchSize === 64 ? '' : `--batch-size ${batchSize}`,
    optimizer === 'sgd' ? `--optimizer sgd --momentum ${momentum}` : '',
    weightDecay > 0 ? `--weight-decay ${weightDecay}` : '',
    labelSmoothing > 0 ? `--label-smoothing ${labelSmoothing}` : '',
    l2 > 0 ? `--l2 ${l2}` : '',
    augment.flip ? '--flip' : '',
    augment.shift ? `--shift ${augment.shift}` : '',
    augment.rotate ? `--rotate ${augment.rotate}` : '',
    augment.fill === 'reflect' && (augment.shift || augment.rotate) ? '--fill reflect' : '',
    augment.erase ? `--erase ${augment.erase}` : '',
    augment.cutout ? `--cutout ${augment.cutout}` : '',
  ];
  return `npm run train -- ${flags.filter((flag) => flag !== '').join(' ')}`;
}
