import type { Engine } from '../engine.ts';

/** Runs programs on a GPU: recorded on WebGPU, kernel by kernel on GL. */
export interface GpuEngine extends Engine {
  /** Whether the adapter is a program on the processor, or may be one. */
  readonly software: boolean;
  /** The mode in which the last kernel ran (`webgpu`, `webgl2`, `headlessgl`, `cpu`); null before the first. */
  readonly ranIn: string | null;
}
