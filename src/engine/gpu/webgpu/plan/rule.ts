import type { Operation, OperationKind } from '../../../../tensor/operation.ts';
import type { Translate } from '../../translate.ts';
import type { Conv2dPass } from '../../wgsl/conv2d.ts';
import type { Tile } from '../../wgsl/tile.ts';
import type { Call } from '../call.ts';
import type { Graph } from './graph.ts';

/** The tile of a product, by what it is for and its sizes. */
export type TileChoice = (
  use: 'matmul' | Conv2dPass,
  size: { readonly m: number; readonly n: number; readonly k: number },
) => Tile;

/** What the lowering of every operation may need to know. */
export interface Lowering {
  readonly graph: Graph;
  readonly translate: Translate;
  /** Storage buffers that the device lets a kernel have. */
  readonly mostBuffers: number;
  readonly tileFor: TileChoice;
}

/** Operations, in their order, and the calls that carry them out. */
export interface Fused {
  readonly operations: readonly Operation[];
  readonly calls: readonly Call[];
}

/**
 * Finds, beginning with an operation, what its kernels carry out along with it. They run in the place of the first;
 * null if the rule does not apply.
 */
export type Rule<K extends OperationKind> = (operation: Operation<K>, lowering: Lowering) => Fused | null;

/** One operation by one call or several. */
export function alone(operation: Operation, calls: readonly Call[]): Fused {
  return { operations: [operation], calls };
}
