/**
 * The protocol of a library in JavaScript: one line of JSON for each question, one for each answer. The other side is
 * ../race/library-process.ts.
 *
 *     start task model batchSize threads weights order   {version, threads}
 *     logits                {values}: the logits of the first batch, row by row
 *     run batches           {seconds, images, loss}: runs the next `batches` batches; the mean loss in training
 *     product m k n a b c   reads A and B from files of float32, writes the product to file c
 *     time repeats          {seconds}: the mean time of one product
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { batches as batchesOf } from '../../src/data/batches.ts';
import type { LabelledImages } from '../../src/data/examples.ts';
import { fashionMnist } from '../../src/data/idx/fashion-mnist.ts';
import type { NamedValues } from '../../src/model/safetensors.ts';
import { readSafetensors } from '../../src/model/safetensors-file.ts';

export interface StartQuestion {
  readonly task: 'train' | 'infer' | 'product';
  readonly threads: number;
  /** This and all that follows: for networks only. */
  readonly model: string;
  readonly batchSize: number;
  /** A safetensors file. */
  readonly weights: string;
  /** A file of int32: the positions of the images, in the order that all contenders follow. */
  readonly order: string;
}

export interface ProductQuestion {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly a: string;
  readonly b: string;
  readonly c: string;
}

type Handler = (question: never) => unknown;

/** Answers questions until the input ends. What a handler throws becomes the answer `{error}`. */
export async function serve(handlers: Readonly<Record<string, Handler>>): Promise<void> {
  // only answers may go to stdout
  const write = process.stdout.write.bind(process.stdout);
  console.log = console.error;
  console.info = console.error;
  for await (const line of createInterface({ input: process.stdin })) {
    let answer: unknown;
    try {
      const question = JSON.parse(line) as { request: string };
      answer = await handlers[question.request]!(question as never);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      answer = { error: message.trim().split('\n')[0] };
    }
    write(`${JSON.stringify(answer)}\n`);
  }
  process.exit();
}

/** The version of an installed package, from its package.json, which not every package exports. */
export function versionOf(name: string): string {
  const path = join(import.meta.dirname, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

/** A network made with a library. Images are [batch, 784] in [0, 1], row by row. */
export interface LibraryNetwork {
  logits(images: Float32Array): Promise<ArrayLike<number>>;
  /** One training step. The loss of the batch before the update, or null if the library uses another loss. */
  step?(images: Float32Array, labels: Int32Array, number: number): Promise<number | null>;
  classify?(images: Float32Array): Promise<ArrayLike<number>>;
}

export interface LibraryProduct {
  compute(): void | Promise<void>;
  /** C [m, n], row by row. */
  result(): ArrayLike<number> | Promise<ArrayLike<number>>;
}

/** What a library can do, as functions that the protocol calls. */
export interface ServedLibrary {
  /** Starts the library. */
  start(question: StartQuestion): Promise<{ readonly version: string; readonly threads?: number }>;
  network?(question: StartQuestion, weights: ReadonlyMap<string, NamedValues>): Promise<LibraryNetwork>;
  product?(
    m: number,
    k: number,
    n: number,
    a: Float32Array,
    b: Float32Array,
  ): LibraryProduct | Promise<LibraryProduct>;
}

/** Runs a JavaScript library as a server of the protocol. */
export async function serveLibrary(library: ServedLibrary): Promise<void> {
  let network: NetworkRun | null = null;
  let product: LibraryProduct | null = null;
  await serve({
    async start(question: StartQuestion) {
      const started = await library.start(question);
      if (question.task !== 'product') {
        const made = await library.network!(question, readSafetensors(question.weights));
        network = new NetworkRun(made, question);
      }
      return { threads: 1, ...started };
    },
    logits: async () => ({ values: Array.from(await network!.logits()) }),
    run: ({ batches }: { batches: number }) => network!.run(batches),
    async product({ m, k, n, a, b, c }: ProductQuestion) {
      product = await library.product!(m, k, n, readFloats(a), readFloats(b));
      await product.compute();
      writeFileSync(c, Float32Array.from(await product.result()));
      return {};
    },
    async time({ repeats }: { repeats: number }) {
      const start = performance.now();
      for (let repeat = 0; repeat < repeats; repeat++) await product!.compute();
      return { seconds: (performance.now() - start) / 1000 / repeats };
    },
  });
}

export function readFloats(path: string): Float32Array {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

function readOrder(path: string): Int32Array {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return new Int32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

/** Runs a network on one batch after another; after the last batch the first one follows. */
class NetworkRun {
  readonly #network: LibraryNetwork;
  readonly #examples: LabelledImages;
  /** The images as floats, for training; inference starts from bytes. */
  readonly #floats: Float32Array | null;
  readonly #cycle: readonly Int32Array[];
  #next = 0;
  #steps = 0;

  constructor(network: LibraryNetwork, { task, order, batchSize }: StartQuestion) {
    const { train, test } = fashionMnist();
    this.#network = network;
    this.#examples = task === 'train' ? train : test;
    this.#floats = task === 'train' ? Float32Array.from(train.x.values, (byte) => byte / 255) : null;
    this.#cycle = [...batchesOf(readOrder(order), batchSize)];
  }

  logits(): Promise<ArrayLike<number>> {
    return this.#network.logits(this.#images(this.#cycle[0]!));
  }

  /** Timed: gathering a batch (from floats in training, from bytes in inference) and the whole step. */
  async run(count: number): Promise<{ seconds: number; images: number; loss?: number | null }> {
    const start = performance.now();
    let images = 0;
    let total: number | null = 0;
    for (let batch = 0; batch < count; batch++) {
      const positions = this.#cycle[this.#next]!;
      this.#next = (this.#next + 1) % this.#cycle.length;
      images += positions.length;
      if (this.#floats) {
        const labels = Int32Array.from(positions, (position) => this.#examples.y.values[position]!);
        const loss = await this.#network.step!(this.#images(positions), labels, ++this.#steps);
        total = total === null || loss === null ? null : total + loss * positions.length;
      } else {
        const classes = await this.#network.classify!(this.#images(positions));
        if (classes.length !== positions.length) throw new Error(`${classes.length} classes of a batch`);
      }
    }
    const seconds = (performance.now() - start) / 1000;
    return this.#floats
      ? { seconds, images, loss: total === null ? null : total / images }
      : { seconds, images };
  }

  #images(positions: Int32Array): Float32Array {
    const size = this.#examples.x.size / this.#examples.y.size;
    const batch = new Float32Array(positions.length * size);
    for (const [row, position] of positions.entries()) {
      if (this.#floats) {
        batch.set(this.#floats.subarray(position * size, (position + 1) * size), row * size);
      } else {
        const bytes = this.#examples.x.values;
        for (let i = 0; i < size; i++) batch[row * size + i] = bytes[position * size + i]! / 255;
      }
    }
    return batch;
  }
}

/** For each row, the position of the largest of its `classes` logits. */
export function argmaxRows(logits: ArrayLike<number>, classes: number): Int32Array {
  return Int32Array.from({ length: logits.length / classes }, (_, row) => {
    let best = 0;
    for (let column = 1; column < classes; column++) {
      if (logits[row * classes + column]! > logits[row * classes + best]!) best = column;
    }
    return best;
  });
}
