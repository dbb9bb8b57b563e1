/**
 * All cores: each thread computes some rows of C, in one shared memory. No locks and no final sums are needed: A and B are
 * only read, and each element of C is written by one thread. It adds the terms in the same order for any number of threads.
 *
 *     thread 0   ┌ A ──────┐   ┌ B ──┐   ┌ C ──┐       The module has one function for each thread, with its rows as
 *                │ ░░░░░░░ │   │     │   │ ░░░ │       constants. Each computes tiles of 4 rows × 16 columns, in
 *     thread 1   │ ▒▒▒▒▒▒▒ │ × │ all │ = │ ▒▒▒ │       pairs of 128-bit operations that V8 packs into 256 bits.
 *                └─────────┘   └─────┘   └─────┘
 *
 * The cost is the synchronization: the main thread increases a number in shared memory, which the others poll, and then
 * waits for theirs. That takes microseconds, or about ten times as long if a thread has gone to sleep. This is little for
 * 1024³ multiplications, and much for 64³, which one core computes in the same time.
 */
import type { FunctionBuilder } from '../../src/engine/wasm/assembler/function-builder.ts';
import { pieceExport } from '../../src/engine/wasm/threads/shares.ts';
import { emitAdvance, emitRepeat, vectorLocals } from '../../src/engine/wasm/kernels/emit.ts';
import { floatBytes, vectorBytes } from '../../src/engine/wasm/kernels/sizes.ts';
import { partition } from '../../src/engine/wasm/plan/partition.ts';
import { ThreadPool } from '../../src/engine/wasm/threads/thread-pool.ts';
import type { Rung } from './rung.ts';
import { compile, type Layout, Matrices, missing } from './wasm.ts';

const rows = 4;
const vectors = 4;
const columns = 4 * vectors;

export const threaded: Rung = {
  name: '10-threads',
  family: 'WebAssembly',
  idea: 'each core takes some rows',
  threaded: true,
  unavailable: () => missing(['simd', 'relaxedSimd', 'revectorize']),
  async create(sizes, threads) {
    const matrices = new Matrices(sizes, { rows, columns });
    const { layout, memory } = matrices;
    const bounds = partition(layout.m / rows, threads);
    const module = matrices.module('threads');
    for (let thread = 0; thread < threads; thread++) {
      const code = module.function(pieceExport(0, thread, 0), [], { export: true });
      if (bounds[thread]! < bounds[thread + 1]!) {
        emitTiles(code, layout, bounds[thread]!, bounds[thread + 1]!);
      }
    }
    const compiled = await compile(module, true);
    const pool = await ThreadPool.start(threads, memory);
    await pool.load(0, compiled);
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
    const ownPart = exports[pieceExport(0, 0, 0)] as () => void;
    return {
      load: (a, b) => matrices.load(a, b),
      async run(times) {
        for (let time = 0; time < times; time++) {
          const pending = pool.run(0, 0, [ownPart]);
          if (pending) await pending;
        }
      },
      read: () => matrices.read(),
      dispose: () => pool.close(),
    };
  },
};

/** The tiles of C from row of tiles `first` to the one before `end`. */
function emitTiles(code: FunctionBuilder, { k, n, a, b, c }: Layout, first: number, end: number): void {
  const [down, across, p] = [code.local('i32', 'down'), code.local('i32', 'across'), code.local('i32', 'p')];
  // addresses: of the first of A's 4 rows, of B's 16 columns, and of the tile of C; of A[i, p] and B[p, j]
  const [rowsOfA, columnsOfB] = [code.local('i32', 'rowsOfA'), code.local('i32', 'columnsOfB')];
  const [tileOfC, atA, atB] = [
    code.local('i32', 'tileOfC'),
    code.local('i32', 'atA'),
    code.local('i32', 'atB'),
  ];
  const sums = Array.from({ length: rows }, (_, r) => vectorLocals(code, `sum${r}_`, vectors));
  const rowOfB = vectorLocals(code, 'b', vectors);
  const spread = code.local('v128', 'spread');

  code.i32(a + first * rows * k * floatBytes).set(rowsOfA);
  code.i32(c + first * rows * n * floatBytes).set(tileOfC);
  emitRepeat(code, down, end - first, () => {
    code.i32(b).set(columnsOfB);
    emitRepeat(code, across, n / columns, () => {
      for (const sum of sums.flat()) code.f32x4(0).set(sum);
      code.get(rowsOfA).set(atA).get(columnsOfB).set(atB);
      emitRepeat(code, p, k, () => {
        for (const [v, vector] of rowOfB.entries()) {
          code
            .get(atB)
            .memory('v128.load', v * vectorBytes)
            .set(vector);
        }
        for (const [r, row] of sums.entries()) {
          code
            .get(atA)
            .memory('v128.load32_splat', r * k * floatBytes)
            .set(spread);
          for (const [v, sum] of row.entries()) {
            code.get(spread).get(rowOfB[v]!).get(sum).op('f32x4.relaxed_madd').set(sum);
          }
        }
        emitAdvance(code, atA, floatBytes);
        emitAdvance(code, atB, n * floatBytes);
      });
      for (const [r, row] of sums.entries()) {
        for (const v of [1, 0, 3, 2]) {
          code
            .get(tileOfC)
            .get(row[v]!)
            .memory('v128.store', r * n * floatBytes + v * vectorBytes);
        }
      }
      emitAdvance(code, columnsOfB, columns * floatBytes);
      emitAdvance(code, tileOfC, columns * floatBytes);
    });
    emitAdvance(code, tileOfC, (rows - 1) * n * floatBytes);
    emitAdvance(code, rowsOfA, rows * k * floatBytes);
  });
}
