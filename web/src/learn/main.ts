/** The cells of a chapter: each can be changed and run. */
import { imageOf } from '../drawing/pixels.ts';
import { lendThreads } from '../../../src/engine/wasm/threads/lend-threads.ts';
import { keepOffline } from '../offline.ts';
import type { CellEvent } from './messages.ts';

const cells = [...document.querySelectorAll<HTMLElement>('.code-cell')];
let worker: Worker | null = null;

for (const [index, cell] of cells.entries()) {
  const button = cell.querySelector('button')!;
  button.disabled = false;
  button.addEventListener('click', () => (worker === null ? run(index) : stop()));
}
void keepOffline();

function codeOf(cell: HTMLElement): string {
  return cell.querySelector('textarea')!.value;
}

/** Runs a cell, after those before it. */
function run(index: number): void {
  const cell = cells[index]!;
  const result = cell.querySelector('.result')!;
  result.replaceChildren();
  label(index, 'Stop');
  worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  lendThreads(worker);
  worker.addEventListener('message', ({ data }: MessageEvent<CellEvent>) => {
    if (data.kind === 'line') add(result, 'pre', data.text);
    else if (data.kind === 'picture') addPicture(result, data);
    else {
      if (data.kind === 'failed') add(result, 'p', data.message);
      stop();
    }
  });
  const data = new URL('../data/', location.href).href;
  worker.postMessage({ cells: cells.slice(0, index + 1).map(codeOf), data });
}

function stop(): void {
  worker?.terminate();
  worker = null;
  for (const index of cells.keys()) label(index, 'Run');
}

function label(running: number, text: string): void {
  const button = cells[running]!.querySelector('button')!;
  button.textContent = text;
}

function add(result: Element, tag: 'p' | 'pre', text: string): void {
  const line = document.createElement(tag);
  line.textContent = text;
  result.append(line);
}

function addPicture(
  result: Element,
  { values, height, width }: Extract<CellEvent, { kind: 'picture' }>,
): void {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height, className: 'pixels' });
  canvas.style.width = `${4 * width}px`;
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', `a picture of ${height} rows and ${width} columns`);
  const pixels = Array.from(values, (value) => 255 * Math.min(Math.max(value, 0), 1));
  canvas.getContext('2d')!.putImageData(imageOf(pixels, height, width, 1), 0, 0);
  result.append(canvas);
}
