import { writeAtomically } from '../../../atomic-write.ts';
import { Augmentation } from '../../../data/augment.ts';
import { type LabelledImages, exampleShape } from '../../../data/examples.ts';
import { contactSheet } from '../../../report/pictures/contact-sheet.ts';
import { EagerOps } from '../../../tensor/reference/eager.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { transformSize } from '../../../tensor/warp.ts';
import { pixelScale } from '../../../train/gather.ts';

/** The picture shows this many epochs, from the first. */
const epochs = 8;

/**
 * Writes a PNG file with a row for each class: its first image among `positions`, then the same image augmented as in the
 * first epochs.
 */
export async function writeAugmentedPicture(
  path: string,
  examples: LabelledImages,
  positions: Int32Array,
  augmentation: Augmentation,
): Promise<void> {
  const unchanged = new Augmentation({}, exampleShape(examples), 0);
  const shown: number[] = [];
  const transforms: number[] = [];
  for (const example of firstOfEachClass(examples.y.values, positions)) {
    for (let epoch = 0; epoch <= epochs; epoch++) {
      shown.push(example);
      transforms.push(...(epoch === 0 ? unchanged : augmentation).transforms([example], epoch));
    }
  }
  const n = shown.length;
  const ops = new EagerOps();
  const indices = Tensor.from('int32', [n], Int32Array.from(shown), 'indices');
  const rows = Tensor.from('float32', [n, transformSize], Float32Array.from(transforms), 'transforms');
  const plain = ops.gatherImages(examples.x, indices, pixelScale);
  const images = ops.warpImages(plain, rows, augmentation.fill);
  const picture = contactSheet(images, { columns: 1 + epochs });
  try {
    await writeAtomically(path, picture);
  } catch (error) {
    throw new Error(`cannot write the picture ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** The first position of each class that occurs, by class. */
function firstOfEachClass(labels: Uint8Array, positions: Int32Array): number[] {
  const first = new Map<number, number>();
  for (const position of positions) {
    const label = labels[position]!;
    if (!first.has(label)) first.set(label, position);
  }
  return [...first].toSorted(([a], [b]) => a - b).map(([, position]) => position);
}
