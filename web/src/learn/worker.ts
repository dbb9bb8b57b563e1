/** Runs the cells of a chapter, with the library at hand. */
import { decodeShard } from '../../../src/data/shards/decode-shard.ts';
import { checkManifest } from '../../../src/data/shards/manifest.ts';
import { borrowThreads } from '../../../src/engine/wasm/threads/borrow-threads.ts';
import * as weft from '../../../src/index.ts';
import type { CellEvent, RunCells } from './messages.ts';
import { moduleOf } from './module-of.ts';

borrowThreads(self);

const tell = (event: CellEvent): void => postMessage(event);

addEventListener('message', ({ data: { cells, data } }: MessageEvent<RunCells>) => void run(cells, data));

async function run(cells: readonly string[], data: string): Promise<void> {
  let isLast = false;
  const chapter = {
    begin: (index: number): void => void (isLast = index === cells.length - 1),
    end: (): void => {},
  };
  const picture = (values: ArrayLike<number>, height: number, width: number): void => {
    if (isLast) tell({ kind: 'picture', values: Float32Array.from(values), height, width });
  };
  console.log = (...parts: unknown[]): void => {
    if (isLast) tell({ kind: 'line', text: parts.map(written).join(' ') });
  };
  const garments = (count: number): Promise<object> => firstGarments(data, count);
  Object.assign(globalThis, { ofChapter: { chapter, garments, picture, weft } });
  const address = URL.createObjectURL(new Blob([moduleOf(cells)], { type: 'text/javascript' }));
  try {
    await import(/* @vite-ignore */ address);
    tell({ kind: 'done' });
  } catch (error) {
    tell({ kind: 'failed', message: `${(error as Error).name}: ${(error as Error).message}` });
  }
}

function written(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

/** The first training images, from the first piece of the data. */
async function firstGarments(data: string, count: number): Promise<object> {
  const manifest = checkManifest(await (await fetch(`${data}index.json`)).json(), 'index.json');
  const shard = manifest.shards.find(({ part, first }) => part === 'train' && first === 0)!;
  if (!(count >= 1 && count <= shard.count))
    throw new RangeError(`garments: from 1 to ${shard.count}, got ${count}`);
  const bytes = new Uint8Array(await (await fetch(`${data}${shard.file}`)).arrayBuffer());
  const { images, labels } = await decodeShard(bytes, shard, manifest.imageShape, shard.file);
  const size = images.length / shard.count;
  const x = Float32Array.from(images.subarray(0, count * size), (byte) => byte / 255);
  return { x, labels: labels.slice(0, count), names: manifest.classNames };
}
