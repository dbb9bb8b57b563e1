import type { Storage } from '../../../tensor/tensor.ts';
import { type Call, storagesOf } from './call.ts';
import { bufferBytes } from './encoding.ts';
import type { Pipelines } from './pipelines.ts';
import type { Dispatch } from './queue.ts';
import { bufferUsage } from './usage.ts';

/** A measurement lasts about this long, so that waiting for the device is a small part of it. */
const sampleMilliseconds = 2;
const samples = 3;
const mostRepeats = 512;

/** Times calls on buffers of their own, which hold zeros: tensors keep their values. */
export class CallTimer {
  readonly #device: GPUDevice;
  readonly #pipelines: Pipelines;
  /** Buffers by their number of bytes; several of a size, since operands of one product must not share a buffer. */
  readonly #buffers = new Map<number, GPUBuffer[]>();

  constructor(device: GPUDevice, pipelines: Pipelines) {
    this.#device = device;
    this.#pipelines = pipelines;
  }

  /** Compiles all calls that will be timed, at the same time. */
  prepare(calls: readonly Call[]): Promise<void> {
    return this.#pipelines.prepare(calls.map(({ kernel }) => kernel));
  }

  /** Seconds that the calls take, one after the other: the least of a few samples. */
  async time(calls: readonly Call[]): Promise<number> {
    const bound = this.#bind(calls);
    let repeats = 1;
    let milliseconds = await this.#run(bound, 1);
    milliseconds = await this.#run(bound, 1);
    while (milliseconds < sampleMilliseconds && repeats < mostRepeats) {
      repeats *= 2;
      milliseconds = await this.#run(bound, repeats);
    }
    for (let sample = 1; sample < samples; sample++) {
      milliseconds = Math.min(milliseconds, await this.#run(bound, repeats));
    }
    return milliseconds / 1000 / repeats;
  }

  /** Frees the buffers. */
  free(): void {
    for (const buffers of this.#buffers.values()) for (const buffer of buffers) buffer.destroy();
    this.#buffers.clear();
  }

  async #run(bound: readonly Dispatch[], repeats: number): Promise<number> {
    const start = performance.now();
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const { pipeline, group, groups } of bound) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(...groups);
      }
    }
    pass.end();
    this.#device.queue.submit([encoder.finish()]);
    await this.#device.queue.onSubmittedWorkDone();
    return performance.now() - start;
  }

  #bind(calls: readonly Call[]): Dispatch[] {
    const places = new Map<Storage, GPUBuffer>();
    const taken = new Map<number, number>();
    const bufferOf = (storage: Storage): GPUBuffer => {
      const known = places.get(storage);
      if (known !== undefined) return known;
      const bytes = bufferBytes(storage);
      const buffers = this.#buffers.get(bytes) ?? [];
      this.#buffers.set(bytes, buffers);
      const index = taken.get(bytes) ?? 0;
      taken.set(bytes, index + 1);
      buffers[index] ??= this.#device.createBuffer({
        label: 'measuring',
        size: bytes,
        usage: bufferUsage.storage,
      });
      places.set(storage, buffers[index]);
      return buffers[index];
    };
    return calls.map(({ kernel, storages }) => {
      const buffers = storages.map((binding) => bufferOf(storagesOf(binding)[0]!));
      const group = this.#device.createBindGroup({
        layout: this.#pipelines.layoutOf(kernel),
        entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
      });
      return { pipeline: this.#pipelines.of(kernel), group, groups: kernel.groups };
    });
  }
}
