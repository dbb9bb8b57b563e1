import type { Program } from '../../../tensor/program.ts';
import { exactInFloat32 } from '../exact-numbers.ts';
import type { Gpu } from '../gpu-js.ts';
import { productOf } from '../kernels/matmul.ts';
import {
  possibleVariants,
  type Product,
  type MatmulVariant,
  usualVariant,
} from '../kernels/matmul-variants.ts';
import { timeProduct } from './product.ts';

/** Another variant must be faster by this factor, so that noise does not decide and results stay the same. */
const clearly = 1.25;

/** Chooses the kernel of each product of a program, by a fixed rule or by measuring. */
export class MatmulChoice {
  readonly #gpu: Gpu;
  readonly #measures: boolean;
  readonly #measured = new Map<string, MatmulVariant>();

  constructor(gpu: Gpu, measures: boolean) {
    this.#gpu = gpu;
    this.#measures = measures;
  }

  /** Measures the products of a program that were not measured before. */
  async prepare(program: Program): Promise<void> {
    if (!this.#measures) return;
    for (const operation of program.operations) {
      if (operation.kind !== 'matmul') continue;
      const product = productOf(operation);
      if (!this.#measured.has(keyOf(product)) && isAddressable(product)) {
        this.#measured.set(keyOf(product), await this.#fastest(product));
      }
    }
  }

  readonly choose = (product: Product): MatmulVariant =>
    this.#measured.get(keyOf(product)) ?? usualVariant(product);

  /** Products that were measured, and how they are computed. */
  get measured(): ReadonlyMap<string, MatmulVariant> {
    return this.#measured;
  }

  async #fastest(product: Product): Promise<MatmulVariant> {
    const { m, k, n } = product;
    const [a, b] = [await this.#zeros(m * k), await this.#zeros(k * n)];
    const seconds = new Map<MatmulVariant, number>();
    for (const variant of possibleVariants(product)) {
      seconds.set(variant, await timeProduct(this.#gpu, variant, product, a, b));
    }
    a.delete();
    b.delete();
    return fastestVariant(usualVariant(product), seconds);
  }

  #zeros(length: number): ReturnType<Gpu['upload']> {
    return this.#gpu.upload(new Float32Array(length));
  }
}

/** The fastest variant, if it is clearly faster than the usual one. */
export function fastestVariant(
  usual: MatmulVariant,
  seconds: ReadonlyMap<MatmulVariant, number>,
): MatmulVariant {
  const [fastest, least] = [...seconds].toSorted(([, x], [, y]) => x - y)[0]!;
  return least * clearly < seconds.get(usual)! ? fastest : usual;
}

/** Whether all positions are exact in float32; a program with a larger product is refused. */
function isAddressable({ m, k, n }: Product): boolean {
  return Math.max(m * k, k * n, m * n) <= exactInFloat32;
}

function keyOf({ m, k, n, transposeA, transposeB }: Product): string {
  return `${m}×${k}×${n}${transposeA ? ' Aᵀ' : ''}${transposeB ? ' Bᵀ' : ''}`;
}
