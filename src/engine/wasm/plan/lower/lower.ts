import { entryOf, type Operation, type OperationKind } from '../../../../tensor/operation.ts';
import type { Program } from '../../../../tensor/program.ts';
import type { FusionRules, Group } from '../../../fusion/fuse.ts';
import type { Target } from '../../kernels/kernel.ts';
import type { Task } from '../task.ts';
import { elementwiseLowerings } from './elementwise.ts';
import { exampleLowerings } from './examples.ts';
import type { ImageKind } from './images.ts';
import type { Lowering, LoweringTable } from './lowering.ts';
import { isUpdatedByProduct, lowerMatmul } from './matmul.ts';
import { reductionLowerings } from './reductions.ts';
import { softmaxLowerings } from './softmax.ts';
import { updateLowerings } from './updates.ts';

/** The kinds of operations that come alone: `fuse` gives products and convolutions groups of their own. */
type SingleKind = Exclude<OperationKind, 'matmul' | 'conv2d'>;

/** Every operation is lowered, by this table or by that of images.ts: a missing kind does not compile. */
const lowerings: LoweringTable<Exclude<SingleKind, ImageKind>> = {
  ...exampleLowerings,
  ...elementwiseLowerings,
  ...reductionLowerings,
  ...softmaxLowerings,
  ...updateLowerings,
};

let images: typeof import('./images.ts') | null = null;

/** Loads what `lower` needs for a program, before it is called: a page that trains an MLP does without much of it. */
export async function loadLowerings({ operations }: Program): Promise<void> {
  if (operations.some(({ kind }) => kind !== 'matmul' && !isHere(kind))) await loadImageLowerings();
}

/** Loads what `lower` needs for any program. */
export async function loadImageLowerings(): Promise<void> {
  images ??= await import('./images.ts');
}

/**
 * From operations to tasks: which kernels with which addresses carry them out, into how many items the work is
 * divided, and what each thread touches.
 */
export function lower(group: Group, lowering: Lowering): Task[] {
  if (group.kind === 'matmul') return lowerMatmul(group, lowering);
  if (group.kind === 'conv2d') return imageRoom().lowerConv2d(group, lowering);
  if (group.kind === 'maskedInput') return imageRoom().lowerMaskedInput(group, lowering);
  if (group.kind === 'pooledFilter') return imageRoom().lowerPooledFilter(group, lowering);
  const { operation } = group;
  const table = isHere(operation.kind) ? lowerings : imageRoom().imageLowerings;
  const lowerOperation = entryOf(
    table as LoweringTable<SingleKind>,
    operation.kind as SingleKind,
    'wasm',
  ) as (operation: Operation, lowering: Lowering) => Task[];
  return lowerOperation(operation, lowering);
}

/** What `fuse` may put together for `lower`. */
export function fusionRules(target: Target, threads: number): FusionRules {
  return {
    pooledFilter: (pair) => imageRoom().isPooledFilter(pair, target),
    pooledConv: (conv2d, pool) => imageRoom().isFusedWithPool(conv2d, pool),
    maskedInput: (input) => imageRoom().isMaskedInput(input),
    updatingProduct: (update) => isUpdatedByProduct(update, threads),
  };
}

/** @throws Error if `loadLowerings` was not called before */
function imageRoom(): typeof import('./images.ts') {
  if (images === null) throw new Error('a program is lowered before loadLowerings was called for it');
  return images;
}

function isHere(kind: OperationKind): boolean {
  return Object.hasOwn(lowerings, kind);
}
