import { sideBySide } from '../../../report/half-blocks.ts';
import { percent } from '../../framework/progress.ts';

/** A class and what softmax makes of it. */
export interface Guess {
  readonly className: string;
  readonly probability: number;
}

/** What the network says about a picture, as it is shown to a person. */
export interface PicturePrediction {
  /** The path of a picture, or `test image 8`. */
  readonly name: string;
  /** All classes, the likeliest first. */
  readonly guesses: readonly Guess[];
  /** The true class, if it is known. */
  readonly label?: string;
  /** What was done to the picture. */
  readonly done: readonly string[];
  /** The image that the network saw, in lines. */
  readonly picture: readonly string[];
}

const barLength = 30;
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** `shoe.jpg: Ankle boot 93.10 %` */
export function lineOf({ name, guesses: [best], label }: PicturePrediction): string {
  return `${name}: ${best!.className} ${percent(best!.probability)}${verdict(best!, label)}`;
}

/** What was done, the image, and beside it the likeliest classes with bars. */
export function describePrediction(prediction: PicturePrediction, top: number): string {
  const { name, guesses, label, done, picture } = prediction;
  const best = guesses[0]!;
  const shown = guesses.slice(0, top);
  const width = Math.max(...shown.map(({ className }) => className.length));
  const bars = shown.map(({ className, probability }) =>
    `${className.padEnd(width)}  ${percent(probability).padStart(8)}  ${bar(probability)}`.trimEnd(),
  );
  const beside = [`${best.className}${verdict(best, label)}`, '', ...bars];
  const lines = sideBySide([picture, beside]).map((line) => line.trimEnd());
  const heading = done.length === 0 ? name : `${name}: ${done.join(', ')}`;
  return `${heading}\n${lines.join('\n')}\n`;
}

function verdict({ className }: Guess, label: string | undefined): string {
  if (label === undefined) return '';
  return label === className ? ', right' : `, wrong: it is ${label}`;
}

function bar(share: number): string {
  const length = Math.round(share * barLength * 8);
  return '█'.repeat(Math.floor(length / 8)) + eighths[length % 8]!;
}
