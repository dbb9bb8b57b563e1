import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { describeAdapter, isSoftware } from '../../../src/engine/gpu/adapter-names.ts';

test('adapters: their names, and which of them are software', () => {
  const real = { vendor: 'nvidia', architecture: 'hopper', device: '', description: 'NVIDIA H200' };
  assert.is(describeAdapter(real), 'nvidia hopper, NVIDIA H200');
  assert.not.ok(isSoftware(real));
  const ofDawn = { ...real, architecture: '', device: 'NVIDIA H100 80GB HBM3', description: 'NVIDIA: 580.1' };
  assert.is(describeAdapter(ofDawn), 'nvidia, NVIDIA H100 80GB HBM3');
  const software = [
    { vendor: 'google', architecture: 'swiftshader', device: '0xc0de', description: '' },
    { vendor: 'mesa', architecture: '', device: '', description: 'llvmpipe (LLVM 15.0.6, 256 bits)' },
    { vendor: 'microsoft', architecture: '', device: '', description: 'Microsoft Basic Render Driver' },
  ];
  assert.equal(software.map(isSoftware), [true, true, true]);
  assert.is(describeAdapter(software[0]!), 'google swiftshader, 0xc0de');
});

test.run();
