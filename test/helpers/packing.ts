import { test } from 'uvu';
import { expectPacking } from '../../src/engine/wasm/packing/packing.ts';

/**
 * Why V8 cannot pack on this machine: it takes Node 24 or later, on x64 with AVX2. Null where it has to. The proof is not
 * asked, so that tests fail where packing has stopped to work.
 */
export const noPackingReason: string | null = expectPacking().reason;

/** A test that is skipped, and says so, if there is a reason. */
export function testUnless(reason: string | null, what: string, body: () => void): void {
  if (reason === null) test(what, body);
  else {
    console.log(`skipped: ${what}: ${reason}`);
    test.skip(what);
  }
}
