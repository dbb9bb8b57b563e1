import type { Tile } from './tile.ts';
export function candidatesFor(_size: { m: number; n: number; k: number }): Tile[] {
  return [{ rows: 32, columns: 32, depth: 16, threadRows: 4, threadColumns: 4, slices: 4, parts: 1, prefetch: false }];
}
