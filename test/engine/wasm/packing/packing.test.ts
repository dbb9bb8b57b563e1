import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { packingFlag } from '../../../../src/engine/wasm/packing/flag.ts';
import { expectPacking } from '../../../../src/engine/wasm/packing/packing.ts';
import { noPackingReason } from '../../../helpers/packing.ts';
import { testUnless } from '../../../helpers/test-unless.ts';
import { trainSteps, trainStepsScript } from '../../../helpers/train-steps.ts';

test('the reason for 128 bits is the true one', () => {
  const flag = 'wasm-revectorize';
  const good = {
    v8: '14.6.202.34-node.34',
    arch: 'x64',
    avx2: () => true,
    flagOf: () => flag,
  };
  const reasonWith = (change: object): string | null => expectPacking({ ...good, ...change }).reason;
  assert.equal(expectPacking(good), { reason: null, flag });
  assert.is(reasonWith({ v8: '12.4.254.21-node.57' }), '256 need Node 24 or later: this is V8 12.4');
  assert.is(reasonWith({ v8: null }), 'a page cannot have 256');
  assert.is(reasonWith({ arch: 'arm64' }), '256 need an x64 processor');
  assert.is(reasonWith({ avx2: () => false }), '256 need a processor with AVX2');
  assert.is(reasonWith({ flagOf: () => null }), 'V8 14.6 has no flag for 256');
});

testUnless(noPackingReason, 'V8 packs, and the proof sees it: with the flag, and not without', () => {
  const proof = join(import.meta.dirname, '../../../../src/engine/wasm/packing/proof.ts');
  const code = `console.log(await (await import(${JSON.stringify(proof)})).provesPacking())`;
  const provesWith = (...flags: string[]): string =>
    spawnSync(process.execPath, [...flags, '--input-type=module', '-e', code], { encoding: 'utf8' }).stdout;
  const flag = packingFlag(process.versions.v8)!;
  assert.is(provesWith(`--${flag}`), 'true\n');
  assert.is(provesWith(), 'false\n');
  // without guard pages around memories V8 packs nothing, though the flag is set
  assert.is(provesWith(`--${flag}`, '--disable-wasm-trap-handler'), 'false\n');
});

testUnless(
  noPackingReason,
  'if V8 stops to pack, the engine says so, and the weights are the same to the last bit',
  () => {
    const run = { engine: 'wasm', network: 'images', threads: 2, steps: 20 } as const;
    const packed = trainSteps(run);
    const not = trainSteps({ ...run, withoutPacking: true });
    assert.match(packed.description, /^WebAssembly SIMD, 256-bit with fused multiply-add/);
    assert.match(
      not.description,
      /^WebAssembly SIMD, 128-bit \(V8 [\d.]+ packs nothing into 256 here\) with fused multiply-add/,
    );
    assert.is(not.hash, packed.hash);
    assert.equal(not.losses, packed.losses);
  },
);

testUnless(noPackingReason, 'V8 packs the kernels: its own trace says so', () => {
  const args = [
    '--trace-wasm-revectorize',
    trainStepsScript,
    JSON.stringify({ engine: 'wasm', threads: 1, steps: 3000 }),
  ];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 30 });
  const packed = [...stdout.matchAll(/Decided to vectorize, (\d+) revectorizable nodes/g)].map(([, nodes]) =>
    Number(nodes),
  );
  // the product of 6×16 tiles and Adam, at least
  assert.ok(packed.filter((nodes) => nodes > 100).length >= 2, `packed: ${packed.join()}`);
});

test.run();
