import type { FunctionBuilder, Local } from '../../assembler/function-builder.ts';
import type { ValueType } from '../../assembler/instructions.ts';
import type { Fill } from '../../../../tensor/warp.ts';
import { emitAdvance, emitRepeat } from '../emit.ts';
import { floatBytes } from '../sizes.ts';

/** The numbers of a transform, in their order. */
export const transformNames = ['xx', 'xy', 'x1', 'yx', 'yy', 'y1', 'top', 'left', 'bottom', 'right'] as const;

/** New local variables, by name. */
export function locals<N extends string>(
  code: FunctionBuilder,
  type: ValueType,
  ...names: N[]
): Record<N, Local> {
  return Object.fromEntries(names.map((name) => [name, code.local(type, name)])) as Record<N, Local>;
}

export interface WarpParts {
  readonly h: number;
  readonly w: number;
  readonly channels: number;
  readonly fill: Fill;
  /** Addresses of an image and of its result. */
  readonly image: Local;
  readonly result: Local;
  /** The numbers of the image's transform. */
  readonly transform: Readonly<Record<(typeof transformNames)[number], Local>>;
}

/** A walk over the pixels of one image's result, row by row. */
export class WarpWalk {
  readonly code: FunctionBuilder;
  readonly parts: WarpParts;
  readonly pixelBytes: number;
  /** Where the next pixel of the result goes, and where its row ends. */
  readonly to: Local;
  readonly rowEnd: Local;
  /** The address of a pixel of the image. */
  readonly pixel: Local;
  readonly #counter: Local;

  constructor(code: FunctionBuilder, parts: WarpParts) {
    this.code = code;
    this.parts = parts;
    this.pixelBytes = parts.channels * floatBytes;
    const { to, rowEnd, counter, pixel } = locals(code, 'i32', 'to', 'rowEnd', 'counter', 'pixel');
    [this.to, this.rowEnd, this.#counter, this.pixel] = [to, rowEnd, counter, pixel];
  }

  /** Runs `body` for each row, with `to` at its start and `rowEnd` at its end. `body` must move `to` to `rowEnd`. */
  emitRows(body: () => void): void {
    const code = this.code;
    const { h, w, result } = this.parts;
    code.get(result).tee(this.to).set(this.rowEnd);
    emitRepeat(code, this.#counter, h, () => {
      emitAdvance(code, this.rowEnd, w * this.pixelBytes);
      body();
    });
  }

  /** Leaves the address of a pixel on the stack. */
  emitAddress(image: Local, row: Local, column: Local): void {
    const code = this.code;
    code.get(row).i32(this.parts.w).op('i32.mul').get(column).op('i32.add');
    code.i32(this.pixelBytes).op('i32.mul').get(image).op('i32.add');
  }

  /** Brings the number on the stack into [0, size]. */
  emitClamp(size: number): void {
    this.code.f32(0).op('f32.max').f32(size).op('f32.min');
  }
}
