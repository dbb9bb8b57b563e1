import type { Pixels } from './pixels.ts';

/** Whether dark becomes light. `auto` inverts things that are darker than their background. */
export const inversions = ['auto', 'yes', 'no'] as const;
export type Inversion = (typeof inversions)[number];

/** A picture at some stage of its preparation. */
export interface PreparationStep {
  /** The name of the stage: `grey`, `trimmed`, … */
  readonly name: string;
  readonly image: Pixels;
}

export interface PreparedImage {
  /** What the network sees. */
  readonly image: Pixels<Uint8Array>;
  /** The stages from the picture to what the network sees. They are made on request, since they take memory. */
  readonly steps: () => readonly PreparationStep[];
  /** What was done, in a few words each. */
  readonly done: readonly string[];
  /** Reasons why a good prediction is unlikely. */
  readonly doubts: readonly string[];
}
