/** What a session is told, and what it tells: plain data, so that it can be in another thread. */
import type { PartName } from '../data/dataset.ts';
import type { EngineName } from '../engine/create-engine.ts';
import type { LayerDescription } from '../layers/layer.ts';
import type { FullEvaluation } from '../train/full-evaluation.ts';
import type { CurvePoint, ValidationPoint } from './branch.ts';
import type { DataDescription, DataPiece } from './session-data.ts';
import type { Settings } from './settings.ts';
import type { UnitSum } from './unit-sum.ts';
import type { KernelText } from './kernel-text.ts';
import type { Nudge } from './nudge.ts';
import type { Occlusion } from './occlusion.ts';
import type { PredictedImages } from './predictor.ts';
import type { XRay } from './x-ray.ts';

/** The commands, and what each gives back. */
export interface Commands {
  /** Names the data; its pieces follow by `give`. What was there before is gone. */
  readonly describe: { readonly given: DataDescription; readonly back: void };
  readonly give: { readonly given: DataPiece; readonly back: void };
  /** Fetches the data from a folder of shards, the first pieces first. Done when all of them are there. */
  readonly load: {
    readonly given: { readonly url: string; readonly parts?: readonly PartName[] };
    readonly back: void;
  };
  /** Begins a run, at step 0, with the examples that are there. */
  readonly configure: { readonly given: Configuration; readonly back: RunFacts };
  /** Trains until `pause`, or up to a step; at most so many steps a second. Done when it stops. */
  readonly run: { readonly given: RunOptions; readonly back: Position };
  readonly pause: { readonly given: undefined; readonly back: Position };
  /** Trains for some steps. */
  readonly step: { readonly given: { readonly count: number }; readonly back: Position };
  /** Trains until the end of the epoch. */
  readonly epoch: { readonly given: undefined; readonly back: Position };
  /** The state after a step that was done before. */
  readonly seek: {
    readonly given: { readonly step: number; readonly branch?: number };
    readonly back: Position;
  };
  /** Other settings for the steps that follow. Where there are steps already that follow, they stay: a branch begins. */
  readonly set: { readonly given: Partial<Settings>; readonly back: Position };
  /** On a part, or on its first images. */
  readonly evaluate: {
    readonly given: { readonly part: PartName; readonly first?: number };
    readonly back: PartEvaluation;
  };
  /** Every measure on a part, as `weft evaluate` has them. */
  readonly measure: { readonly given: { readonly part: PartName }; readonly back: FullEvaluation };
  /** The images themselves, as they are in the data set. */
  readonly images: { readonly given: Inspection; readonly back: ShownImages };
  /** Everything in the network for some images: see x-ray.ts. */
  readonly inspect: { readonly given: Inspection; readonly back: XRay };
  /** The sum of one unit in numbers. */
  readonly unit: { readonly given: UnitQuestion; readonly back: UnitSum };
  /** The operations of a layer, and the code that is generated for them. */
  readonly kernel: { readonly given: { readonly layer: string }; readonly back: KernelText };
  /** What a small change of one number does to the loss, beside its derivative. */
  readonly nudge: { readonly given: NudgeQuestion; readonly back: Nudge };
  /** What the network predicts for images that are in no data set. */
  readonly predict: { readonly given: { readonly images: Float32Array }; readonly back: PredictedImages };
  /** Which pixels of such an image matter: see occlusion.ts. */
  readonly occlude: { readonly given: { readonly image: Float32Array }; readonly back: Occlusion };
  readonly export: { readonly given: { readonly kind: ExportKind }; readonly back: Exported };
  /** Takes the weights of a safetensors file, of the same network. A branch begins with them. */
  readonly import: {
    readonly given: { readonly bytes: Uint8Array; readonly name?: string };
    readonly back: Position;
  };
  /** The branches so far, with their curves. */
  readonly branches: { readonly given: undefined; readonly back: readonly BranchFacts[] };
  /** Ends the engine. */
  readonly close: { readonly given: undefined; readonly back: void };
}

export type CommandName = keyof Commands;

export interface Configuration {
  /** A preset by its name, or layers as a model file has them. */
  readonly network: string | readonly LayerDescription[];
  readonly settings?: Partial<Settings>;
  /** Of the first weights, the order of the examples, and all else that is random; 1 if left out. */
  readonly seed?: number;
  /** `auto` if left out. */
  readonly engine?: EngineName;
  readonly threads?: number;
  /** Positions of validation images whose predictions come with each frame. */
  readonly watch?: readonly number[];
}

export interface RunFacts {
  readonly network: string;
  readonly parameters: number;
  readonly layers: readonly {
    readonly name: string;
    readonly type: string;
    readonly shape: readonly number[];
  }[];
  readonly settings: Settings;
  readonly classNames: readonly string[];
  /** What computes, and why. */
  readonly engine: { readonly name: string; readonly description: string; readonly reason: string };
  readonly examples: Readonly<Record<PartName, number>>;
  /** Whether these are all of the data set. A run on a part is not comparable with one on everything. */
  readonly isComplete: boolean;
}

export interface RunOptions {
  /** The last step; none if left out. */
  readonly until?: number | undefined;
  /** As fast as possible if left out. */
  readonly stepsPerSecond?: number | undefined;
}

/** Where a session is. */
export interface Position {
  readonly branch: number;
  readonly step: number;
  /** From 1; 0 before the first. */
  readonly epoch: number;
  /** Images of the epoch that the steps so far have trained on, and how many it has. */
  readonly seen: number;
  readonly epochExamples: number;
  /** The last step of the branch. */
  readonly end: number;
}

export interface PartEvaluation {
  readonly part: PartName;
  readonly examples: number;
  readonly isComplete: boolean;
  readonly loss: number;
  readonly accuracy: number;
  /** Class indices, by position. */
  readonly predicted: Int32Array;
  /** [examples, classes]. */
  readonly probabilities: Float32Array;
  /** The true classes. */
  readonly labels: Uint8Array;
}

export interface Inspection {
  readonly part: PartName;
  readonly positions: readonly number[];
}

export interface ShownImages {
  /** [height, width, channels] of one. */
  readonly shape: readonly number[];
  /** Bytes, one image after the other. */
  readonly pixels: Uint8Array;
  /** The true class of each. */
  readonly labels: Uint8Array;
}

export interface UnitQuestion {
  readonly part: PartName;
  readonly position: number;
  /** `dense_1`. */
  readonly layer: string;
  /** The position of the unit in the output of the layer: [unit], or [row, column, filter]. */
  readonly unit: readonly number[];
}

export interface NudgeQuestion {
  readonly part: PartName;
  readonly position: number;
  /** `dense_1/kernel`; `image` for a pixel. */
  readonly tensor: string;
  /** The place in its values, row-major. */
  readonly index: number;
}

export const exportKinds = ['safetensors', 'onnx', 'json', 'history'] as const;
export type ExportKind = (typeof exportKinds)[number];

export interface Exported {
  readonly fileName: string;
  readonly bytes: Uint8Array;
}

export interface BranchFacts {
  readonly id: number;
  readonly fork: { readonly branch: number; readonly step: number } | null;
  readonly end: number;
  readonly segments: readonly {
    readonly from: number;
    readonly settings: Settings;
    readonly examples: number;
  }[];
  readonly curve: readonly CurvePoint[];
  readonly validation: readonly ValidationPoint[];
  /** Steps that have a snapshot, and the bytes of all. */
  readonly snapshots: readonly number[];
  readonly bytes: number;
}

/** What a session tells by itself. */
export type SessionEvent =
  /** At most 30 times a second while it runs, and when it stops. */
  | {
      readonly kind: 'progress';
      readonly position: Position;
      readonly isRunning: boolean;
      /** New since the last progress. */
      readonly point: CurvePoint | null;
      readonly imagesPerSecond: number | null;
    }
  /** The predictions for the watched images: with each progress, and after a seek. */
  | {
      readonly kind: 'frame';
      readonly step: number;
      /** [watched, classes]. */
      readonly probabilities: Float32Array;
    }
  /** After an epoch. */
  | { readonly kind: 'validated'; readonly branch: number; readonly point: ValidationPoint }
  | { readonly kind: 'snapshot'; readonly branch: number; readonly step: number; readonly bytes: number }
  /** Examples have come. */
  | {
      readonly kind: 'data';
      readonly available: Readonly<Record<PartName, number>>;
      readonly counts: Readonly<Record<PartName, number>>;
    }
  /** What a person should know. */
  | { readonly kind: 'notice'; readonly text: string }
  /** Training has stopped, and why. */
  | { readonly kind: 'failed'; readonly message: string };
