import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createMemory, pageBytes } from '../../../src/engine/wasm/engine-memory.ts';
import { checkMayCompile } from '../../../src/engine/wasm/may-compile.ts';
import { assertRejects } from '../../helpers/assert-rejects.ts';

/** A host that gives so many addresses at most. */
const upTo = (pages: number) => {
  const asked: number[] = [];
  const create = ({ maximum }: { readonly maximum: number }): WebAssembly.Memory => {
    asked.push((maximum * pageBytes) / 2 ** 20);
    if (maximum > pages) throw new RangeError('Out of memory');
    return {} as WebAssembly.Memory;
  };
  return { asked, create };
};

test('a host that does not give the addresses is asked for half as many, down to 128 MiB', () => {
  const phone = upTo(5000);
  const { limits } = createMemory(true, phone.create);
  assert.equal(phone.asked, [2048, 1024, 512, 256]);
  assert.equal(limits, { initial: 1, maximum: 4096, shared: true });
  const none = upTo(0);
  assert.throws(() => createMemory(false, none.create), /^Out of memory$/);
  assert.equal(none.asked, [2048, 1024, 512, 256, 128]);
});

test('where WebAssembly may be compiled nothing is said; elsewhere what the policy lacks', async () => {
  await checkMayCompile();
  const refused = (): Promise<never> => Promise.reject(new Error('blocked'));
  await assertRejects(
    checkMayCompile(refused),
    /^this page forbids WebAssembly: its Content-Security-Policy needs 'wasm-unsafe-eval' in script-src$/,
  );
});

test.run();
