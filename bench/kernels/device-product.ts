/** One product by the tiles of the gpu engine, apart from any program: operands in buffers, and how long it takes. */
import { median } from 'd3-array';
import { bufferUsage, mapMode } from '../../src/engine/gpu/webgpu/usage.ts';
import type { ProductKernels } from '../../src/engine/gpu/wgsl/product-kernel.ts';
import { productKernels } from '../../src/engine/gpu/wgsl/product.ts';
import { type Tile, tileName } from '../../src/engine/gpu/wgsl/tile.ts';
import { RandomStream } from '../../src/tensor/random.ts';
import { checkSample } from './sampled-check.ts';
import type { WgslProduct } from './wgsl-shapes.ts';

const samples = 5;
/** A device needs about so long until its clock is as high as it gets. */
const warmUpSeconds = 0.3;
const mostRepeats = 4096;

/** A, B and what a product writes, in buffers. */
export class DeviceOperands {
  readonly a: Float32Array<ArrayBuffer>;
  readonly b: Float32Array<ArrayBuffer>;
  readonly buffers: ReadonlyMap<string, GPUBuffer>;
  readonly #device: GPUDevice;

  constructor(device: GPUDevice, { floats, size: { m, n } }: WgslProduct) {
    this.#device = device;
    this.a = randomFloats(floats.a, 'a');
    this.b = randomFloats(floats.b, 'b');
    this.buffers = new Map([
      ['a', createBuffer(device, floats.a)],
      ['b', createBuffer(device, floats.b)],
      ['c', createBuffer(device, m * n)],
      ['sums', createBuffer(device, n)],
    ]);
    this.upload();
  }

  /** Copies both operands to the device. */
  upload(): void {
    this.#device.queue.writeBuffer(this.buffers.get('a')!, 0, this.a);
    this.#device.queue.writeBuffer(this.buffers.get('b')!, 0, this.b);
  }

  destroy(): void {
    for (const buffer of this.buffers.values()) buffer.destroy();
  }
}

function createBuffer(device: GPUDevice, floats: number): GPUBuffer {
  const size = Math.ceil(floats / 4) * 16;
  const usage = bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyTarget;
  return device.createBuffer({ size, usage });
}

/** Uniform in [−1, 1). */
function randomFloats(length: number, name: string): Float32Array<ArrayBuffer> {
  const random = new RandomStream(1, name);
  return Float32Array.from({ length }, (_, index) => 2 * random.uniform(index) - 1);
}

/** A product by one tile: compiled, and bound to its operands. */
export class TiledProduct {
  readonly tile: string;
  readonly workgroups: number;
  readonly #device: GPUDevice;
  readonly #product: WgslProduct;
  readonly #operands: DeviceOperands;
  readonly #scratch: GPUBuffer | null;
  readonly #dispatches: readonly {
    readonly pipeline: GPUComputePipeline;
    readonly group: GPUBindGroup;
    readonly groups: readonly [number, number, number];
  }[];

  private constructor(
    device: GPUDevice,
    product: WgslProduct,
    tile: Tile,
    { kernels, scratch }: ProductKernels,
    pipelines: readonly GPUComputePipeline[],
    operands: DeviceOperands,
  ) {
    this.#device = device;
    this.#product = product;
    this.tile = tileName(tile);
    this.workgroups = kernels[0]!.groups.reduce((all, count) => all * count, 1);
    this.#operands = operands;
    this.#scratch = scratch > 0 ? createBuffer(device, scratch) : null;
    this.#dispatches = pipelines.map((pipeline, index) => {
      const { buffers, groups } = kernels[index]!;
      const entries = buffers.map((name, binding) => ({
        binding,
        resource: { buffer: name === 'scratch' ? this.#scratch! : operands.buffers.get(name)! },
      }));
      const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
      return { pipeline, group, groups };
    });
  }

  /** @throws if a kernel does not compile */
  static async build(
    device: GPUDevice,
    product: WgslProduct,
    tile: Tile,
    operands: DeviceOperands,
  ): Promise<TiledProduct> {
    const { columnSums } = product;
    const built = productKernels({ ...product.product, tile, epilogue: { columnSums } });
    const pipelines = await Promise.all(
      built.kernels.map(({ code, name }) =>
        device.createComputePipelineAsync({
          layout: 'auto',
          compute: { module: device.createShaderModule({ code, label: name }), entryPoint: 'main' },
        }),
      ),
    );
    return new TiledProduct(device, product, tile, built, pipelines, operands);
  }

  /** Seconds for so many repetitions in one pass, from the submission until the device is done. */
  async time(repeats: number): Promise<number> {
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const { pipeline, group, groups } of this.#dispatches) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(...groups);
      }
    }
    pass.end();
    const commands = encoder.finish();
    const start = performance.now();
    this.#device.queue.submit([commands]);
    await this.#device.queue.onSubmittedWorkDone();
    return (performance.now() - start) / 1000;
  }

  /** Seconds for one product, in samples that each take at least so many seconds. */
  async sample(least: number): Promise<number[]> {
    const start = performance.now();
    let repeats = 1;
    let seconds = await this.time(repeats);
    // a device that had nothing to do runs at a low clock at first
    while (performance.now() - start < 1000 * Math.min(warmUpSeconds, 10 * least))
      seconds = await this.time(repeats);
    while (seconds < least && repeats < mostRepeats) {
      repeats = Math.min(mostRepeats, Math.ceil(repeats * Math.max(2, (1.2 * least) / seconds)));
      seconds = await this.time(repeats);
    }
    const times: number[] = [];
    for (let sample = 0; sample < samples; sample++) times.push((await this.time(repeats)) / repeats);
    return times;
  }

  /** The median of such samples. */
  async median(least: number): Promise<number> {
    return median(await this.sample(least))!;
  }

  /** Computes the product and checks it: the largest error of some elements as a share of its bound. @throws if one is wrong */
  async check(): Promise<number> {
    await this.time(1);
    const { use, size, element } = this.#product;
    const { a, b } = this.#operands;
    const expected = (row: number, column: number): number => element(a, b, row, column);
    return checkSample(`${use}, ${this.tile}`, { size, expected }, await this.read());
  }

  /** C, row by row. */
  async read(): Promise<Float32Array> {
    const { m, n } = this.#product.size;
    const from = this.#operands.buffers.get('c')!;
    const copy = this.#device.createBuffer({
      size: from.size,
      usage: bufferUsage.mapRead | bufferUsage.copyTarget,
    });
    const encoder = this.#device.createCommandEncoder();
    encoder.copyBufferToBuffer(from, 0, copy, 0, from.size);
    this.#device.queue.submit([encoder.finish()]);
    await copy.mapAsync(mapMode.read);
    const values = new Float32Array(copy.getMappedRange().slice(0)).subarray(0, m * n);
    copy.destroy();
    return values;
  }

  destroy(): void {
    this.#scratch?.destroy();
  }
}
