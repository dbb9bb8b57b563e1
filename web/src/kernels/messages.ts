import type { LadderResult, RungResult } from '../../../bench/matmul/ladder/climb.ts';

/** What the worker is told. */
export interface Climb {
  readonly sizes: readonly number[];
  readonly threads: number;
}

/** What it tells. */
export type ClimbEvent =
  | { readonly kind: 'measuring'; readonly rung: string; readonly size: number }
  | { readonly kind: 'rung'; readonly result: RungResult }
  | { readonly kind: 'done'; readonly result: LadderResult }
  | { readonly kind: 'failed'; readonly message: string };
