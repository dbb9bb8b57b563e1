/** `npm run bench` without a command: a tour of the measurements in about two minutes, for a first visit. */
import { hasHardware } from '../src/engine/gpu/probe.ts';
import { benchLadder } from './matmul/ladder/ladder.ts';
import { isOnGpu } from './matmul/rung.ts';
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

/** Less than the commands themselves measure. */
const twoMinutes: Effort = {
  sizes: [64, 128, 256, 512],
  patience: { ...usualPatience, total: 0.5, longest: 2 },
  rounds: 3,
};

/** The ladder of products to 512, then training steps of both networks, each with an explanation. */
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
    'A neural network spends nearly all of its time on products C = A · B of matrices. Each rung below',
    'adds one idea to the rung before. It is a short file in bench/matmul/ that can be read alone.',
  );
  const hasGpu = await hasHardware();
  if (!hasGpu) say('There is no GPU in hardware here, so the rungs on a GPU are left out.');
  say('');
  const rungs = hasGpu ? ladder : ladder.filter((rung) => !isOnGpu(rung));
  const usual = { rungs: undefined, threads: undefined, strict, json: undefined, figure: undefined };
  await benchLadder({ ...usual, sizes }, rungs, patience);
  say(
    'GFLOP/s are billions of multiplications and additions per second. The last column compares with the',
    'three loops of the formula: how many times as fast a rung is on this machine.',
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
    'A step is forward, backward and update on 64 images. Its products take some microseconds each, so the',
    'work between them counts as much. weft fuses that work, and its threads hardly ever wait.',
    '',
  );
  sayEpoch(await benchSpeeds('train', { ...steps, models: ['mlp'] }));

  heading('3. The convolutional network (cnn) in training');
  say(
    'This takes more than a hundred times the arithmetic of the dense network, nearly all of it in',
    'convolutions. weft computes them as products of matrices, with fewer multiplications (docs/winograd.md).',
    '',
  );
  sayEpoch(await benchSpeeds('train', { ...steps, models: ['cnn'] }));

  heading('Where to go next');
  for (const [command, what] of [
    ['npm run bench -- ladder', 'the whole ladder, to 1024; docs/matmul.md explains every rung'],
    ['npm run bench -- matmul --openblas', "the products of the network, beside NumPy's OpenBLAS"],
    ['npm run bench -- step --model cnn --profile', 'where the time of a step goes'],
    ['npm run bench -- libraries', 'training beside PyTorch, TensorFlow.js and others'],
    ['npm run bench -- --help', 'all the rest'],
    ['npm run train', 'the real thing: twenty epochs'],
  ] as const) {
    say(`  ${command.padEnd(46)}${what}`);
  }
}

function sayEpoch(result: SpeedsResult): void {
  say(`So an epoch of all 60,000 images takes ${fastestEpoch(result).toPrecision(2)} s.`);
}

function heading(title: string): void {
  say('', title, '─'.repeat(title.length));
}

function say(...lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}
