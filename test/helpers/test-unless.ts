import { test } from 'uvu';

/** A test that is skipped, and says so, where a machine lacks what it needs: the reason, or null. */
export function testUnless(reason: string | null, what: string, body: () => void | Promise<void>): void {
  if (reason === null) test(what, body);
  else {
    console.log(`skipped: ${what}: ${reason}`);
    test.skip(what); // said above, and counted: no test of a machine without it can pass
  }
}
