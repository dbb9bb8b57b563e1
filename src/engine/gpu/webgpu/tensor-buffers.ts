import type { DataType, Storage, Tensor } from '../../../tensor/tensor.ts';
import { bufferBytes, encode } from './encoding.ts';
import type { CommandQueue, Place } from './queue.ts';
import { bindingAlignment, bufferUsage } from './usage.ts';

const usage = bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyTarget;

/**
 * Where each tensor lies on the device: in a buffer of its own, or in a range of a shared one. Compiling another
 * program may move a tensor. Then `generation` changes, and all bind groups must be made again.
 */
export class TensorBuffers {
  readonly #device: GPUDevice;
  readonly #queue: CommandQueue;
  readonly #places = new Map<Storage, Place>();
  readonly #buffers = new Set<GPUBuffer>();
  #generation = 0;

  constructor(device: GPUDevice, queue: CommandQueue) {
    this.#device = device;
    this.#queue = queue;
  }

  get generation(): number {
    return this.#generation;
  }

  has(storage: Storage): boolean {
    return this.#places.has(storage);
  }

  /** Gives a persistent tensor a place and uploads its values, unless it has a place already. */
  adopt({ name, storage, values }: Tensor<DataType>): void {
    if (storage.dtype === 'float64') throw new Error(`tensor ${name}: the gpu engine works in float32`);
    if (this.#places.has(storage)) return;
    this.#places.set(storage, this.#create(bufferBytes(storage), name));
    this.write(storage, values);
  }

  /** The place of a tensor; a result gets one when it is first asked for. */
  placeOf(storage: Storage): Place {
    let place = this.#places.get(storage);
    if (place === undefined) {
      place = this.#create(bufferBytes(storage), 'result');
      this.#places.set(storage, place);
    }
    return place;
  }

  write(storage: Storage, values: ArrayLike<number>): void {
    this.#queue.write(encode(storage.dtype, values), this.placeOf(storage));
  }

  /**
   * Moves tensors into one buffer, one after the other, so that one binding of a kernel reaches all of them. If they
   * already lie like this, nothing moves.
   */
  together(storages: readonly Storage[], label: string): void {
    const offsets: number[] = [];
    let end = 0;
    for (const storage of storages) {
      offsets.push(end);
      end = align(end + bufferBytes(storage));
    }
    const first = this.placeOf(storages[0]!);
    const together = storages.every((storage, index) => {
      const { buffer, offset } = this.placeOf(storage);
      return buffer === first.buffer && offset === first.offset + offsets[index]!;
    });
    if (together) return;
    const whole = this.#create(end, label);
    for (const [index, storage] of storages.entries()) {
      this.#move(storage, { buffer: whole.buffer, offset: offsets[index]!, bytes: bufferBytes(storage) });
    }
  }

  /** Moves a tensor out of a shared buffer into one of its own. */
  separate(storage: Storage): void {
    this.#move(storage, this.#create(bufferBytes(storage), 'tensor'));
  }

  #move(storage: Storage, to: Place): void {
    this.#queue.copy(this.placeOf(storage), to);
    this.#places.set(storage, to);
    this.#generation += 1;
  }

  #create(bytes: number, label: string): Place {
    const { maxStorageBufferBindingSize: most } = this.#device.limits;
    if (bytes > most) {
      throw new Error(
        `${label}: the GPU binds ${most} bytes at most, not ${bytes}: use a smaller batch, or another engine`,
      );
    }
    const buffer = this.#device.createBuffer({ label, size: bytes, usage });
    this.#buffers.add(buffer);
    return { buffer, offset: 0, bytes };
  }

  destroy(): void {
    for (const buffer of this.#buffers) buffer.destroy();
    this.#places.clear();
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / bindingAlignment) * bindingAlignment;
}
