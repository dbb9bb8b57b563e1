import { didYouMean } from '../../../closest.ts';
import type { Split } from '../../../data/batches.ts';
import type { Dataset } from '../../../data/dataset.ts';
import { balancedClassWeights } from '../../../train/class-weights.ts';
import { real } from '../../framework/numbers.ts';
import { UsageError } from '../../framework/usage-error.ts';
import type { TrainArguments } from '../../options/train-arguments.ts';

/** The weight of each class in the loss, in the order of the class names; undefined without `--class-weights`. */
export function createClassWeights(
  args: TrainArguments,
  dataset: Pick<Dataset, 'classNames' | 'train'>,
  split: Split,
): number[] | undefined {
  const text = args['class-weights'];
  if (text === undefined) return undefined;
  const { classNames, train } = dataset;
  if (text === 'balanced') {
    const labels = split.train.map((position) => train.y.values[position]!);
    return balancedClassWeights(labels, classNames.length);
  }
  const parts = text.split(',').map((part) => part.trim());
  if (!text.includes('=')) {
    if (parts.length !== classNames.length) {
      throw new UsageError(
        `--class-weights: expected balanced, name=weight,… or ${classNames.length} numbers, one for each class, got ${parts.length}`,
      );
    }
    return parts.map(weightFrom);
  }
  const weights = new Map<string, number>();
  for (const part of parts) {
    const [name, weight] = part.split('=').map((side) => side.trim()) as [string, string | undefined];
    if (!classNames.includes(name)) {
      const hint = didYouMean(name, classNames);
      throw new UsageError(
        `--class-weights: no class "${name}"; ${hint}the classes are ${classNames.join(', ')}`,
      );
    }
    if (weights.has(name)) throw new UsageError(`--class-weights: ${name} is given twice`);
    weights.set(name, weightFrom(weight ?? ''));
  }
  return classNames.map((name) => weights.get(name) ?? 1);
}

const weightFrom = real('class-weights', { from: 0, to: Infinity });
