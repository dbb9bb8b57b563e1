/** The libraries of `bench small`, each in one or more forms. */
import { join } from 'node:path';

/** A library in one form, with a program that trains, saves, loads and evaluates. */
export interface SmallLibrary {
  readonly name: string;
  /** The folder with `main.mjs`, and `train.mjs`, which is the part that a page needs. */
  readonly program: string;
  /** What `npm install` gets; none for weft, which is packed from this tree. */
  readonly packages: readonly string[];
  /** The package that the form imports in place of another. */
  readonly swap?: readonly [from: string, to: string];
  /** Modules that its page imports in place of others; a path is in the folder. */
  readonly pageSwap?: Readonly<Record<string, string>>;
  /** Files of packages that the page may ask for. */
  readonly assets?: readonly string[];
  /** How its training differs, if it does. */
  readonly differs?: string;
}

const programs = join(import.meta.dirname, 'programs');

const core = '@tensorflow/tfjs-core';
const layers = '@tensorflow/tfjs-layers';
const cpu = '@tensorflow/tfjs-backend-cpu';
const wasm = '@tensorflow/tfjs-backend-wasm';
const version = '4.22.0';

/** tfjs on one of its backends, by `model.fit` or by a loop over its operations, which it does faster. */
function tfjs(form: 'fit' | 'loop', backend: typeof cpu | typeof wasm): SmallLibrary {
  const name = backend === cpu ? 'cpu' : 'wasm';
  const page = './page.mjs';
  return {
    name: `tfjs ${name}, ${form === 'fit' ? 'model.fit' : 'own loop'}`,
    program: join(programs, `tfjs-${form}`),
    packages: [core, layers, backend].map((part) => `${part}@${version}`),
    ...(backend === wasm && {
      swap: [cpu, wasm] as const,
      assets: [`${wasm}/dist/tfjs-backend-wasm-simd.wasm`],
    }),
    ...(form === 'loop' && { pageSwap: { [core]: `${core}/dist/base`, [layers]: page, [backend]: page } }),
  };
}

export const smallLibraries: readonly SmallLibrary[] = [
  { name: 'weft', program: join(programs, 'weft'), packages: [] },
  tfjs('fit', cpu),
  tfjs('fit', wasm),
  tfjs('loop', cpu),
  tfjs('loop', wasm),
  {
    name: 'tfjs-node, model.fit',
    program: join(programs, 'tfjs-fit'),
    packages: [`@tensorflow/tfjs-node@${version}`],
    swap: [cpu, '@tensorflow/tfjs-node'],
  },
  {
    name: 'brain.js',
    program: join(programs, 'brain'),
    packages: ['brain.js@1.6.1'],
    pageSwap: { 'brain.js': './page.mjs' },
    differs:
      'has no batches and no softmax: it learns one point at a time, by the squared error with momentum, with leaky ReLU, ' +
      'on the outputs too',
  },
];
