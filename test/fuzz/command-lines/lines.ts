/** Random command lines: every command, with options of all kinds and values that are right, on the border, or hostile. */
import type { Options } from 'yargs';
import type { Command } from '../../../src/cli/framework/command.ts';
import { RandomStream } from '../../../src/tensor/random.ts';

/** Draws from a stream, one number after the other. */
export class Dice {
  readonly #random: RandomStream;
  #draws = 0;

  constructor(seed: number, name: string) {
    this.#random = new RandomStream(seed, name);
  }

  /** A whole number from 0 to n − 1. */
  below(n: number): number {
    return Math.floor(this.#random.uniform(this.#draws++) * n);
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!;
  }
}

const hostile = [
  '',
  'x',
  '-1',
  'NaN',
  '1e999',
  '0x10',
  '\u001b[2J\u0007',
  'a\nb',
  '靴',
  '__proto__',
  'constructor',
  'w'.repeat(3000),
  '../../../..',
  '/dev/null',
];
const numbers = ['0', '1', '2', '3', '1.5', '1e-40', '1e38', '4294967295', '99999999999', '0.5'];

/** Values that make sense, for options whose values are not only names or numbers. */
const sensible: Readonly<Record<string, readonly string[]>> = {
  data: ['data', 'pictures', 'run', 'nowhere', 'net.json', 'empty', 'table.csv', 'table.csv', 'nowhere.csv'],
  target: ['kind', 'length', 'colour', 'no'],
  ignore: ['colour', 'colour,length', 'no'],
  categorical: ['colour', 'length', 'no'],
  'test-data': ['table.csv', 'net.json', 'nowhere.csv'],
  model: ['mlp', 'net.json', 'deep.json', 'data', 'text.json', 'mpl'],
  init: ['run/model.safetensors', 'net.json', 'nowhere.safetensors'],
  config: ['run/config.json', 'options.json', 'net.json', 'nowhere.json'],
  resume: ['run', 'empty', 'data'],
  out: ['out', 'run', 'data', 'text.json', 'nowhere/out', 'out.onnx', 'out.json'],
  steps: ['steps.png', 'steps.txt', 'nowhere/steps.png', '10', '20'],
  'augmented-picture': ['augmented.png', 'augmented', 'nowhere/a.png'],
  test: ['0', '0-3', '49,0', '50', '3-1', '0-999999999'],
  'class-weights': ['balanced', '1,2', 'a=1', '1,1,1,1,1,1,1,1,1,1', '0=2,1=3'],
  'image-size': ['8', '3x9', '0', '5000', '8x'],
  epochs: ['1', '2', '0', '1000000'],
  'batch-size': ['1', '7', '65537', '64'],
  threads: ['1', '2', '0', '65'],
  limit: ['10', '1', '0', '1000'],
  preset: ['mlp', 'fast', 'x'],
};

const positionalsOf: Readonly<Record<string, (dice: Dice) => string[]>> = {
  run: (dice) => [dice.one(['run', 'run', 'run', 'empty', 'data', 'nowhere', 'text.json'])],
  files: (dice) =>
    some(dice, ['pictures/red/000.png', 'pictures/red', 'nowhere.png', 'text.json', 'table.csv', '-'], 2),
  // none of them is a sweep: its runs are processes
  sweep: (dice) => [dice.one(['options.json', 'text.json', 'net.json', 'run', 'empty', 'nowhere'])],
  name: (dice) => [dice.one(['matmul', 'conv2d', 'relu', 'sumRows', 'adam', 'gatherImages', 'x'])],
  sizes: (dice) => some(dice, ['1', '5', '16', '33', '64', '0', '-1', '1.5', '2147483647', '1e300', 'x'], 6),
};

function some(dice: Dice, of: readonly string[], most: number): string[] {
  return Array.from({ length: dice.below(most + 1) }, () => dice.one(of));
}

/** The words of a command line. Networks are small, and no engine is a GPU: what is tried is the reading of words. */
export function randomLine(commands: readonly Command[], dice: Dice): string[] {
  if (dice.below(50) === 0) return some(dice, [...hostile, '--help', '--version', 'trian'], 3);
  const command = dice.one(commands);
  const words = [command.name];
  for (const name of command.positionalNames) {
    if (dice.below(10) > 0) words.push(...positionalsOf[name]!(dice));
  }
  const names = Object.keys(command.options).filter((name) => name !== 'engine');
  for (let count = dice.below(6); count > 0; count--) {
    const name = dice.one(names);
    words.push(...optionWords(name, command.options[name]!, dice));
  }
  if (dice.below(20) === 0) words.push(dice.one(hostile));
  if (dice.below(40) === 0) words.push(`--${dice.one(hostile)}`);
  return words;
}

function optionWords(name: string, { type, choices }: Options, dice: Dice): string[] {
  if (type === 'boolean') return [dice.one([`--${name}`, `--${name}`, `--no-${name}`, `--${name}=maybe`])];
  const good = choices?.map(String) ?? sensible[name] ?? numbers;
  const value = dice.below(4) > 0 ? dice.one(good) : dice.one([...hostile, ...numbers]);
  return dice.below(20) === 0
    ? [`--${name}`]
    : dice.below(2) > 0
      ? [`--${name}=${value}`]
      : [`--${name}`, value];
}
