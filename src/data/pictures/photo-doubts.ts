import type { Pixels } from './pixels.ts';
import type { SeparatedObject } from './separate-object.ts';

/** A background is uneven if its darkest part has less than this share of the light of its lightest part. */
const evenFrom = 0.6;
/** If more of the border than this differs from the background, the background is a guess. */
const hiddenUpTo = 0.25;
/** A thing that has to be enlarged by more than this has too few pixels. */
const largestScale = 2;
/** What is darker than this, of 255, is hardly seen. */
const visibleFrom = 26;
/** All but 30 of the 60,000 training images of Fashion-MNIST have more visible pixels than this share. */
const leastVisible = 0.09;

export interface PreparedObject {
  /** What the network sees. */
  readonly image: Pixels<Uint8Array>;
  /** Pixels of the network's image for each pixel of the photo. */
  readonly scale: number;
}

/** Reasons why the network may not recognise a thing that was separated from its background. */
export function photoDoubts(
  { evenness, hiddenBorder, box }: SeparatedObject,
  { image, scale }: PreparedObject,
): string[] {
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  const visible = image.data.filter((value) => value >= visibleFrom).length / image.data.length;
  return [
    ...(hiddenBorder > hiddenUpTo
      ? [`its background is not plain: ${percent(hiddenBorder)} of the border differs from it`]
      : []),
    ...(evenness < evenFrom
      ? [`its background is not even: its darkest part has ${percent(evenness)} of the light of its lightest`]
      : []),
    ...(box !== null && scale > largestScale
      ? [`the thing is small: ${box.right - box.left}×${box.bottom - box.top} pixels`]
      : []),
    ...(box !== null && visible < leastVisible
      ? [`little of the thing is left: it is visible in ${percent(visible)} of the image`]
      : []),
  ];
}
