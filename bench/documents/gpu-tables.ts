/** Tables of the results of `bench gpu`, one of each kind for every card that was measured. */
import { globSync } from 'node:fs';
import type { CardResult, PyTorchOnCard } from '../card/result.ts';
import { rate, whole } from '../measure/format.ts';
import { readResults, resultsFolder } from '../measure/results.ts';
import { markdownTable, measuredOn } from './markdown.ts';

/** The cards that were measured, in the order of their names. */
export function readCards(): CardResult[] {
  return readResults<CardResult>(globSync('gpu-*.json', { cwd: resultsFolder }).toSorted());
}

/** What stands in a document until a card was measured. */
const none = 'No GPU has been measured yet: `npm run bench -- gpu` measures the one of your machine.';

/** A part of a document for each card, under its name. */
export function forEachCard(cards: readonly CardResult[], table: (card: CardResult) => string): string {
  if (cards.length === 0) return none;
  return cards.map((card) => [`**${card.card}**`, table(card)].join('\n\n')).join('\n\n');
}

/** Training steps: weft, and PyTorch in two forms. */
export function cardStepsTable(result: CardResult): string {
  const rows = result.steps.map(({ model, batchSize, imagesPerSecond, hostMicroseconds }) => {
    const speed = (form: PyTorchStep['form']): number | undefined => {
      const isIt = (step: PyTorchStep): boolean =>
        step.model === model && step.batchSize === batchSize && step.form === form;
      return result.pytorch?.steps.find(isIt)?.imagesPerSecond.median;
    };
    const { median } = imagesPerSecond;
    return [
      model,
      batchSize,
      whole(median),
      ...(['eager', 'fused', 'graph'] as const)
        .map(speed)
        .flatMap((other) => [format(other, whole), format(ratio(median, other), times)]),
      hostMicroseconds.toFixed(0),
    ];
  });
  const head = [
    'images/s in training',
    'batch',
    'weft',
    'PyTorch eager',
    'weft is ×',
    'fused Adam',
    'weft is ×',
    'CUDA graph',
    'weft is ×',
    'host, µs a step',
  ];
  return [markdownTable(head, rows, 1), conditions(result)].join('\n\n');
}

type PyTorchStep = PyTorchOnCard['steps'][number];

const forms: Readonly<Record<PyTorchStep['form'], string>> = {
  eager: 'eager',
  fused: 'fused Adam',
  graph: 'fused Adam, CUDA graph',
};

/** The steps in detail: their spread, how many dispatches they are, and the layout that PyTorch was faster in. */
export function cardStepDetailsTable({ steps, pytorch }: CardResult): string {
  const weft = steps.map(({ model, batchSize, imagesPerSecond: { median, p10, p90 }, ...step }) => [
    model,
    batchSize,
    'weft',
    `${step.dispatches} dispatches, ${step.barriers} barriers`,
    whole(median),
    `${whole(p10)} – ${whole(p90)}`,
  ]);
  const others = (pytorch?.steps ?? []).map(({ imagesPerSecond: { median, p10, p90 }, ...step }) => [
    step.model,
    step.batchSize,
    `PyTorch, ${forms[step.form]}`,
    step.layout,
    whole(median),
    `${whole(p10)} – ${whole(p90)}`,
  ]);
  const head = ['network', 'batch', 'contender', 'what ran', 'images/s', 'p10 – p90'];
  return markdownTable(head, [...weft, ...others], 4);
}

/** Products of squares that stay on the device, by the fastest of the candidate tiles, as the engine takes it. */
export function cardProductsTable({ products, pytorch }: CardResult): string {
  const rows = products.map(({ size, measured }) => {
    const other = pytorch?.products.find((product) => product.size === size)?.gflops;
    return [
      size,
      rate(measured.gflops),
      `\`${measured.tile}\``,
      format(other, rate),
      format(ratio(measured.gflops, other), (share) => (100 * share).toFixed(0)),
    ];
  });
  const head = ['n', 'weft, GFLOP/s', 'its tile', 'PyTorch, GFLOP/s', '% of PyTorch'];
  return markdownTable(head, rows, 0);
}

/** The rungs of the ladder on a GPU; what the engine makes of them is the table of products. */
export function cardRungsTable(result: CardResult): string {
  const rungs = result.rungs.filter(({ name }) => !name.startsWith('engine'));
  const sizes = [...new Set(rungs.flatMap(({ speeds }) => speeds.map(({ size }) => size)))];
  const rows = rungs.map(({ name, idea, speeds }) => [
    name,
    idea,
    ...sizes.map((size) => format(speeds.find((speed) => speed.size === size)?.gflops, rate)),
  ]);
  return markdownTable(['rung', 'idea', ...sizes.map((size) => `GFLOP/s, n = ${size}`)], rows, 2);
}

/** The card, the versions and the processor beside it. */
function conditions(result: CardResult): string {
  const others = result.pytorch ? `, ${result.pytorch.version}` : '; PyTorch was not measured';
  return `On: ${result.card}, ${result.driver}${others}. ${measuredOn(result)}`;
}

function ratio(value: number, other: number | undefined): number | undefined {
  return other === undefined ? undefined : value / other;
}

function format(value: number | undefined, text: (value: number) => string): string {
  return value === undefined ? '–' : text(value);
}

function times(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(1);
}
