import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { PartEvaluation, ShownImages } from '../../../src/session.ts';
import { Pixels } from '../drawing/canvas.tsx';
import { imageAt } from '../drawing/pixels.ts';
import { count } from '../../../src/report/format.ts';
import { percent } from '../format.ts';
import { ask, chooseImage, classNames, evaluation } from '../store.ts';

/** The cell that was opened: what the garments are, and what they are taken for. */
const opened = signal<Cell | null>(null);
const mostShown = 24;

interface Cell {
  readonly actual: number;
  readonly guess: number;
}

function cellName({ actual, guess }: Cell): string {
  return `${actual} ${guess}`;
}

/** What is taken for what. A cell opens its images. */
export function Confusion(): JSX.Element {
  const judged = evaluation.value;
  const names = classNames.value;
  return (
    <section aria-labelledby="confusion-title">
      <h2 id="confusion-title">What it takes for what</h2>
      {judged === null ? (
        <p class="quiet">It is judged when it has been trained.</p>
      ) : (
        <>
          <p class="quiet">
            {percent(judged.accuracy)} of {count(judged.examples)} validation images are right. Choose a cell
            to see its images, the surest first.
          </p>
          <div class="scroll">
            <Matrix counts={countsOf(judged, names.length)} names={names} />
          </div>
          {opened.value && <Opened key={cellName(opened.value)} judged={judged} names={names} />}
        </>
      )}
    </section>
  );
}

function countsOf({ predicted, labels }: PartEvaluation, classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => Array<number>(classes).fill(0));
  for (const [index, label] of labels.entries()) counts[label]![predicted[index]!]! += 1;
  return counts;
}

interface MatrixProps {
  readonly counts: readonly (readonly number[])[];
  readonly names: readonly string[];
}

function Matrix({ counts, names }: MatrixProps): JSX.Element {
  return (
    <table class="matrix">
      <caption>
        Rows: what they are. Columns: what they are taken for. The bar: how many of a row are right.
      </caption>
      <thead>
        <tr>
          <td />
          {names.map((name) => (
            <th key={name} scope="col">
              <span>{name}</span>
            </th>
          ))}
          <th scope="col">right</th>
        </tr>
      </thead>
      <tbody>
        {counts.map((row, actual) => {
          const total = row.reduce((sum, value) => sum + value, 0);
          const right = total === 0 ? 0 : row[actual]! / total;
          return (
            <tr key={actual}>
              <th scope="row">{names[actual]}</th>
              {row.map((value, guess) => (
                <td key={guess}>
                  <button
                    type="button"
                    class={actual === guess ? 'cell diagonal' : 'cell'}
                    style={{ '--strength': total === 0 ? 0 : Math.sqrt(value / total) }}
                    aria-label={`${names[actual]} taken for ${names[guess]}: ${value}`}
                    disabled={value === 0}
                    onClick={() => (opened.value = { actual, guess })}
                  >
                    {value || ''}
                  </button>
                </td>
              ))}
              <td>
                <meter
                  min={0}
                  max={1}
                  value={right}
                  aria-label={`${names[actual]}: ${percent(right)} right`}
                />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** The images of the opened cell, the surest first. */
function Opened({
  judged,
  names,
}: {
  readonly judged: PartEvaluation;
  readonly names: readonly string[];
}): JSX.Element {
  const { actual, guess } = opened.value!;
  // images, their order and their chances are of one judgement: a later one is shown when its images are here
  const [shown, setShown] = useState<{ readonly images: ShownImages; readonly found: Found[] } | null>(null);
  useEffect(() => {
    let isCurrent = true;
    const found = surestOf(judged, { actual, guess }, names.length);
    const positions = found.map(({ position }) => position);
    if (positions.length === 0) setShown(null);
    else
      void ask('images', { part: 'validation', positions }).then((images) => {
        if (isCurrent && images) setShown({ images, found });
      });
    return () => void (isCurrent = false);
  }, [judged, actual, guess]);
  return (
    <div class="opened">
      <h3>
        {names[actual]} {actual === guess ? 'recognised' : `taken for ${names[guess]}`}
      </h3>
      <ul class="garments small">
        {shown?.found.map(({ position, chance }, index) => (
          <li key={position}>
            <button type="button" class="garment" onClick={() => void chooseImage(position)}>
              <Thumbnail images={shown.images} index={index} label={`${names[actual]}, image ${position}`} />
              <span>{percent(chance)}</span>
            </button>
          </li>
        ))}
      </ul>
      <button type="button" onClick={() => (opened.value = null)}>
        Close
      </button>
    </div>
  );
}

/** A validation image, and the probability of what it is taken for. */
interface Found {
  readonly position: number;
  readonly chance: number;
}

function surestOf(
  { labels, predicted, probabilities }: PartEvaluation,
  { actual, guess }: Cell,
  classes: number,
): Found[] {
  return [...labels.keys()]
    .filter((position) => labels[position] === actual && predicted[position] === guess)
    .map((position) => ({ position, chance: probabilities[position * classes + guess]! }))
    .toSorted((a, b) => b.chance - a.chance)
    .slice(0, mostShown);
}

interface ThumbnailProps {
  readonly images: ShownImages;
  readonly index: number;
  readonly label: string;
}

function Thumbnail({ images, index, label }: ThumbnailProps): JSX.Element {
  const image = useMemo(() => imageAt(images, index), [images, index]);
  return <Pixels image={image} label={label} scale={2} />;
}
