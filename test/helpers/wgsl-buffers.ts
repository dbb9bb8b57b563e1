/** Runs one kernel in WGSL on arrays, some of which it changes in place; on the device of wgsl.ts. */
import * as assert from 'uvu/assert';
import type { WgslKernel } from '../../src/engine/gpu/wgsl/kernel.ts';
import { createPipeline, mapForReading, openedDevice, usage } from './wgsl.ts';

/** Numbers behind each array that no kernel may touch. */
const fence = 64;
const fenceValue = 12_345;

/** An array of a result, which a kernel has to fill. */
export function unset(length: number): Float32Array {
  return new Float32Array(length).fill(Number.NaN);
}

type Values = Float32Array | Uint8Array;

/**
 * Runs a kernel once and leaves what it wrote in the arrays. Behind each array, rounded up to 16 bytes, lie numbers that
 * must not change.
 */
export async function runKernel(kernel: WgslKernel, arrays: readonly Values[]): Promise<void> {
  const device = openedDevice();
  checkLimits(kernel);
  assert.is(arrays.length, kernel.bindings.length, `${kernel.name}: arrays for each binding`);
  device.pushErrorScope('validation');
  const buffers = arrays.map((array) => upload(device, array));
  const pipeline = await createPipeline(device, kernel);
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(...kernel.groups);
  pass.end();
  const copies = buffers.map((buffer) => {
    const copy = device.createBuffer({ size: buffer.size, usage: usage.mapRead | usage.copyTarget });
    encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
    return copy;
  });
  device.queue.submit([encoder.finish()]);
  const error = await device.popErrorScope();
  if (error) throw new Error(`${kernel.name}: ${error.message}`);
  for (const [binding, copy] of copies.entries()) await download(kernel, copy, arrays[binding]!);
  for (const buffer of [...buffers, ...copies]) buffer.destroy();
}

/** What every device can do. */
function checkLimits({ name, code, bindings, groups }: WgslKernel): void {
  assert.ok(bindings.length <= 8, `${name}: ${bindings.length} buffers`);
  for (const count of groups) assert.ok(count >= 1 && count <= 65_535, `${name}: groups ${groups.join('×')}`);
  const size = /@workgroup_size\((\d+)\)/.exec(code);
  assert.ok(Number(size![1]) <= 256, `${name}: ${size![1]} threads`);
  // two kernels of one name have the same code
  assert.is(codes.get(name) ?? code, code, `${name}: code`);
  codes.set(name, code);
}

const codes = new Map<string, string>();

function roundUp(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}

function upload(on: GPUDevice, array: Values): GPUBuffer {
  const size = roundUp(array.byteLength);
  const buffer = on.createBuffer({
    size: size + 4 * fence,
    usage: usage.storage | usage.copySource | usage.copyTarget,
    mappedAtCreation: true,
  });
  const mapped = buffer.getMappedRange();
  new Uint8Array(mapped).set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  new Float32Array(mapped, size).fill(fenceValue);
  buffer.unmap();
  return buffer;
}

async function download(kernel: WgslKernel, copy: GPUBuffer, array: Values): Promise<void> {
  await copy.mapAsync(mapForReading);
  const mapped = copy.getMappedRange();
  const behind = new Float32Array(mapped, roundUp(array.byteLength));
  assert.ok(
    behind.length === fence && behind.every((value) => value === fenceValue),
    `${kernel.name} writes behind an array of ${array.length}`,
  );
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(
    new Uint8Array(mapped, 0, array.byteLength),
  );
}
