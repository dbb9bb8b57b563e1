import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import type { BranchFacts, CurvePoint, ValidationPoint } from '../../../src/session.ts';
import { withParents } from '../branches.ts';
import { type Curve, curves, curvesFrame, curvesSize, stepScale } from '../drawing/curves.ts';
import { percent, short } from '../format.ts';
import { branch, branches, earlier, isRunning, position, seek } from '../store.ts';

type Quantity = 'accuracy' | 'loss';

/** The step under the cursor. */
const pointed = signal<number | null>(null);

/** How loss and accuracy have come about. */
export function Curves(): JSX.Element {
  return (
    <section aria-labelledby="curves-title">
      <h2 id="curves-title">How it went</h2>
      <div class="figures">
        <Chart quantity="accuracy" title="Accuracy" format=".0%" />
        <Chart quantity="loss" title="Loss" format="~g" />
      </div>
      <Readout />
    </section>
  );
}

function curvesOf(quantity: Quantity): Curve[] {
  const current = branch.value;
  const points = (all: readonly ValidationPoint[] | readonly CurvePoint[]): Curve['points'] =>
    all.map((point) => ({ step: point.step, value: point[quantity] }));
  const own = (facts: BranchFacts): Pick<BranchFacts, 'curve' | 'validation'> =>
    withParents(facts, branches.value);
  const others = [
    ...earlier.value.map(({ mark, validation }) => ({ mark, validation })),
    ...branches.value
      .filter((one) => one !== current)
      .map((one) => ({ mark: String(one.id), validation: own(one).validation })),
  ];
  return [
    ...others.map(({ mark, validation }) => ({
      name: mark,
      points: points(validation),
      colour: 'edge',
      isDashed: true,
      mark,
    })),
    ...(current
      ? [
          { name: 'training', points: points(own(current).curve), colour: 'first', isDashed: false },
          { name: 'validation', points: points(own(current).validation), colour: 'second', isDashed: true },
        ]
      : []),
  ];
}

interface ChartProps {
  readonly quantity: Quantity;
  readonly title: string;
  readonly format: string;
}

function Chart({ quantity, title, format }: ChartProps): JSX.Element {
  const all = curvesOf(quantity);
  const at = position.value?.step ?? 0;
  const marks = (branch.value?.segments ?? []).map(({ from }) => from).filter((step) => step > 0);
  const last = (name: string): number | undefined =>
    all.find((curve) => curve.name === name)?.points.at(-1)?.value;
  const write = (value: number | undefined): string =>
    value === undefined ? 'none yet' : quantity === 'accuracy' ? percent(value) : short(value);
  const others = all.filter(({ mark, points }) => mark !== undefined && points.length > 0);
  const description = [
    `${title} over the steps. Training: ${write(last('training'))}. Validation: ${write(last('validation'))}.`,
    ...others.map(({ mark, points }) => `Validation of ${mark}: ${write(points.at(-1)!.value)}.`),
  ].join(' ');
  const stepUnder = (event: MouseEvent & { readonly currentTarget: Element }): number => {
    const box = event.currentTarget.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * curvesSize.width;
    const [from, to] = [0, Math.max(at, 1, ...all.map(({ points }) => points.at(-1)?.step ?? 0))];
    const scale = stepScale(all, at);
    const share = (x - scale(from)) / (scale(to) - scale(from));
    return Math.round(Math.min(Math.max(share, 0), 1) * to);
  };
  const svg = curves({ id: `curve-${quantity}`, title, description, curves: all, at, marks, format });
  return (
    <figure>
      <figcaption>
        {title}: <span class="first">training {write(last('training'))}</span>,{' '}
        <span class="second">validation {write(last('validation'))}</span>
        {others.length > 0 && `, and of others, dashed: ${others.map(({ mark }) => mark).join(', ')}`}
      </figcaption>
      <div
        class="chart"
        style={{ aspectRatio: `${curvesSize.width} / ${curvesSize.height}`, '--left': curvesFrame.left }}
        onMouseMove={(event) => (pointed.value = stepUnder(event))}
        onMouseLeave={() => (pointed.value = null)}
        onClick={(event) => {
          if (!isRunning.value)
            void seek(Math.min(stepUnder(event), position.value?.end ?? 0), position.value?.branch);
        }}
        // the SVG is made of numbers and of texts of this page
        dangerouslySetInnerHTML={{ __html: svg }}
      />
    </figure>
  );
}

/** The values under the cursor, or those of the best epoch. */
function Readout(): JSX.Element {
  const current = branch.value;
  const step = pointed.value;
  if (current === null) return <p class="quiet">&nbsp;</p>;
  const { curve, validation } = withParents(current, branches.value);
  if (step !== null) {
    const point = curve.findLast((one) => one.step <= step) ?? curve[0];
    const judged = validation.findLast((one) => one.step <= step);
    return (
      <p class="quiet">
        Step {step}:{' '}
        {point ? `training ${percent(point.accuracy)}, loss ${short(point.loss)}` : 'nothing yet'}
        {judged
          ? `; validation ${percent(judged.accuracy)}, loss ${short(judged.loss)} after epoch ${judged.epoch}`
          : ''}
      </p>
    );
  }
  const best = validation.reduce<(typeof validation)[number] | undefined>(
    (a, b) => (a && a.loss <= b.loss ? a : b),
    undefined,
  );
  return (
    <p class="quiet">
      {best
        ? `Best epoch so far, by the validation loss: ${best.epoch}, with ${percent(best.accuracy)}. Click a curve to go to a step.`
        : 'After each epoch, the images that it does not learn from are judged: validation.'}
    </p>
  );
}
