import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { hasModule } from '../race/python.ts';

const folder = import.meta.dirname;

/** A library that can do some of what is measured, and the script that lets it. */
export interface ContenderSpec {
  readonly name: string;
  /** In bench/peers/, with its arguments. */
  readonly script: string;
  readonly args?: readonly string[];
  /** A package of bench/peers/package.json that the script imports. */
  readonly package?: string;
  /** A module of Python that it imports. */
  readonly module?: { readonly name: string; readonly install: string };
  /** Whether it can be told how many threads to use; on one, if not. */
  readonly threads: boolean;
  /** Networks that it trains, those that it classifies with, and whether it multiplies matrices. */
  readonly train: readonly string[];
  readonly infer: readonly string[];
  readonly product: boolean;
  /** What it does that is not the same step. Its losses are its own then, and are not compared. */
  readonly differs?: string;
  /** Its outputs are the logits, rectified. */
  readonly rectified?: boolean;
}

const numpy = { name: 'numpy', install: 'apt install python3-numpy libopenblas0-pthread' };
const torch = { name: 'torch', install: 'apt install python3-torch' };
const networks = ['mlp', 'cnn'];

export const contenders: readonly ContenderSpec[] = [
  { name: 'weft', script: 'weft.ts', threads: true, train: networks, infer: networks, product: true },
  {
    name: 'PyTorch',
    script: 'pytorch.py',
    module: torch,
    threads: true,
    train: networks,
    infer: networks,
    product: false,
  },
  {
    name: 'NumPy',
    script: 'numpy_mlp.py',
    module: numpy,
    threads: true,
    train: ['mlp'],
    infer: ['mlp'],
    product: false,
  },
  {
    name: 'OpenBLAS (NumPy)',
    script: 'sgemm.py',
    module: numpy,
    threads: true,
    train: [],
    infer: [],
    product: true,
  },
  {
    name: 'onnxruntime',
    script: 'onnxruntime.mjs',
    package: 'onnxruntime-node',
    threads: true,
    train: [],
    infer: networks,
    product: false,
  },
  {
    name: 'jax-js wasm',
    script: 'jax-js.mjs',
    package: '@jax-js/jax',
    threads: false,
    train: networks,
    infer: networks,
    product: true,
  },
  {
    name: 'tfjs wasm',
    script: 'tfjs.mjs',
    args: ['wasm'],
    package: '@tensorflow/tfjs-backend-wasm',
    threads: false,
    train: networks,
    infer: networks,
    product: true,
  },
  {
    name: 'tfjs cpu',
    script: 'tfjs.mjs',
    args: ['cpu'],
    package: '@tensorflow/tfjs',
    threads: false,
    train: networks,
    infer: networks,
    product: true,
  },
  {
    name: 'brain.js',
    script: 'brain.mjs',
    package: 'brain.js',
    threads: false,
    train: ['mlp'],
    infer: ['mlp'],
    product: false,
    differs:
      'learns one image at a time, with momentum instead of Adam, the squared error, and ReLU on the outputs too',
    rectified: true,
  },
  {
    name: 'gpu.js webasm',
    script: 'gpu-js.mjs',
    args: ['webasm'],
    package: 'gpu.js',
    threads: false,
    train: [],
    infer: [],
    product: true,
  },
  {
    name: 'gpu.js cpu',
    script: 'gpu-js.mjs',
    args: ['cpu'],
    package: 'gpu.js',
    threads: false,
    train: [],
    infer: [],
    product: true,
  },
  {
    name: 'ml-matrix',
    script: 'ml-matrix.mjs',
    package: 'ml-matrix',
    threads: false,
    train: [],
    infer: [],
    product: true,
  },
];

/** One of them, by name. */
export function contender(name: string): ContenderSpec {
  return contenders.find((spec) => spec.name === name)!;
}

/** Where the packages of the peers are installed: a folder with `node_modules`, and a Python. */
export interface Places {
  readonly python: string;
  readonly packages?: string;
}

/** What to install for a contender to take part; null if it is there. */
export function missing(
  { package: name, module }: ContenderSpec,
  { python, packages = folder }: Places,
): string | null {
  if (name !== undefined && !existsSync(join(packages, 'node_modules', name))) {
    return `${name} is not installed: npm ci --prefix bench/peers`;
  }
  if (module !== undefined && !hasModule(python, module.name)) {
    return `${python} has no ${module.name} (Debian: ${module.install}; see --python)`;
  }
  return null;
}

/** The command line that starts its script. */
export function commandOf(
  { script, args = [], module }: ContenderSpec,
  { python }: Places,
): [string, ...string[]] {
  return [module === undefined ? process.execPath : python, resolve(folder, script), ...args];
}
