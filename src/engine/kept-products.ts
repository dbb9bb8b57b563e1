import type { MatmulForm } from '../tensor/operation.ts';
import { matmulShape } from '../tensor/ops.ts';
import { Recorder } from '../tensor/recorder.ts';
import { sizeOf } from '../tensor/shape.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { Engine, Executable } from './engine.ts';
import { OneAtATime } from './one-at-a-time.ts';

/** Two matrices that fit, and how they are stored. */
export interface Operands {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly form: MatmulForm;
}

/** A compiled product, with the engine's own operands and result. */
interface Product {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly c: Tensor;
  readonly bytes: number;
  readonly executable: Executable;
}

/** How much is kept between two products: more would help few programs, and its memory is missed elsewhere. */
const mostProducts = 64;
const mostBytes = 2 ** 28;

/**
 * Products of matrices on an engine that stays open from one to the next, by programs that were compiled for earlier ones
 * of the same size. Those that were not used for the longest time make room for new ones. Products that are asked for at
 * the same time come one after the other.
 */
export class KeptProducts {
  readonly #start: () => Promise<Engine>;
  readonly #turns = new OneAtATime();
  #engine: Engine | null = null;
  /** By size and form, the one used last at the end. */
  readonly #products = new Map<string, Product>();

  /** @param start starts the engine, when it is first needed */
  constructor(start: () => Promise<Engine>) {
    this.#start = start;
  }

  multiply(operands: Operands): Promise<Tensor<'float32'>> {
    return this.#turns.run(async () => {
      const isFresh = this.#engine === null;
      try {
        return await this.#multiply(operands);
      } catch (error) {
        await this.close();
        if (isFresh) throw error;
      }
      // what was kept may have been in the way, or the engine was broken
      return this.#multiply(operands);
    });
  }

  async #multiply({ a, b, form }: Operands): Promise<Tensor<'float32'>> {
    const key = `${a.shape[0]} ${a.shape[1]} ${b.shape[0]} ${b.shape[1]} ${form.transposeA} ${form.transposeB}`;
    let product = this.#products.get(key);
    if (product === undefined) {
      const bytes = a.storage.bytes + b.storage.bytes + 4 * sizeOf(matmulShape(a, b, form));
      await this.#makeRoom(bytes);
      this.#engine ??= await this.#start();
      product = await compile({ a, b, form }, this.#engine, bytes);
    } else {
      this.#products.delete(key);
      this.#engine!.write(product.a, a.values);
      this.#engine!.write(product.b, b.values);
    }
    this.#products.set(key, product);
    await product.executable.run();
    const values = (await this.#engine!.read(product.c)) as Float32Array;
    const c = Tensor.from('float32', product.c.shape, values, 'matmul');
    if (product.bytes > mostBytes) await this.close();
    return c;
  }

  /** Drops the oldest products, or all where an engine gives memory back only when it is closed. */
  async #makeRoom(newBytes: number): Promise<void> {
    let bytes = newBytes;
    for (const product of this.#products.values()) bytes += product.bytes;
    for (const [key, product] of this.#products) {
      if (bytes <= mostBytes && this.#products.size < mostProducts) return;
      if (product.executable.release === undefined) {
        await this.close();
        return;
      }
      product.executable.release();
      this.#products.delete(key);
      bytes -= product.bytes;
    }
  }

  /** Gives everything back. The next product starts the engine again. */
  async close(): Promise<void> {
    this.#products.clear();
    const engine = this.#engine;
    this.#engine = null;
    await engine?.close();
  }
}

/** The operands become the first values of the engine's tensors. */
async function compile({ a, b, form }: Operands, engine: Engine, bytes: number): Promise<Product> {
  // two tensors, also where both operands are the same one
  const [own, other] = [a, b].map(({ shape, values, name }) =>
    Tensor.from('float32', shape, values as Float32Array, name),
  ) as [Tensor, Tensor];
  const recorder = new Recorder();
  const c = recorder.matmul(own, other, form);
  const executable = await engine.compile(recorder.finish('matmul', [c]));
  // the engine has values of its own now, and the arrays are the caller's: they are not kept alive
  for (const { storage } of [own, other]) storage.values = null;
  return { a: own, b: other, c, bytes, executable };
}
