/** `npm run bench` alone: what weft measures, shown in about two minutes to those who see it for the first time. */
import { hasHardware } from '../src/engine/gpu/probe.ts';
import { benchLadder } from './matmul/ladder/ladder.ts';
import { ladder } from './matmul/rungs.ts';
import { type Patience, usualPatience } from './matmul/ladder/measure.ts';
import { checkMachine, describeMachine } from './measure/machine.ts';
import { benchSpeeds, fastestEpoch, type SpeedsResult } from './networks/speeds.ts';

/** How much is measured. */
export interface Effort {
  readonly sizes: readonly number[];
  readonly patience: Patience;
  /** Blocks of training steps. */
  readonly rounds: number;
}

/** Less than by the commands themselves. */
const twoMinutes: Effort = {
  sizes: [64, 128, 256, 512],
  patience: { ...usualPatience, total: 0.5, longest: 2 },
  rounds: 3,
};

/** The ladder of products to 512, then training steps of both networks, each with a word on what it means. */
export async function tour(
  { strict }: { readonly strict: boolean },
  { sizes, patience, rounds }: Effort = twoMinutes,
): Promise<void> {
  const { cpu, cores, memoryGiB, platform, node } = describeMachine();
  say(
    'This tour takes about two minutes; Ctrl-C ends it.',
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${platform}, Node ${node}`,
  );
  checkMachine(strict);

  heading('1. One product of matrices, from three plain loops to all cores');
  say(
    'Nearly all of the time of a neural network goes into products C = A · B of matrices. Each rung below',
    'adds one idea to the one before, and is a short file in bench/matmul/ that can be read alone.',
  );
  const hasGpu = await hasHardware();
  if (!hasGpu) say('There is no GPU in hardware here: its rungs are left out.');
  say('');
  const rungs = hasGpu ? ladder : ladder.filter(({ family }) => family !== 'gpu.js');
  const usual = { rungs: undefined, threads: undefined, strict, json: undefined, figure: undefined };
  await benchLadder({ ...usual, sizes }, rungs, patience);
  say(
    'GFLOP/s are billions of multiplications and additions in a second. The last column is the whole climb:',
    "how many times as fast as the formula's own three loops on this machine.",
  );

  const steps = {
    engines: ['wasm'],
    batchSizes: [64],
    threads: undefined,
    revectorize: true,
    rounds,
    strict,
    json: undefined,
  } as const;
  heading('2. The network of dense layers (mlp) in training');
  say(
    'A step takes 64 images: forward, backward, update. Its products are small, some microseconds each, so',
    'that what lies between them counts as much: fused loops, and threads that hardly ever wait.',
    '',
  );
  sayEpoch(await benchSpeeds('train', { ...steps, models: ['mlp'] }));

  heading('3. The convolutional network (cnn) in training');
  say(
    'More than a hundred times the arithmetic of the dense network. Nearly all of it is in convolutions, each',
    'a sum of products of matrices, here with a third of the multiplications (docs/winograd.md).',
    '',
  );
  sayEpoch(await benchSpeeds('train', { ...steps, models: ['cnn'] }));

  heading('Where to go next');
  for (const [command, what] of [
    ['npm run bench -- ladder', 'the whole ladder, to 1024; docs/matmul.md explains every rung'],
    ['npm run bench -- matmul --openblas', "the products of the network, beside NumPy's OpenBLAS"],
    ['npm run bench -- step --model cnn --profile', 'where the time of a step goes'],
    ['npm run bench -- libraries', 'training in turn with PyTorch, TensorFlow.js and others'],
    ['npm run bench -- --help', 'all the rest'],
    ['npm run train', 'the real thing: twenty epochs'],
  ] as const) {
    say(`  ${command.padEnd(46)}${what}`);
  }
}

function sayEpoch(result: SpeedsResult): void {
  say(`So it goes through all 60,000 images in ${fastestEpoch(result).toPrecision(2)} s.`);
}

function heading(title: string): void {
  say('', title, '─'.repeat(title.length));
}

function say(...lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}
