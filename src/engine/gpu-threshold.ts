/** Squares that are timed, in turn, until the GPU wins. */
const timedSizes = [512, 1024, 2048] as const;

/** What a `GpuThreshold` needs to know of the machine. */
export interface GpuTiming {
  /** Whether there is a GPU that is no program on the processor. */
  readonly hasHardware: () => Promise<boolean>;
  /** Seconds that a product of two squares takes, on the GPU or on what would compute it else. */
  readonly time: (size: number, onGpu: boolean) => Promise<number>;
}

/** From which size on products are faster on the GPU: measured at the first product for which that matters, and kept. */
export class GpuThreshold {
  readonly #timing: GpuTiming;
  #multiplyAdds: Promise<number> | null = null;

  constructor(timing: GpuTiming) {
    this.#timing = timing;
  }

  /** Whether a product of so many multiply-adds, m · k · n, is for the GPU. */
  async isReachedBy(multiplyAdds: number): Promise<boolean> {
    if (multiplyAdds < timedSizes[0] ** 3) return false;
    // a GPU that fails is none
    this.#multiplyAdds ??= this.#measure().catch(() => Infinity);
    return multiplyAdds >= (await this.#multiplyAdds);
  }

  async #measure(): Promise<number> {
    if (!(await this.#timing.hasHardware())) return Infinity;
    for (const size of timedSizes) {
      if ((await this.#timing.time(size, true)) < (await this.#timing.time(size, false))) return size ** 3;
    }
    return Infinity;
  }
}
