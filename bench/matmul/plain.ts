import type { Rung } from './rung.ts';

/** C = A · B on arrays, row by row. */
export type Multiply = (
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
  m: number,
  k: number,
  n: number,
) => void;

/** A rung in plain TypeScript: a function on arrays. It runs everywhere. */
export function plainRung(name: string, idea: string, multiply: Multiply): Rung {
  return {
    name,
    family: 'TypeScript',
    idea,
    unavailable: () => null,
    create({ m, k, n }) {
      const [a, b, c] = [new Float32Array(m * k), new Float32Array(k * n), new Float32Array(m * n)];
      return {
        load(fromA, fromB) {
          a.set(fromA);
          b.set(fromB);
          c.fill(NaN); // NaN shows an element that is never written
        },
        run(times) {
          for (let time = 0; time < times; time++) multiply(a, b, c, m, k, n);
        },
        read: () => c,
        dispose: () => {},
      };
    },
  };
}
