import type { FunctionBuilder, Local } from '../../assembler/function-builder.ts';
import { emitAdvance, emitRepeat } from '../emit.ts';
import { floatBytes } from '../sizes.ts';
import { groupFloats, type TiledSizes, type TileRange, tileRanges } from './tiles.ts';

/** A walk over the tiles of one image. */
export interface TileWalk {
  readonly sizes: TiledSizes;
  /** Whether the walk goes over the images, by patches, or over the outputs. */
  readonly over: 'pixel' | 'output';
  /** The address of the image, or of its outputs. */
  readonly image: Local;
  /** How many of its channels to go over, from the first one on. */
  readonly slice: number;
  /** Emits the code for a group of eight channels of a tile; `place` is the address of the tile's first pixel. */
  readonly body: (place: Local, row: TileRange, column: TileRange) => void;
  /** Emits code that runs after the groups of a tile. */
  readonly afterTile?: () => void;
}

/** Goes over the tiles of one image, row by row, and in each tile over its channels. */
export function emitTiles(code: FunctionBuilder, walk: TileWalk): void {
  const { sizes, over, image, slice, body, afterTile } = walk;
  const { height, width, channels, outputHeight, outputWidth, filters, padTop, padLeft } = sizes;
  const [rowPixels, depth] = over === 'pixel' ? [width, channels] : [outputWidth, filters];
  const pixelBytes = depth * floatBytes;
  const [rowPlace, place] = [code.local('i32', 'row_place'), code.local('i32', 'place')];
  const [rowCounter, columnCounter] = [code.local('i32', 'tile_rows'), code.local('i32', 'tile_columns')];
  const group = code.local('i32', 'groups');
  const goTo = (local: Local, from: Local, bytes: number): unknown =>
    code.get(from).i32(bytes).op('i32.add').set(local);
  for (const row of tileRanges(height, outputHeight, padTop)) {
    goTo(rowPlace, image, row[over] * rowPixels * pixelBytes);
    emitRepeat(code, rowCounter, row.count, () => {
      for (const column of tileRanges(width, outputWidth, padLeft)) {
        goTo(place, rowPlace, column[over] * pixelBytes);
        emitRepeat(code, columnCounter, column.count, () => {
          emitRepeat(code, group, slice / groupFloats, () => {
            body(place, row, column);
            emitAdvance(code, place, groupFloats * floatBytes);
          });
          afterTile?.();
          emitAdvance(code, place, column.length * pixelBytes - slice * floatBytes);
        });
      }
      emitAdvance(code, rowPlace, row.length * rowPixels * pixelBytes);
    });
  }
}
