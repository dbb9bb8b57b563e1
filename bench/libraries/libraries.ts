import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { hasBrowser, noBrowser } from '../../test/helpers/browser.ts';
import { hasModule } from '../race/python.ts';

const folder = import.meta.dirname;

/** A library to race, and the script that runs it. A library with two backends has a row for each. */
export interface Library {
  readonly name: string;
  /** A file in bench/libraries/. */
  readonly script: string;
  readonly args?: readonly string[];
  /** The package of bench/libraries/package.json that the script imports. */
  readonly package?: string;
  /** The Python module that the script imports, and how to install it. */
  readonly module?: { readonly name: string; readonly install: string };
  /** Whether it runs in Chromium. */
  readonly inPage?: boolean;
  /** Whether the number of threads can be chosen; otherwise it is one, or as many as it takes. */
  readonly threads: boolean;
  /** The networks that it trains, the networks that it runs, and whether it multiplies matrices. */
  readonly train: readonly string[];
  readonly infer: readonly string[];
  readonly product: boolean;
  /** How its training step differs, if it does. Its losses are not compared then. */
  readonly differs?: string;
  /** Its outputs are max(0, logits). */
  readonly rectified?: boolean;
}

const numpy = { name: 'numpy', install: 'apt install python3-numpy libopenblas0-pthread' };
const torch = { name: 'torch', install: 'apt install python3-torch' };
const networks = ['mlp', 'cnn'];

export const allLibraries: readonly Library[] = [
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
    name: 'jax-js wasm, in a page',
    script: 'jax-js-chromium.ts',
    package: '@jax-js/jax',
    inPage: true,
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

/** The library of this name. */
export function libraryNamed(name: string): Library {
  return allLibraries.find((library) => library.name === name)!;
}

/** Where libraries are installed: a folder with `node_modules`, and a Python. */
export interface Places {
  readonly python: string;
  readonly packages?: string;
}

/** What is missing and how to install it; null if the library is installed. */
export function missing(
  { package: name, module, inPage = false }: Library,
  { python, packages = folder }: Places,
): string | null {
  if (name !== undefined && !existsSync(join(packages, 'node_modules', name))) {
    return `${name} is not installed: npm ci --prefix bench/libraries`;
  }
  if (inPage && !hasBrowser) return noBrowser;
  if (module !== undefined && !hasModule(python, module.name)) {
    return `${python} has no ${module.name} (Debian: ${module.install}; see --python)`;
  }
  return null;
}

/** The command line that starts the script of a library. */
export function commandOf({ script, args = [], module }: Library, { python }: Places): [string, ...string[]] {
  return [module === undefined ? process.execPath : python, resolve(folder, script), ...args];
}
