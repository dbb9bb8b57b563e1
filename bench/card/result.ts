/** The result file of `bench gpu`: what one card does, and PyTorch on the same card in the same run. */
import type { Conditions } from '../measure/machine.ts';
import type { Spread } from '../measure/spread.ts';

export interface CardResult extends Conditions {
  /** `NVIDIA H100 80GB HBM3` */
  readonly card: string;
  readonly driver: string;
  /** Whether the adapter is software. Then no GPU was measured. */
  readonly software: boolean;
  /** The wasm engine that the losses were compared with. */
  readonly comparedWith: string;
  readonly steps: readonly CardSteps[];
  readonly products: readonly CardProduct[];
  readonly rungs: readonly CardRung[];
  /** Null where it was not measured. */
  readonly pytorch: PyTorchOnCard | null;
}

/** Training steps of one network with one batch size. */
export interface CardSteps {
  readonly model: string;
  readonly batchSize: number;
  /** The losses of the first steps, which were compared before anything was timed. */
  readonly losses: { readonly gpu: readonly number[]; readonly wasm: readonly number[] };
  readonly imagesPerSecond: Spread;
  /** In calls to the engine: writing what differs from step to step, encoding, submitting. */
  readonly hostMicroseconds: number;
  readonly dispatches: number;
  readonly barriers: number;
}

/** A product of squares whose matrices stay on the device. */
export interface CardProduct {
  readonly size: number;
  /** By the tile that the engine takes by its rule, and by the fastest of its candidates. */
  readonly rule: TileSpeed;
  readonly measured: TileSpeed;
}

interface TileSpeed {
  readonly tile: string;
  readonly gflops: number;
}

export interface CardRung {
  readonly name: string;
  readonly idea: string;
  readonly speeds: readonly { readonly size: number; readonly gflops: number }[];
}

/** What bench/libraries/pytorch_gpu.py prints. */
export interface PyTorchOnCard {
  /** `PyTorch 2.11.0, CUDA 12.8` */
  readonly version: string;
  readonly card: string;
  readonly products: readonly { readonly size: number; readonly gflops: number }[];
  readonly steps: readonly {
    readonly model: string;
    readonly batchSize: number;
    /** Adam as a loop over the parameters; fused into one kernel; this as a CUDA graph. */
    readonly form: 'eager' | 'fused' | 'graph';
    /** The layout of images with which it was faster. */
    readonly layout: string;
    readonly imagesPerSecond: Spread;
  }[];
}

/** `nvidia-h100-80gb-hbm3` */
export function cardSlug(card: string): string {
  return card
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}
