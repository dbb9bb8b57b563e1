/** The sizes of the squares that are timed, one after the other until the GPU wins. */
const timedSizes = [512, 1024, 2048] as const;

/** What a `GpuThreshold` needs to know of the machine. */
export interface GpuTiming {
  /** Whether there is a GPU in hardware: an adapter in software is a program on the processor. */
  readonly hasHardware: () => Promise<boolean>;
  /** Seconds that a product of two squares takes on the GPU, or on the engine that computes it otherwise. */
  readonly time: (size: number, on: 'gpu' | 'processor') => Promise<number>;
}

/** The size from which on products are faster on the GPU. It is measured at the first product for which it matters. */
export class GpuThreshold {
  readonly #timing: GpuTiming;
  #multiplyAdds: Promise<number> | null = null;

  constructor(timing: GpuTiming) {
    this.#timing = timing;
  }

  /** Whether a product of `multiplyAdds` = m · k · n is faster on the GPU. */
  async isReachedBy(multiplyAdds: number): Promise<boolean> {
    if (multiplyAdds < timedSizes[0] ** 3) return false;
    // a GPU that fails counts as none
    this.#multiplyAdds ??= this.#measure().catch(() => Infinity);
    return multiplyAdds >= (await this.#multiplyAdds);
  }

  async #measure(): Promise<number> {
    if (!(await this.#timing.hasHardware())) return Infinity;
    for (const size of timedSizes) {
      const gpuSeconds = await this.#timing.time(size, 'gpu');
      if (gpuSeconds < (await this.#timing.time(size, 'processor'))) return size ** 3;
    }
    return Infinity;
  }
}
