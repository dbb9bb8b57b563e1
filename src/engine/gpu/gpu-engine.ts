import type { Engine } from '../engine.ts';

/** Runs programs on a GPU: recorded on WebGPU, kernel by kernel on GL. */
export interface GpuEngine extends Engine {
  /** Whether the adapter is, or may be, a program on the processor. */
  readonly software: boolean;
  /** What ran the last kernel; null before the first. */
  readonly ranIn: string | null;
}
