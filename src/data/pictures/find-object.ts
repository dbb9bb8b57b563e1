/** A part of an image: rows from `top` up to, but not including, `bottom`; columns likewise. */
export interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export interface FoundObject {
  /** [height, width]: 1 where the thing is, 0 elsewhere. */
  readonly mask: Uint8Array;
  /** The smallest box around it. */
  readonly box: Box;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** A spot with less than this share of the pixels of the largest one is dust or noise. */
const dustShare = 0.01;

/**
 * The thing in a picture: all spots of pixels that lie further than `tolerance` from the background, without dust.
 * Pixels that touch, at a corner too, belong to one spot.
 *
 * @param distances see `Background`
 * @returns null if there is nothing
 */
export function findObject(
  distances: Float32Array,
  { width, height }: Size,
  tolerance: number,
): FoundObject | null {
  const mask = Uint8Array.from(distances, (distance) => (distance > tolerance ? 1 : 0));
  const spots = spotsOf(mask, { width, height });
  const largest = Math.max(0, ...spots.map((spot) => spot.length));
  if (largest === 0) return null;
  const box = { top: height, bottom: 0, left: width, right: 0 };
  for (const spot of spots) {
    if (spot.length < dustShare * largest) {
      for (const pixel of spot) mask[pixel] = 0;
      continue;
    }
    for (const pixel of spot) {
      const [x, y] = [pixel % width, Math.floor(pixel / width)];
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y + 1);
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x + 1);
    }
  }
  return { mask, box };
}

/** The connected pixels of a mask: for each spot, the positions of its pixels. */
function spotsOf(mask: Uint8Array, { width, height }: Size): number[][] {
  const isVisited = new Uint8Array(mask.length);
  const spots: number[][] = [];
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] === 0 || isVisited[start] === 1) continue;
    const spot = [start];
    isVisited[start] = 1;
    // the spot grows while it is walked through
    for (const pixel of spot) {
      const [x, y] = [pixel % width, Math.floor(pixel / width)];
      for (let row = Math.max(y - 1, 0); row <= Math.min(y + 1, height - 1); row++) {
        for (let column = Math.max(x - 1, 0); column <= Math.min(x + 1, width - 1); column++) {
          const neighbour = row * width + column;
          if (mask[neighbour] === 0 || isVisited[neighbour] === 1) continue;
          isVisited[neighbour] = 1;
          spot.push(neighbour);
        }
      }
    }
    spots.push(spot);
  }
  return spots;
}
