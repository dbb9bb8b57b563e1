/**
 * Runs kernels in WGSL on arrays, on whatever adapter the package `webgpu` finds; without either, tests are skipped and
 * say why.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { importOptional } from '../../src/engine/gpu/optional-package.ts';
import type { WgslKernel } from '../../src/engine/gpu/wgsl/kernel.ts';

const usage = { mapRead: 0x1, copySrc: 0x4, copyDst: 0x8, storage: 0x80 } as const;
const readMode = 1;
/** Numbers behind each array that no kernel may touch. */
const fence = 64;
const fenceValue = 12_345;

/** Kept as long as its devices are: a process ends only without it, and a device does not outlive it. */
let gpu: GPU | null = null;
let device: GPUDevice | null = null;
let reason = '';
try {
  const webgpu = await importOptional<{ create(options: string[]): GPU; readonly globals: object }>(
    'webgpu',
    'the package webgpu is not installed',
  );
  Object.assign(globalThis, webgpu.globals);
  gpu = webgpu.create([]);
  const adapter = await gpu.requestAdapter();
  if (adapter === null) reason = 'WebGPU finds no adapter';
  else device = await adapter.requestDevice();
} catch (error) {
  reason = (error as Error).message;
}

/** A test that needs a device: without it it is skipped, and says why. */
export function testOnDevice(what: string, body: () => Promise<void>): void {
  if (device !== null) test(what, body);
  else {
    console.log(`skipped: ${what}: ${reason}`);
    test.skip(what);
  }
}

/** For the end of a file of tests. */
export function releaseDevice(): void {
  device?.destroy();
  device = null;
  gpu = null;
}

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
  if (device === null) throw new Error(reason);
  checkLimits(kernel);
  assert.is(arrays.length, kernel.bindings.length, `${kernel.name}: arrays for each binding`);
  device.pushErrorScope('validation');
  const buffers = arrays.map((array) => upload(device!, array));
  const pipeline = device.createComputePipeline({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code: kernel.code }), entryPoint: 'main' },
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(...kernel.groups);
  pass.end();
  const copies = buffers.map((buffer) => {
    const copy = device!.createBuffer({ size: buffer.size, usage: usage.mapRead | usage.copyDst });
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
  const declared = bindings.map((access, binding) => {
    const mode = access === 'read' ? 'read' : 'read_write';
    return code.includes(`@group(0) @binding(${binding}) var<storage, ${mode}>`);
  });
  assert.ok(declared.every(Boolean), `${name}: bindings as declared`);
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
    usage: usage.storage | usage.copySrc | usage.copyDst,
    mappedAtCreation: true,
  });
  const mapped = buffer.getMappedRange();
  new Uint8Array(mapped).set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  new Float32Array(mapped, size).fill(fenceValue);
  buffer.unmap();
  return buffer;
}

async function download(kernel: WgslKernel, copy: GPUBuffer, array: Values): Promise<void> {
  await copy.mapAsync(readMode);
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
