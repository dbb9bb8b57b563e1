/** Places outside of an image, seen in a mirror at its border: the fill `reflect` of tensor/warp.ts. */
import type { FunctionBuilder, Local } from '../../assembler/function-builder.ts';

/** Leaves max(0, last − |last − |place||) on the stack, for a whole number `place`, an f32. */
export function emitReflected(code: FunctionBuilder, place: Local, last: number): void {
  code.f32(last).f32(last).get(place);
  code.op('f32.abs').op('f32.sub').op('f32.abs').op('f32.sub').f32(0).op('f32.max');
}
