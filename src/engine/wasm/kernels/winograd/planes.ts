import { cacheLineBytes, floatBytes } from '../sizes.ts';
import { patchSize, type TiledSizes, tileLengths, tileSize } from './tiles.ts';

/** Planes of which each has numbers of the same tiles. */
export interface PlaneGroup {
  readonly planes: number;
  /** Whether only tiles with whole columns, or with whole rows, of outputs have numbers in these planes. */
  readonly wholeHeight: boolean;
  readonly wholeWidth: boolean;
}

const last = patchSize - 1;

/**
 * The 36 planes: 25 of the finite points, then 5, 5 and 1 of infinity. Only the fourth output in a direction depends on
 * the product at infinity, so a tile of three outputs has no numbers there.
 */
export const planeGroups: readonly PlaneGroup[] = [
  { planes: last ** 2, wholeHeight: false, wholeWidth: false },
  { planes: last, wholeHeight: true, wholeWidth: false },
  { planes: last, wholeHeight: false, wholeWidth: true },
  { planes: 1, wholeHeight: true, wholeWidth: true },
];

/** Whether a tile of these outputs has numbers in the planes of a group. */
export function hasPlanes({ wholeHeight, wholeWidth }: PlaneGroup, height: number, width: number): boolean {
  return (!wholeHeight || height === tileSize) && (!wholeWidth || width === tileSize);
}

/** The group of plane (i, j), and the number that the plane has in it. */
export function planeAt(i: number, j: number): { readonly group: number; readonly position: number } {
  if (i < last && j < last) return { group: 0, position: i * last + j };
  if (j < last) return { group: 1, position: j };
  if (i < last) return { group: 2, position: i };
  return { group: 3, position: 0 };
}

/** For each group, the number of an image's tiles that have numbers in its planes. */
export function tilesOfGroups({ outputHeight, outputWidth }: TiledSizes): number[] {
  const [heights, widths] = [tileLengths(outputHeight), tileLengths(outputWidth)];
  return planeGroups.map(
    (group) => heights.flatMap((height) => widths.filter((width) => hasPlanes(group, height, width))).length,
  );
}

/**
 * Planes lie a cache line more than their size apart: at distances of 2ⁿ bytes they would share few lines of a cache.
 */
const planeGap = cacheLineBytes;

/** Where planes lie in memory, one group after the other: each is a matrix. In bytes. */
export interface PlaneLayout {
  /** The first plane of a group, and from one plane of it to the next. */
  readonly groups: readonly { readonly start: number; readonly step: number }[];
  readonly bytes: number;
}

/** @param rows of the planes of each group */
export function planeLayout(rows: readonly number[], columns: number): PlaneLayout {
  const steps = rows.map((count) => (count === 0 ? 0 : count * columns * floatBytes + planeGap));
  const sizes = steps.map((step, group) => step * planeGroups[group]!.planes);
  const startOf = (group: number): number => sizes.slice(0, group).reduce((sum, size) => sum + size, 0);
  return {
    groups: steps.map((step, group) => ({ start: startOf(group), step })),
    bytes: startOf(sizes.length),
  };
}

/** The planes of a filter: all have the same rows. */
export function filterLayout(rows: number, columns: number): PlaneLayout {
  return planeLayout(
    planeGroups.map(() => rows),
    columns,
  );
}

/** The planes of the tiles of some images. */
export function tileLayout(sizes: TiledSizes, images: number, columns: number): PlaneLayout {
  return planeLayout(
    tilesOfGroups(sizes).map((tiles) => images * tiles),
    columns,
  );
}

/** Bytes from the start to plane (i, j). */
export function planeOffset({ groups }: PlaneLayout, i: number, j: number): number {
  const { group, position } = planeAt(i, j);
  return groups[group]!.start + position * groups[group]!.step;
}
