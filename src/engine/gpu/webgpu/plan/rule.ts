import type { Operation, OperationKind } from '../../../../tensor/operation.ts';
import type { Translate } from '../../translate.ts';
import type { MatmulSize } from '../../wgsl/matmul.ts';
import type { Tile } from '../../wgsl/tile.ts';
import type { Call } from '../call.ts';
import type { Graph } from './graph.ts';

/**
 * The tile of a product.
 *
 * @param key names the product with all that its speed depends on
 * @param lower the calls that compute it with a tile, for those who measure
 */
export type TileChoice = (key: string, size: MatmulSize, lower: (tile: Tile) => readonly Call[]) => Tile;

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
