/** What the rungs in WGSL share: the matrices in buffers of a device of WebGPU, and how a kernel is compiled and run. */
import { openWebGpu } from '../../src/engine/gpu/webgpu/adapter.ts';
import { Pipelines } from '../../src/engine/gpu/webgpu/pipelines.ts';
import { bufferUsage, mapMode } from '../../src/engine/gpu/webgpu/usage.ts';
import { noWebGpu } from './adapter.ts';
import type { Product, Rung, Sizes } from './rung.ts';

/** A kernel that computes C from A and B: bindings 0, 1 and 2 of group 0, `array<f32>`, row by row. */
export interface ProductKernel {
  /** WGSL with the entry point `main`. */
  readonly code: string;
  /** Workgroups along x and y. */
  readonly groups: readonly [number, number];
}

/** A rung in WGSL. A, B and C stay in the memory of the device. */
export function wgslRung(name: string, idea: string, kernelFor: (sizes: Sizes) => ProductKernel): Rung {
  return {
    name,
    family: 'WGSL',
    idea,
    unavailable: noWebGpu,
    create: (sizes) => prepare(name, kernelFor(sizes), sizes),
  };
}

async function prepare(name: string, { code, groups }: ProductKernel, { m, k, n }: Sizes): Promise<Product> {
  const { device } = await openWebGpu();
  const pipelines = new Pipelines(device);
  const kernel = { name, code, bindings: ['read', 'read', 'write'], groups: [...groups, 1] } as const;
  await pipelines.prepare([kernel]);
  const createBuffer = (floats: number, usage: number): GPUBuffer =>
    device.createBuffer({ size: 4 * floats, usage });
  const operand = bufferUsage.storage | bufferUsage.copyTarget;
  const [a, b] = [createBuffer(m * k, operand), createBuffer(k * n, operand)];
  const c = createBuffer(m * n, operand | bufferUsage.copySource);
  const group = device.createBindGroup({
    layout: pipelines.layoutOf(kernel),
    entries: [a, b, c].map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  return {
    load(fromA, fromB) {
      device.queue.writeBuffer(a, 0, fromA);
      device.queue.writeBuffer(b, 0, fromB);
      // NaN shows an element that is never written
      device.queue.writeBuffer(c, 0, new Float32Array(m * n).fill(NaN));
    },
    run(times) {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipelines.of(kernel));
      pass.setBindGroup(0, group);
      for (let time = 0; time < times; time++) pass.dispatchWorkgroups(groups[0], groups[1]);
      pass.end();
      device.queue.submit([encoder.finish()]);
      return device.queue.onSubmittedWorkDone();
    },
    async read() {
      const copy = createBuffer(m * n, bufferUsage.mapRead | bufferUsage.copyTarget);
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(c, 0, copy, 0, 4 * m * n);
      device.queue.submit([encoder.finish()]);
      await copy.mapAsync(mapMode.read);
      const values = new Float32Array(copy.getMappedRange().slice(0));
      copy.destroy();
      return values;
    },
    dispose: () => device.destroy(),
  };
}
