/** What the WebAssembly rungs share: a memory with the three matrices, and how to compile and run code on it. */
import { type Features, probeFeatures } from '../../src/engine/wasm/features.ts';
import { ModuleBuilder } from '../../src/engine/wasm/assembler/module-builder.ts';
import { floatBytes } from '../../src/engine/wasm/kernels/sizes.ts';
import { narrowReason, setRevectorize } from '../../src/engine/wasm/packing/packing.ts';
import type { Rung, Sizes } from './rung.ts';

/** The matrices in memory, padded to whole tiles of C. */
export interface Layout extends Sizes {
  /** Addresses of the first elements, in bytes. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** Rows and columns of the tiles that the code computes. C is padded to a whole number of tiles. */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
}

const pageBytes = 65_536;
/** Matrices start at a cache line, of this many bytes. */
const lineBytes = 64;

/**
 * A, B and C in one memory. Code for the edges of C would hide the idea of a rung, so there are no edges: rows and columns
 * are padded with zeros to whole tiles when the operands are loaded, and left out when C is read.
 */
export class Matrices {
  readonly layout: Layout;
  readonly memory: WebAssembly.Memory;
  readonly #sizes: Sizes;

  constructor(sizes: Sizes, tile: Tile) {
    const { k } = sizes;
    const m = roundUp(sizes.m, tile.rows);
    const n = roundUp(sizes.n, tile.columns);
    const a = lineBytes; // address 0 stays free: a forgotten address would be 0
    const b = a + roundUp(m * k * floatBytes, lineBytes);
    const c = b + roundUp(k * n * floatBytes, lineBytes);
    this.layout = { m, k, n, a, b, c };
    this.#sizes = sizes;
    const pages = Math.ceil((c + m * n * floatBytes) / pageBytes);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  }

  /** A module that imports this memory. */
  module(name: string): ModuleBuilder {
    const pages = this.memory.buffer.byteLength / pageBytes;
    return new ModuleBuilder({ initial: pages, maximum: pages, shared: true }, name);
  }

  load(a: Float32Array, b: Float32Array): void {
    const { m, k, n } = this.#sizes;
    this.#at(this.layout.a, this.layout.m * k).set(a.subarray(0, m * k));
    const rows = this.#at(this.layout.b, k * this.layout.n);
    for (let p = 0; p < k; p++) rows.set(b.subarray(p * n, (p + 1) * n), p * this.layout.n);
    this.#at(this.layout.c, this.layout.m * this.layout.n).fill(NaN); // NaN shows an element that is never written
  }

  read(): Float32Array {
    const { m, n } = this.#sizes;
    const rows = this.#at(this.layout.c, this.layout.m * this.layout.n);
    const c = new Float32Array(m * n);
    for (let i = 0; i < m; i++) c.set(rows.subarray(i * this.layout.n, i * this.layout.n + n), i * n);
    return c;
  }

  #at(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** `revectorize`: V8 packs pairs of 128-bit operations into 256-bit ones. */
type Need = keyof Features | 'revectorize';

export interface WasmRung {
  readonly name: string;
  readonly idea: string;
  readonly tile: Tile;
  /** The features of WebAssembly that the code needs, besides shared memory. */
  readonly needs: readonly Exclude<Need, 'sharedMemory'>[];
  /** Writes the exported function `matmul`, without parameters: sizes and addresses are constants of the code. */
  readonly emit: (module: ModuleBuilder, layout: Layout) => void;
}

/** A rung that is a single WebAssembly function, on one thread. */
export function wasmRung({ name, idea, tile, needs, emit }: WasmRung): Rung {
  return {
    name,
    family: 'WebAssembly',
    idea,
    unavailable: () => missing(needs),
    async create(sizes) {
      const matrices = new Matrices(sizes, tile);
      const module = matrices.module(name);
      emit(module, matrices.layout);
      const compiled = await compile(module, needs.includes('revectorize'));
      const { exports } = new WebAssembly.Instance(compiled, { env: { memory: matrices.memory } });
      const matmul = exports['matmul'] as () => void;
      return {
        load: (a, b) => matrices.load(a, b),
        run(times) {
          for (let time = 0; time < times; time++) matmul();
        },
        read: () => matrices.read(),
        dispose: () => {},
      };
    },
  };
}

/**
 * Compiles with V8's packing of 128-bit operations on or off. The switch is global to the process, and V8 replaces its first,
 * quick code a little later. So a rung must be finished before the next one is compiled.
 */
export function compile(module: ModuleBuilder, revectorize: boolean): Promise<WebAssembly.Module> {
  setRevectorize(revectorize);
  return WebAssembly.compile(module.encode());
}

const whyNarrow = await narrowReason();

const reasons: Readonly<Record<Need, string>> = {
  simd: 'this WebAssembly has no SIMD',
  relaxedSimd: 'this WebAssembly has no relaxed SIMD',
  sharedMemory: 'there is no shared memory here',
  revectorize: `V8 does not pack 128-bit operations here: ${whyNarrow}`,
};

/** Why code that needs these features cannot run here; null if it can. */
export function missing(needs: readonly Need[]): string | null {
  const features = { ...probeFeatures(), revectorize: whyNarrow === null };
  const lacking = (['sharedMemory', ...needs] as const).find((need) => !features[need]);
  return lacking === undefined ? null : reasons[lacking];
}
