import { type ArrayOf, type DataType, type Storage, type Tensor, zeros } from '../../../tensor/tensor.ts';
import { assertExact } from '../exact-numbers.ts';
import type { DeviceArray, Gpu } from '../gpu-js.ts';

/**
 * The values of the engine's tensors, each in the memory of the host, of the device, or of both. Values that were
 * written in one place are copied to the other when they are first needed there.
 */
export class DeviceMemory {
  readonly #gpu: Gpu;
  readonly #host = new Map<Storage, ArrayOf<DataType>>();
  readonly #device = new Map<Storage, DeviceArray>();
  /** Tensors whose values on the host are out of date. */
  readonly #stale = new Set<Storage>();

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  /** Copies the values of a persistent tensor, the first time that it is seen. */
  adopt({ name, storage, values }: Tensor<DataType>): void {
    if (storage.dtype === 'float64') throw new Error(`tensor ${name}: the gpu engine works in float32`);
    if (!this.#host.has(storage)) this.#host.set(storage, values.slice());
  }

  has(storage: Storage): boolean {
    return this.#host.has(storage) || this.#device.has(storage);
  }

  /** The values on the host, to read or write; always the same array. */
  hostArray(storage: Storage): ArrayOf<DataType> {
    let values = this.#host.get(storage);
    if (values === undefined) {
      values = zeros(storage.dtype, storage.length);
      this.#host.set(storage, values);
    }
    return values;
  }

  /** The values on the device; uploads them first if they are only on the host. */
  async deviceArray(storage: Storage): Promise<DeviceArray> {
    let array = this.#device.get(storage);
    if (array === undefined) {
      array = await this.#gpu.upload(asFloats(this.hostArray(storage)));
      this.#device.set(storage, array);
    }
    return array;
  }

  /** Replaces the values by new ones, and deletes the old ones. */
  replace(storage: Storage, array: DeviceArray): void {
    this.#device.get(storage)?.delete();
    this.#device.set(storage, array);
    this.#stale.add(storage);
  }

  /** A copy of the values, from the place where they are up to date. */
  async read(storage: Storage): Promise<ArrayOf<DataType>> {
    if (!this.#stale.has(storage)) return this.hostArray(storage).slice();
    const values = zeros(storage.dtype, storage.length);
    values.set(await this.#device.get(storage)!.read());
    return values;
  }

  /** Deletes the values on the device, because no one needs them or those on the host are newer. */
  drop(storage: Storage): void {
    this.#device.get(storage)?.delete();
    this.#device.delete(storage);
    this.#stale.delete(storage);
  }

  freeAll(): void {
    for (const array of this.#device.values()) array.delete();
    this.#device.clear();
  }
}

function asFloats(values: ArrayOf<DataType>): Float32Array {
  if (values instanceof Float32Array) return values;
  assertExact(values);
  return Float32Array.from(values);
}
