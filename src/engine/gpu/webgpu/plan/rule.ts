import type { Operation, OperationKind } from '../../../../tensor/operation.ts';
import type { Translate } from '../../translate.ts';
import type { MatmulSize } from '../../wgsl/matmul.ts';
import type { Tile } from '../../wgsl/tile.ts';
import type { Call } from '../call.ts';
import type { Graph } from './graph.ts';

/**
 * The tile of a product.
 *
 * @param key names the product with everything that its speed depends on
 * @param lower gives the calls that compute it with a tile, for measuring
 */
export type TileChoice = (key: string, size: MatmulSize, lower: (tile: Tile) => readonly Call[]) => Tile;

/** What rules may need to know. */
export interface Lowering {
  readonly graph: Graph;
  readonly translate: Translate;
  /** Storage buffers that a kernel may have on the device. */
  readonly mostBuffers: number;
  readonly tileFor: TileChoice;
}

/** Operations, in their order, and the calls that carry them out. */
export interface Fused {
  readonly operations: readonly Operation[];
  readonly calls: readonly Call[];
}

/**
 * Lowers an operation, and others that its kernels can carry out with it. All run in the place of the given one. Null
 * if the rule does not apply.
 */
export type Rule<K extends OperationKind> = (operation: Operation<K>, lowering: Lowering) => Fused | null;

/** One operation, carried out by one call or several. */
export function alone(operation: Operation, calls: readonly Call[]): Fused {
  return { operations: [operation], calls };
}
