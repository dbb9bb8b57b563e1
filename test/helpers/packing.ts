import { expectPacking } from '../../src/engine/wasm/packing/packing.ts';

/**
 * Why V8 cannot pack on this machine: it takes Node 24 or later, on x64 with AVX2. Null where it has to. The proof is not
 * asked, so that tests fail where packing has stopped to work.
 */
export const noPackingReason: string | null = expectPacking().reason;
