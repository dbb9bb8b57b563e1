/** Runs kernels in WGSL on the adapter that the package `webgpu` finds, such as SwiftShader, a program on the processor. */
import * as assert from 'uvu/assert';
import { noAdapter, provideWebGpu } from '../../src/engine/gpu/webgpu/adapter.ts';
import { Pipelines } from '../../src/engine/gpu/webgpu/pipelines.ts';
import { bufferUsage, mapMode } from '../../src/engine/gpu/webgpu/usage.ts';
import { mostBuffers } from '../../src/engine/gpu/wgsl/buffers.ts';
import type { WgslKernel } from '../../src/engine/gpu/wgsl/kernel.ts';
import { testUnless } from './test-unless.ts';

/** The device with what made it, which must not be collected before it; or the reason why there is none. */
type Opened =
  | { readonly gpu: GPU; readonly device: GPUDevice; readonly pipelines: Pipelines }
  | { readonly reason: string };

const opened = await openDevice();

/** A device with the limits that every device has. */
async function openDevice(): Promise<Opened> {
  try {
    const { gpu } = await provideWebGpu();
    const adapter = await gpu.requestAdapter();
    if (!adapter) return { reason: noAdapter() };
    const device = await adapter.requestDevice();
    return { gpu, device, pipelines: new Pipelines(device) };
  } catch (error) {
    return { reason: (error as Error).message };
  }
}

/** A test that needs a device of WebGPU in Node: without one it is skipped, and says why. */
export function testOnDevice(what: string, body: () => Promise<void>): void {
  testUnless('reason' in opened ? opened.reason : null, what, body);
}

/** To be called after the last test: a process with an open device does not end. */
export function closeDevice(): void {
  if ('device' in opened) opened.device.destroy();
}

export type Values = Float32Array | Uint8Array;

/** An array of a result, which a kernel has to fill. */
export function unset(length: number): Float32Array {
  return new Float32Array(length).fill(NaN);
}

/** A kernel and the name of the array at each of its bindings. */
export type NamedKernel = WgslKernel & { readonly buffers: readonly string[] };

/** Runs one kernel, whose bindings take the arrays in their order; see `runKernels`. */
export function runKernel(kernel: WgslKernel, arrays: readonly Values[]): Promise<void> {
  assert.is(arrays.length, kernel.bindings.length, `${kernel.name}: arrays for each binding`);
  const named = arrays.map((array, binding) => [`binding ${binding}`, array] as const);
  return runKernels([{ ...kernel, buffers: named.map(([name]) => name) }], Object.fromEntries(named));
}

/**
 * Runs kernels one after the other, and leaves what they wrote in the arrays, which they share by name.
 *
 * @throws if the device reports an error, or a kernel wrote behind the last element of an array
 */
export async function runKernels(
  kernels: readonly NamedKernel[],
  arrays: Readonly<Record<string, Values>>,
): Promise<void> {
  if ('reason' in opened) throw new Error(opened.reason);
  const { device, pipelines } = opened;
  for (const kernel of kernels) checkLimits(kernel);
  const buffers = new Map(Object.entries(arrays).map(([name, array]) => [name, upload(device, array)]));
  device.pushErrorScope('validation');
  await pipelines.prepare(kernels);
  const encoder = device.createCommandEncoder();
  for (const kernel of kernels) {
    const pass = encoder.beginComputePass();
    const entries = kernel.buffers.map((name, binding) => ({
      binding,
      resource: { buffer: buffers.get(name)! },
    }));
    pass.setPipeline(pipelines.of(kernel));
    pass.setBindGroup(0, device.createBindGroup({ layout: pipelines.layoutOf(kernel), entries }));
    pass.dispatchWorkgroups(...kernel.groups);
    pass.end();
  }
  const copies = [...buffers.values()].map((from) => {
    const { mapRead, copyTarget } = bufferUsage;
    const copy = device.createBuffer({ size: from.size, usage: mapRead | copyTarget });
    encoder.copyBufferToBuffer(from, 0, copy, 0, from.size);
    return copy;
  });
  device.queue.submit([encoder.finish()]);
  const error = await device.popErrorScope();
  const what = kernels.map(({ name }) => name).join(', ');
  if (error) throw new Error(`${what}: ${error.message}`);
  for (const [index, name] of [...buffers.keys()].entries()) {
    await download(`${what}: ${name}`, copies[index]!, arrays[name]!);
  }
  for (const buffer of [...buffers.values(), ...copies]) buffer.destroy();
}

/** What every device can do. */
function checkLimits({ name, code, bindings, groups }: WgslKernel): void {
  assert.ok(bindings.length <= mostBuffers, `${name}: ${bindings.length} buffers`);
  for (const count of groups) assert.ok(count >= 1 && count <= 65_535, `${name}: groups ${groups.join('×')}`);
  const size = /@workgroup_size\((\d+)\)/.exec(code);
  assert.ok(Number(size![1]) <= 256, `${name}: ${size![1]} threads`);
}

/** Bytes of an array in whole vectors of four floats, as the engine's buffers have them. */
function inVectors({ byteLength }: Values): number {
  return Math.ceil(byteLength / 16) * 16;
}

/** Bytes behind each array that no kernel may write. */
const fenceBytes = 256;
/** In each of them: four make a NaN, which shows in a result where a kernel reads it. */
const fenceByte = 0xff;

function upload(device: GPUDevice, array: Values): GPUBuffer {
  const { storage, copySource } = bufferUsage;
  const size = inVectors(array) + fenceBytes;
  const buffer = device.createBuffer({ size, usage: storage | copySource, mappedAtCreation: true });
  const bytes = new Uint8Array(buffer.getMappedRange()).fill(fenceByte);
  bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  buffer.unmap();
  return buffer;
}

async function download(what: string, copy: GPUBuffer, array: Values): Promise<void> {
  await copy.mapAsync(mapMode.read);
  const bytes = new Uint8Array(copy.getMappedRange());
  const fence = bytes.subarray(array.byteLength);
  assert.ok(
    fence.length >= fenceBytes && fence.every((byte) => byte === fenceByte),
    `${what}: something is written behind the last element`,
  );
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(bytes.subarray(0, array.byteLength));
}
