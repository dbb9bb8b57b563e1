/** Runs generated WGSL on the adapter that the package `webgpu` finds, such as SwiftShader, a program on the processor. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { importOptional } from '../../src/engine/gpu/optional-package.ts';
import type { WgslKernel } from '../../src/engine/gpu/wgsl/kernel.ts';

/** A kernel and the name of the buffer at each of its bindings. */
export type NamedKernel = WgslKernel & { readonly buffers: readonly string[] };

/** Bits of GPUBufferUsage, GPUMapMode and GPUShaderStage, for which TypeScript has no values. */
export const usage = { mapRead: 1, copySource: 4, copyTarget: 8, storage: 128 } as const;
export const mapForReading = 1;
const computeStage = 4;

/** The device with what made it, which must not be collected before it; or the reason why there is none. */
type Opened = { readonly gpu: GPU; readonly device: GPUDevice } | { readonly reason: string };

const opened = await openDevice();

async function openDevice(): Promise<Opened> {
  try {
    const webgpu = await importOptional<{
      create(options: string[]): GPU;
      readonly globals: object;
    }>('webgpu', 'the package webgpu is not installed');
    Object.assign(globalThis, webgpu.globals);
    const gpu = webgpu.create([]);
    const adapter = await gpu.requestAdapter();
    if (!adapter) return { reason: 'WebGPU finds no adapter' };
    return { gpu, device: await adapter.requestDevice() };
  } catch (error) {
    return { reason: (error as Error).message };
  }
}

/** A test that needs a device of WebGPU in Node: without one it is skipped, and says why. */
export function testOnDevice(what: string, body: () => Promise<void>): void {
  if ('reason' in opened) {
    console.log(`skipped: ${what}: ${opened.reason}`);
    test.skip(what);
  } else {
    test(what, body);
  }
}

/** To be called after the last test: a process with an open device does not end. */
export function closeDevice(): void {
  if ('device' in opened) opened.device.destroy();
}

/** @throws with the reason why there is none */
export function openedDevice(): GPUDevice {
  if ('reason' in opened) throw new Error(opened.reason);
  return opened.device;
}

/** Buffers are as long as their tensor, up to the next 16 bytes. */
function paddedLength(length: number): number {
  return Math.ceil(length / 4) * 4;
}

/**
 * Runs kernels one after the other.
 *
 * @param inputs what the buffers hold at first, by name
 * @param outputs how many floats each of the other buffers has: NaN, until a kernel writes them
 * @returns all buffers of `outputs`
 * @throws if the device reports an error, or a kernel wrote behind the last element
 */
export async function runKernels<Name extends string>(
  kernels: readonly NamedKernel[],
  inputs: Readonly<Record<string, Float32Array>>,
  outputs: Readonly<Partial<Record<Name, number>>>,
): Promise<Record<Name, Float32Array>> {
  const device = openedDevice();
  const buffers = new Map<string, GPUBuffer>();
  const add = (name: string, values: Float32Array): void => {
    const size = paddedLength(values.length) * 4;
    const buffer = device.createBuffer({
      size,
      usage: usage.storage | usage.copySource,
      mappedAtCreation: true,
      label: name,
    });
    const contents = new Float32Array(buffer.getMappedRange()).fill(NaN);
    contents.set(values);
    buffer.unmap();
    buffers.set(name, buffer);
  };
  for (const [name, values] of Object.entries(inputs)) add(name, values);
  const names = Object.keys(outputs) as Name[];
  for (const name of names) add(name, new Float32Array(outputs[name]!).fill(NaN));

  device.pushErrorScope('validation');
  const pipelines = await Promise.all(kernels.map((kernel) => createPipeline(device, kernel)));
  const encoder = device.createCommandEncoder();
  for (const [index, pipeline] of pipelines.entries()) {
    const kernel = kernels[index]!;
    const pass = encoder.beginComputePass();
    const entries = kernel.buffers.map((name, binding) => ({
      binding,
      resource: { buffer: buffers.get(name)! },
    }));
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(...kernel.groups);
    pass.end();
  }
  const copies = names.map((name) => {
    const from = buffers.get(name)!;
    const copy = device.createBuffer({ size: from.size, usage: usage.mapRead | usage.copyTarget });
    encoder.copyBufferToBuffer(from, 0, copy, 0, from.size);
    return copy;
  });
  device.queue.submit([encoder.finish()]);
  const error = await device.popErrorScope();
  if (error) throw new Error(`${kernels.map(({ name }) => name).join(', ')}: ${error.message}`);

  const results = {} as Record<Name, Float32Array>;
  for (const [index, name] of names.entries()) {
    const copy = copies[index]!;
    await copy.mapAsync(mapForReading);
    const values = new Float32Array(copy.getMappedRange().slice(0));
    copy.destroy();
    const behind = values.subarray(outputs[name]);
    assert.ok(behind.every(Number.isNaN), `${name}: nothing is written behind the last element`);
    results[name] = values.slice(0, outputs[name]);
  }
  for (const buffer of buffers.values()) buffer.destroy();
  return results;
}

/** With a layout from `bindings`, which must be what the code says. */
export async function createPipeline(device: GPUDevice, kernel: WgslKernel): Promise<GPUComputePipeline> {
  const entries = kernel.bindings.map((access, binding) => ({
    binding,
    visibility: computeStage,
    buffer: { type: access === 'read' ? ('read-only-storage' as const) : ('storage' as const) },
  }));
  const bindGroupLayouts = [device.createBindGroupLayout({ entries })];
  const module = device.createShaderModule({ code: kernel.code, label: kernel.name });
  const { messages } = await module.getCompilationInfo();
  const wrong = messages.filter(({ type }) => type === 'error');
  if (wrong.length > 0) {
    const lines = kernel.code.split('\n');
    const first = wrong[0]!;
    throw new Error(`${kernel.name}: ${first.message}\n${lines[first.lineNum - 1]}`);
  }
  return device.createComputePipelineAsync({
    layout: device.createPipelineLayout({ bindGroupLayouts }),
    compute: { module, entryPoint: 'main' },
  });
}
