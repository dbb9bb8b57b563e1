/**
 * The head of a classifier in one dispatch of one workgroup. For logits z [rows, columns], labels [rows] and label
 * smoothing α, with the largest logit z* of each row taken out, so that no exponent is positive:
 *
 *     pⱼ = exp(zⱼ − z*) / Σⱼ exp(zⱼ − z*)
 *     loss of a row = log Σⱼ exp(zⱼ − z*) + (1 − α)·(z* − z[label]) + α · mean of (z* − zⱼ)
 *     dzⱼ = (pⱼ − (1 − α)·[j = label] − α / columns) / rows
 *
 * With weights of the classes, the loss and the gradient of a row are multiplied by the weight of its label. A thread
 * has whole rows; then the threads add up their sums in shared memory.
 *
 * NaN among the logits makes the loss NaN. WGSL lets a device assume that there is no NaN, and comparisons, exp and max
 * may then give anything. So the kernel finds NaN by its bits. Without the sign, the bits of floats have the order of
 * their magnitudes if they are compared as whole numbers: finite numbers, then ∞, then NaN. After that there are only
 * sums and products, which give NaN on all devices.
 */
import { bindingsOf, declare, read, write } from './buffers.ts';
import type { WgslKernel } from './kernel.ts';
import { float } from './number.ts';
import { reformat } from './source.ts';
import { addRowsOfWorkgroup } from './workgroup-sum.ts';

/** With more rows, one workgroup would take too long. */
export const mostLossRows = 1024;

/**
 * What the kernel can write: the mean loss [1]; the loss of each row [rows]; probabilities and the gradient of the mean
 * loss [rows, columns]; the class of the largest logit, the first of equals [rows]; the number of rows for which that
 * is the label [1]. The totals [1] are added to: lossTotal += rows · loss and correctTotal += correct.
 */
export type LossResult =
  'loss' | 'losses' | 'probabilities' | 'dLogits' | 'predictions' | 'correct' | 'lossTotal' | 'correctTotal';

export interface Loss {
  /** 1 to 1024. */
  readonly rows: number;
  readonly columns: number;
  /** α in [0, 1). */
  readonly labelSmoothing: number;
  /** Whether there are weights of the classes [columns]; none if left out. */
  readonly classWeights?: 'given' | undefined;
  readonly results: readonly LossResult[];
}

/** Buffers: logits, labels, the class weights if given, and the results in their order. */
export function loss({ rows, columns, labelSmoothing, classWeights, results }: Loss): WgslKernel {
  if (rows > mostLossRows) throw new RangeError(`loss: ${rows} rows, but it takes ${mostLossRows} at most`);
  const weighted = classWeights === 'given';
  const smoothing = labelSmoothing === 0 ? '' : `, α ${float(labelSmoothing)}`;
  const name = `loss ${rows}×${columns}${smoothing}${weighted ? ', weighted' : ''}: ${results.join(', ')}`;
  const buffers = [
    read('logits'),
    read('labels'),
    ...(weighted ? [read('classWeights')] : []),
    ...results.map((result) => write(result)),
  ];
  const threads = Math.min(256, 2 ** Math.ceil(Math.log2(rows)));
  const code = reformat(`${declare(buffers).join('\n')}

var<workgroup> lossSums: array<f32, ${threads}>;
var<workgroup> correctSums: array<f32, ${threads}>;

@compute @workgroup_size(${threads})
fn main(@builtin(local_invocation_index) thread: u32) {
  var lossSum = 0f;
  var correctSum = 0f;
  for (var i = 0u; i < ${Math.ceil(rows / threads)}u; i++) {
    let row = i * ${threads}u + thread;
    if (row < ${rows}u) {
      ${computeRow({ rows, columns, labelSmoothing, weighted, results })}
      lossSum += lossOfRow;
      correctSum += select(0f, 1f, prediction == label);
    }
  }
  lossSums[thread] = lossSum;
  correctSums[thread] = correctSum;
  ${addRowsOfWorkgroup(['lossSums', 'correctSums'], threads, 1)}
  if (thread == 0u) {
    let mean = lossSums[0] / ${float(rows)};
    ${results.flatMap((result) => ofBatch(result, rows)).join('\n    ')}
  }
}`);
  return { name, code, bindings: bindingsOf(name, buffers), groups: [1, 1, 1] };
}

interface Row extends Omit<Loss, 'classWeights'> {
  readonly weighted: boolean;
}

/** The bits of ∞. */
const infinity = '0x7f800000u';

/** Declares `label`, `prediction` and `lossOfRow` of the row, and writes the results that each row has. */
function computeRow(row: Row): string {
  const { columns, weighted, results } = row;
  return [
    `let start = row * ${columns}u;`,
    'let label = labels[row];',
    ...(weighted ? ['let weight = classWeights[u32(label)];'] : []),
    ...findLargest(columns),
    ...lossOf(row),
    ...writeElements(row),
    ...(results.includes('losses') ? ['losses[row] = lossOfRow;'] : []),
    ...(results.includes('predictions') ? ['predictions[row] = prediction;'] : []),
  ].join('\n');
}

/** Declares the `largest` logit, its class `prediction`, and the bits of the largest `magnitude`. */
function findLargest(columns: number): string[] {
  return [
    'var largest = logits[start];',
    'var prediction = 0f;',
    'var magnitude = bitcast<u32>(largest) & 0x7fffffffu;',
    `for (var j = 1u; j < ${columns}u; j++) {`,
    'let z = logits[start + j];',
    'magnitude = max(magnitude, bitcast<u32>(z) & 0x7fffffffu);',
    'if (z > largest) {',
    'largest = z;',
    'prediction = f32(j);',
    '}',
    '}',
  ];
}

/** Declares `lossOfRow` and the `total` of the exponentials. */
function lossOf({ columns, labelSmoothing, weighted }: Row): string[] {
  const smooth = labelSmoothing > 0;
  const wrong = '(largest - logits[start + u32(label)])';
  const smoothed = `${float(1 - labelSmoothing)} * ${wrong} + ${float(labelSmoothing / columns)} * spread`;
  return [
    'var total = 0f;',
    ...(smooth ? ['var spread = 0f;'] : []),
    `for (var j = 0u; j < ${columns}u; j++) {`,
    'let below = largest - logits[start + j];',
    'total += exp(-below);',
    ...(smooth ? ['spread += below;'] : []),
    '}',
    `let known = log(total) + ${smooth ? smoothed : wrong};`,
    `let value = select(known, bitcast<f32>(magnitude), magnitude > ${infinity});`,
    `let lossOfRow = ${weighted ? 'weight * value' : 'value'};`,
  ];
}

function writeElements({ rows, columns, labelSmoothing, weighted, results }: Row): string[] {
  // the targets of the label and of every other class
  const share = labelSmoothing / columns;
  const [ofLabel, ofOthers] = [1 - labelSmoothing + share, share].map(float);
  const gradient = `(probability - select(${ofOthers}, ${ofLabel}, f32(j) == label)) / ${float(rows)}`;
  const writes = [
    ...(results.includes('probabilities') ? ['probabilities[start + j] = probability;'] : []),
    ...(results.includes('dLogits')
      ? [`dLogits[start + j] = ${gradient}${weighted ? ' * weight' : ''};`]
      : []),
  ];
  if (writes.length === 0) return [];
  return [
    `for (var j = 0u; j < ${columns}u; j++) {`,
    'let probability = exp(logits[start + j] - largest) / total;',
    ...writes,
    '}',
  ];
}

/** The results of the whole batch, which one thread writes. */
function ofBatch(result: LossResult, rows: number): string[] {
  switch (result) {
    case 'loss':
      return ['loss[0] = mean;'];
    case 'correct':
      return ['correct[0] = correctSums[0];'];
    case 'lossTotal':
      return [`lossTotal[0] += ${float(rows)} * mean;`];
    case 'correctTotal':
      return ['correctTotal[0] += correctSums[0];'];
    default:
      return [];
  }
}
