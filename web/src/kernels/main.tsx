/** The ladder of products, measured on the visitor's device. */
import { signal } from '@preact/signals';
import { type JSX, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { LadderResult, RungResult } from '../../../bench/matmul/ladder/climb.ts';
import type { Speed } from '../../../bench/matmul/ladder/measure.ts';
import { lendThreads } from '../../../src/engine/wasm/threads/lend-threads.ts';
import { keepOffline } from '../offline.ts';
import type { ClimbEvent } from './messages.ts';

const sizes = [64, 128, 256, 512];
const rungs = signal<readonly RungResult[]>([]);
const doing = signal<string | null>(null);
const result = signal<LadderResult | null>(null);
const failure = signal<string | null>(null);
/** A page that is not seen is slowed down, and its figures are worth nothing. */
const wasHidden = signal(false);

/** The sources of the rungs, fetched when they are opened. */
const sources = import.meta.glob<string>('../../../bench/matmul/[01]*.ts', {
  query: '?raw',
  import: 'default',
});

function climb(): void {
  rungs.value = [];
  result.value = null;
  failure.value = null;
  wasHidden.value = document.hidden;
  doing.value = 'starting …';
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  lendThreads(worker);
  worker.addEventListener('message', ({ data }: MessageEvent<ClimbEvent>) => {
    if (data.kind === 'measuring') doing.value = `${data.rung}, ${data.size} × ${data.size}`;
    else if (data.kind === 'rung') rungs.value = [...rungs.value, data.result];
    else {
      doing.value = null;
      if (data.kind === 'done') result.value = data.result;
      else failure.value = data.message;
      worker.terminate();
    }
  });
  const threads = crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, 8) : 1;
  worker.postMessage({ sizes, threads });
}

function speedOf({ speeds }: RungResult, size: number): Speed | undefined {
  const found = speeds.find((one) => one.size === size);
  return found !== undefined && 'gflops' in found ? found.gflops : undefined;
}

function speed(rung: RungResult, size: number): number | undefined {
  return speedOf(rung, size)?.median;
}

function figure(value: number | undefined): string {
  return value === undefined ? '–' : value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function Page(): JSX.Element {
  return (
    <>
      <header>
        <h1>How a product of matrices gets fast, on your device</h1>
        <p class="quiet">
          Nearly all of the work of a network is products of matrices. Each rung below computes the same
          product, each with one idea more. A rung is checked against sums in double precision before and
          after it is timed. The figures are GFLOP/s: a thousand million multiplications and additions a
          second, the median of up to 100 samples, and below it the range of the middle 80 % of them.{' '}
          <a href="../">Watch a network learn</a>
        </p>
      </header>
      <main class="wide">
        <section aria-label="The ladder">
          <p>
            <button type="button" class="main" disabled={doing.value !== null} onClick={climb}>
              Measure
            </button>{' '}
            <span role="status">
              {doing.value ?? (result.value ? 'done' : 'It takes about half a minute.')}
            </span>
          </p>
          {failure.value && <p role="alert">{failure.value}</p>}
          {wasHidden.value && (
            <p role="alert">The page was out of sight: browsers slow such pages down. Measure again.</p>
          )}
          {rungs.value.length > 0 && <Table />}
          {result.value && <Conditions result={result.value} />}
        </section>
      </main>
    </>
  );
}

function Table(): JSX.Element {
  const naive = speed(rungs.value[0]!, 256);
  const fastest = Math.max(...rungs.value.map((rung) => speed(rung, 256) ?? 0));
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col" class="text">
              rung
            </th>
            <th scope="col" class="text">
              idea
            </th>
            {sizes.map((size) => (
              <th key={size} scope="col">
                n = {size}
              </th>
            ))}
            <th scope="col">× the first, 256</th>
            <th scope="col">
              <span class="hidden">beside the fastest</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rungs.value.map((rung) => (
            <tr key={rung.name}>
              <td class="text">
                <Source name={rung.name} />
              </td>
              <td class="text">
                {rung.idea}
                {rung.threads > 1 ? `, ${rung.threads} threads` : ''}
              </td>
              {rung.unavailable !== null ? (
                <td class="text quiet" colSpan={sizes.length + 2}>
                  not here: {rung.unavailable}
                </td>
              ) : (
                <>
                  {sizes.map((size) => (
                    <td key={size}>
                      <Figure speed={speedOf(rung, size)} />
                    </td>
                  ))}
                  <td>{naive ? figure((speed(rung, 256) ?? 0) / naive) : '–'}</td>
                  <td>
                    <meter min={0} max={fastest || 1} value={speed(rung, 256) ?? 0} aria-label={rung.name} />
                  </td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The median, and below it the range of the middle 80 % of the samples. */
function Figure({ speed: measured }: { readonly speed: Speed | undefined }): JSX.Element {
  if (measured === undefined) return <>–</>;
  return (
    <>
      {figure(measured.median)}
      <br />
      <small class="quiet">
        {figure(measured.p10)}–{figure(measured.p90)}
      </small>
    </>
  );
}

/** The name of a rung, which opens its source. */
function Source({ name }: { readonly name: string }): JSX.Element {
  const load = sources[`../../../bench/matmul/${name}.ts`];
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState<string | null>(null);
  useEffect(() => {
    if (isOpen && load && text === null) void load().then(setText);
  }, [isOpen]);
  if (!load) return <span>{name}</span>;
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{name}</summary>
      {text !== null && (
        // a wide text scrolls, also by the arrow keys
        <pre tabIndex={0}>{text}</pre>
      )}
    </details>
  );
}

function Conditions({ result: climbed }: { readonly result: LadderResult }): JSX.Element {
  const { machine, adapter, peakGflops, peakLanes } = climbed;
  return (
    <>
      <p class="quiet">
        Measured on: {String(machine['browser'])}, {String(machine['cores'])} cores.{' '}
        {peakGflops !== null &&
          `A thread multiplies and adds at most ${figure(peakGflops)} GFLOP/s, ${peakLanes} floats at a time. `}
        {adapter
          ? `GPU: ${adapter.name}${adapter.software ? ', which is a program on the processor' : ''}. `
          : 'No GPU. '}
        The clock ticks in {crossOriginIsolated ? '5' : '100'} µs or more.
      </p>
      <p>
        <Copy name="Copy as Markdown" text={markdown(climbed)} />
        <Copy name="Copy as JSON" text={JSON.stringify(climbed, null, 2)} />
      </p>
    </>
  );
}

function Copy({ name, text }: { readonly name: string; readonly text: string }): JSX.Element {
  const [isCopied, setCopied] = useState(false);
  return (
    <button
      type="button"
      onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
    >
      {isCopied ? 'Copied' : name}
    </button>
  );
}

function markdown({ rungs: all, machine }: LadderResult): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    row(['rung', 'idea', ...sizes.map((size) => `n = ${size}`)]),
    row(['---', '---', ...sizes.map(() => '---:')]),
    ...all
      .filter(({ unavailable }) => unavailable === null)
      .map((rung) => row([rung.name, rung.idea, ...sizes.map((size) => figure(speed(rung, size)))])),
    '',
    `GFLOP/s, medians. Measured on: ${String(machine['browser'])}, ${String(machine['cores'])} cores.`,
  ].join('\n');
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden && doing.value !== null) wasHidden.value = true;
});
const app = document.querySelector('#app')!;
app.replaceChildren();
render(<Page />, app);
void keepOffline();
