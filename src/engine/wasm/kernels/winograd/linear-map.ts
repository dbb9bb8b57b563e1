/**
 * Code for y = M · x, where M is a small matrix of known numbers and each element of x and y is a vector of eight
 * floats.
 *
 * The points of Winograd's matrices come in pairs p and −p, whose rows (or columns) are equal up to signs. The work
 * that they share is done once: if e is the sum of the terms with equal signs, and o that of the terms with opposite
 * signs, the two results are e + o and e − o. This halves the multiplications.
 */
import type { FunctionBuilder, Local } from '../../assembler/function-builder.ts';
import { emitMultiplyAdd } from '../emit.ts';
import type { Target } from '../kernel.ts';
import { type Matrix, transpose } from './matrices.ts';

interface Term {
  readonly coefficient: number;
  /** The number of an input, or of the result of an earlier step: first come the inputs, then the steps. */
  readonly value: number;
}

/** Sums, to be computed one after the other. */
export interface LinearPlan {
  readonly inputs: number;
  readonly steps: readonly (readonly Term[])[];
  /** For each row of the matrix, the number of its value. */
  readonly outputs: readonly number[];
}

/** The sums that compute `matrix` · x. */
export function planLinearMap(matrix: Matrix): LinearPlan {
  const inputs = matrix[0]!.length;
  const steps: Term[][] = [];
  const add = (terms: readonly Term[]): number => inputs + steps.push([...terms]) - 1;

  // where columns j and j + 1 are equal up to signs, only the sum and the difference of their inputs are needed
  const columns = transpose(matrix);
  const paired = new Map<number, { readonly sum: number; readonly difference: number }>();
  for (let j = 0; j + 1 < inputs; j++) {
    if (!isMirrored(columns[j]!, columns[j + 1]!)) continue;
    const both = (sign: number): Term[] => [term(1, j), term(sign, j + 1)];
    paired.set(j, { sum: add(both(1)), difference: add(both(-1)) });
    j++;
  }
  const termsOf = (row: readonly number[]): Term[] =>
    row.flatMap((coefficient, j) => {
      if (coefficient === 0 || paired.has(j - 1)) return [];
      const pair = paired.get(j);
      if (pair === undefined) return [term(coefficient, j)];
      return [term(coefficient, row[j + 1] === coefficient ? pair.sum : pair.difference)];
    });

  const outputs: number[] = [];
  for (let i = 0; i < matrix.length; i++) {
    const [row, next] = [matrix[i]!, matrix[i + 1]];
    if (next === undefined || !isMirrored(row, next)) {
      outputs.push(add(termsOf(row)));
      continue;
    }
    const even = add(termsOf(row.map((value, j) => (value === next[j] ? value : 0))));
    const oddRow = row.map((value, j) => (value === next[j] ? 0 : value));
    const factor = oddRow.findLast((value) => value !== 0)!;
    const odd = add(termsOf(oddRow.map((value) => value / factor)));
    outputs.push(add([term(1, even), term(factor, odd)]), add([term(1, even), term(-factor, odd)]));
    i++;
  }
  return { inputs, steps, outputs };
}

function term(coefficient: number, value: number): Term {
  return { coefficient, value };
}

/** Whether two rows are equal up to signs, with some signs equal and some opposite. */
function isMirrored(a: readonly number[], b: readonly number[]): boolean {
  const used = a.map((value, j) => [value, b[j]!] as const).filter(([x, y]) => x !== 0 || y !== 0);
  return (
    used.every(([x, y]) => Math.abs(x) === Math.abs(y)) &&
    used.some(([x, y]) => x === y) &&
    used.some(([x, y]) => x === -y)
  );
}

/** Eight floats in two vectors, which V8 can pack into one of 256 bits. */
export interface Pair {
  readonly lo: Local;
  readonly hi: Local;
}

export const halves = ['lo', 'hi'] as const;

export function pairLocals(code: FunctionBuilder, name: string, count: number): Pair[] {
  return Array.from({ length: count }, (_, index) => ({
    lo: code.local('v128', `${name}${index}_lo`),
    hi: code.local('v128', `${name}${index}_hi`),
  }));
}

/** Emits a linear map any number of times. Its coefficients are spread over vectors once, when it is constructed. */
export class LinearMap {
  readonly plan: LinearPlan;
  readonly #code: FunctionBuilder;
  readonly #target: Target;
  readonly #constants = new Map<number, Local>();
  readonly #steps: readonly Pair[];

  constructor(code: FunctionBuilder, matrix: Matrix, target: Target, name: string) {
    this.plan = planLinearMap(matrix);
    this.#code = code;
    this.#target = target;
    this.#steps = pairLocals(code, name, this.plan.steps.length);
    for (const { coefficient } of this.plan.steps.flat()) {
      if (Math.abs(coefficient) === 1 || this.#constants.has(coefficient)) continue;
      const local = code.local('v128', `${name}_times_${coefficient}`);
      code.f32(coefficient).op('f32x4.splat').set(local);
      this.#constants.set(coefficient, local);
    }
  }

  /** Emits the outputs that `wants` accepts. In the inputs, null stands for zero. */
  emit(inputs: readonly (Pair | null)[], wants: (output: number) => boolean): (Pair | null)[] {
    const { steps, outputs } = this.plan;
    const needed = new Set(outputs.filter((_, index) => wants(index)));
    for (let step = steps.length - 1; step >= 0; step--) {
      if (!needed.has(inputs.length + step)) continue;
      for (const { value } of steps[step]!) needed.add(value);
    }
    const values: (Pair | null)[] = [...inputs];
    for (const [index, step] of steps.entries()) {
      const terms = step.filter(({ value }) => values[value]);
      if (!needed.has(values.length) || terms.length === 0) {
        values.push(null);
        continue;
      }
      const result = this.#steps[index]!;
      const sorted = terms.toSorted((a, b) => Number(b.coefficient === 1) - Number(a.coefficient === 1));
      for (const half of halves) {
        this.#pushSum(sorted, (value) => values[value]![half]);
        this.#code.set(result[half]);
      }
      values.push(result);
    }
    return outputs.map((value, index) => (wants(index) ? values[value]! : null));
  }

  /** Leaves the sum of the terms on the stack, added in their order. */
  #pushSum(terms: readonly Term[], local: (value: number) => Local): void {
    const code = this.#code;
    const { coefficient, value } = terms.at(-1)!;
    const rest = terms.slice(0, -1);
    const pushRest = (): void => this.#pushSum(rest, local);
    const pushValue = (): unknown => code.get(local(value));
    if (rest.length === 0) {
      pushValue();
      if (coefficient === -1) code.op('f32x4.neg');
      else if (coefficient !== 1) code.get(this.#constants.get(coefficient)!).op('f32x4.mul');
    } else if (Math.abs(coefficient) === 1) {
      pushRest();
      pushValue();
      code.op(coefficient === 1 ? 'f32x4.add' : 'f32x4.sub');
    } else {
      const pushConstant = (): unknown => code.get(this.#constants.get(coefficient)!);
      emitMultiplyAdd(code, this.#target, pushConstant, pushValue, pushRest);
    }
  }
}
