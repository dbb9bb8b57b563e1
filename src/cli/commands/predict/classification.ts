import { visible } from '../../../visible.ts';
import { sideBySide } from '../../../report/terminal/half-blocks.ts';
import { percent } from '../../framework/percent.ts';

/** A class and its probability. */
export interface Guess {
  readonly className: string;
  readonly probability: number;
}

/** How the network classifies one image, ready to be printed. */
export interface Classification {
  /** The path of a picture, or `test image 8`. */
  readonly name: string;
  /** All classes, the most probable first. */
  readonly guesses: readonly Guess[];
  /** The true class, if it is known. */
  readonly label?: string;
  /** What was done to the picture to prepare it. */
  readonly done: readonly string[];
  /** The image that the network saw, as lines of text. */
  readonly imageLines: readonly string[];
}

const barLength = 30;
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** `shoe.jpg: Ankle boot 93.10 %` */
export function lineOf({ name, guesses: [best], label }: Classification): string {
  return `${name}: ${best!.className} ${percent(best!.probability)}${verdict(best!, label)}`;
}

/**
 * The image and how it was prepared; beside it the most probable classes with bars. The image may have colours; control
 * characters in names are made visible.
 */
export function describeClassification(classification: Classification, top: number): string {
  const { label, done, imageLines } = classification;
  const name = visible(classification.name);
  const best = classification.guesses[0]!;
  const shown = classification.guesses
    .slice(0, top)
    .map(({ className, probability }) => ({ className: visible(className), probability }));
  const width = Math.max(...shown.map(({ className }) => className.length));
  const bars = shown.map(({ className, probability }) =>
    `${className.padEnd(width)}  ${percent(probability).padStart(8)}  ${bar(probability)}`.trimEnd(),
  );
  const beside = [visible(`${best.className}${verdict(best, label)}`), '', ...bars];
  const lines = sideBySide([imageLines, beside]).map((line) => line.trimEnd());
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
