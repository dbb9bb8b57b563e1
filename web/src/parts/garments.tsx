import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { Pixels } from '../drawing/canvas.tsx';
import { imageAt } from '../drawing/pixels.ts';
import { percent } from '../format.ts';
import { chooseImage, chosen, classNames, garments, guesses, position } from '../store.ts';

/** Twenty garments, and what the network takes them for. */
export function Garments(): JSX.Element {
  const images = garments.value;
  const probabilities = guesses.value;
  const names = classNames.value;
  const right = images && probabilities ? rightOnes(probabilities, images.labels, names.length) : null;
  return (
    <section aria-labelledby="garments-title">
      <h2 id="garments-title">Its guesses</h2>
      <p class="quiet" aria-live="polite">
        {right === null
          ? 'Twenty images that it does not learn from.'
          : `${right} of ${images!.labels.length} right ${position.value?.step === 0 ? 'before it has learned anything' : `in epoch ${position.value?.epoch}`}. Choose one to look inside.`}
      </p>
      <ul class="garments">
        {images &&
          [...images.labels].map((label, index) => (
            <Garment key={index} index={index} label={label} isChosen={chosen.value === index} />
          ))}
      </ul>
    </section>
  );
}

function rightOnes(probabilities: Float32Array, labels: Uint8Array, classes: number): number {
  return [...labels].filter((label, index) => label === bestOf(probabilities, index, classes)).length;
}

function bestOf(probabilities: Float32Array, index: number, classes: number): number {
  const row = probabilities.subarray(index * classes, (index + 1) * classes);
  return row.indexOf(row.reduce((a, b) => Math.max(a, b), 0));
}

interface GarmentProps {
  readonly index: number;
  readonly label: number;
  readonly isChosen: boolean;
}

function Garment({ index, label, isChosen }: GarmentProps): JSX.Element {
  const images = garments.value!;
  const image = useMemo(() => imageAt(images, index), [images]);
  const names = classNames.value;
  const probabilities = guesses.value;
  const guess = probabilities ? bestOf(probabilities, index, names.length) : null;
  const isRight = guess === label;
  const said = guess === null ? '…' : names[guess]!;
  const chance = guess === null ? 0 : probabilities![index * names.length + guess]!;
  return (
    <li>
      <button
        type="button"
        class={`garment ${guess === null ? '' : isRight ? 'right' : 'wrong'}`}
        aria-pressed={isChosen}
        onClick={() => void chooseImage(index)}
      >
        <Pixels image={image} label={`${names[label]}`} scale={2} />
        <span>
          {isRight ? '✓' : '✗'} {said}
        </span>
        <meter min={0} max={1} value={chance} aria-label={`probability ${percent(chance)}`} />
      </button>
    </li>
  );
}
