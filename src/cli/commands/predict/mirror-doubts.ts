import { mirrored } from '../../../data/pictures/pixels.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { RunConfiguration } from '../../../run/config.ts';
import type { SavedRun } from '../../../run/saved-run.ts';
import { predict } from '../../../train/predict.ts';
import type { Classification } from './classification.ts';
import { batchOf, type Subject } from './subjects.ts';

export interface MirrorOptions {
  /** The pictures that were classified. */
  readonly subjects: readonly Subject[];
  readonly run: SavedRun;
  readonly engine: Engine;
}

/**
 * Classifies the mirror images of pictures. If one has another class than its picture, the network does not know the
 * thing well from this side. In Fashion-MNIST, nearly all shoes point left: one that points right is taken for a bag or
 * a shirt, often with a high probability.
 *
 * @returns for each subject, the doubts that its mirror image raises; none for test images, and none where a mirror image
 *   may be of another class, such as a letter
 */
export async function findMirrorDoubts(
  classifications: readonly Classification[],
  { subjects, run: { model, configuration }, engine }: MirrorOptions,
): Promise<string[][]> {
  const arePictures = subjects.every(({ test }) => test === undefined);
  if (!arePictures || !keepsClassMirrored(configuration)) return subjects.map(() => []);
  const { inputShape, classNames } = configuration;
  const [height, width, channels] = inputShape as [number, number, number];
  const images = subjects.map(({ pixels: data }) => mirrored({ width, height, channels, data }).data);
  const { predicted } = await predict(model, batchOf(images, inputShape), { engine });
  const advice = isTrainedMirrored(configuration) ? '' : '; a network trained with --flip knows both sides';
  return classifications.map(({ guesses: [best] }, index) => {
    const seen = classNames[predicted[index]!]!;
    return seen === best!.className ? [] : [`unsure: its mirror image is classified as ${seen}${advice}`];
  });
}

/** A garment stays what it is in a mirror. For other data, training with mirrored images says so. */
function keepsClassMirrored(configuration: RunConfiguration): boolean {
  return configuration.dataset.name === 'Fashion-MNIST' || isTrainedMirrored(configuration);
}

function isTrainedMirrored({ augment }: RunConfiguration): boolean {
  return (augment as { readonly flip?: boolean } | undefined)?.flip === true;
}
