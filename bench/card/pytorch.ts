/** PyTorch on the same card, in a process of its own. */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { runPython } from '../race/python.ts';
import { type Spread, spread } from '../measure/spread.ts';
import type { PyTorchOnCard } from './result.ts';

const script = join(import.meta.dirname, '../libraries/pytorch_gpu.py');

/** Why PyTorch cannot be measured on this card; null if it can. */
export function noPyTorch(python: string): string | null {
  const code = 'import sys, torch; sys.exit(0 if torch.cuda.is_available() else 3)';
  const { status, error } = spawnSync(python, ['-c', code], { encoding: 'utf8' });
  if (status === 0) return null;
  if (error) return `there is no ${python}`;
  return status === 3 ? 'PyTorch finds no GPU with CUDA' : `${python} has no PyTorch`;
}

/** What the script prints: images per second, block by block. */
interface Measured extends Omit<PyTorchOnCard, 'steps'> {
  readonly steps: readonly (Omit<PyTorchOnCard['steps'][number], 'imagesPerSecond' | 'layout'> & {
    readonly layouts: Readonly<Record<string, readonly number[]>>;
  })[];
}

export interface PyTorchWork {
  readonly sizes: readonly number[];
  readonly batchSizes: readonly number[];
  readonly blocks: number;
  readonly seconds: number;
}

/** Products and training steps, as `bench gpu` measures them on weft. @throws with the last line of what it says */
export function measurePyTorch(
  python: string,
  { sizes, batchSizes, blocks, seconds }: PyTorchWork,
): PyTorchOnCard {
  const options = {
    sizes: sizes.map(String),
    'batch-sizes': batchSizes.map(String),
    blocks: [String(blocks)],
    seconds: [String(seconds)],
  };
  const words = Object.entries(options).flatMap(([name, values]) => [`--${name}`, ...values]);
  const measured = runPython<Measured>(python, [script, ...words], availableParallelism());
  const steps = measured.steps.map(({ layouts, ...step }) => ({ ...step, ...fastestLayout(layouts) }));
  return { ...measured, steps };
}

/** The layout with the highest median. */
export function fastestLayout(layouts: Readonly<Record<string, readonly number[]>>): {
  readonly layout: string;
  readonly imagesPerSecond: Spread;
} {
  return Object.entries(layouts)
    .map(([layout, speeds]) => ({ layout, imagesPerSecond: spread(speeds) }))
    .toSorted((x, y) => y.imagesPerSecond.median - x.imagesPerSecond.median)[0]!;
}
