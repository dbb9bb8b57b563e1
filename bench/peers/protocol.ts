/**
 * The side of a peer in JavaScript: one line of JSON for each question, one for each answer (see ../race/peer-process.ts).
 *
 *     start task model batchSize threads weights order   {version, threads}
 *     logits                {values}: of the first batch, row by row
 *     run batches           {seconds, images, loss}: of so many more batches; the mean loss when it trains
 *     product m k n a b c   loads A and B from files of float32, writes the product to file c
 *     time repeats          {seconds}: of one product, the mean of the repeats
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { batches as batchesOf } from '../../src/data/batches.ts';
import type { Examples } from '../../src/data/examples.ts';
import { fashionMnist } from '../../src/data/idx/fashion-mnist.ts';
import type { NamedValues } from '../../src/model/safetensors.ts';
import { readSafetensors } from '../../src/model/safetensors-file.ts';

export interface StartQuestion {
  readonly task: 'train' | 'infer' | 'product';
  readonly threads: number;
  /** All that follows: of networks only. */
  readonly model: string;
  readonly batchSize: number;
  /** A safetensors file. */
  readonly weights: string;
  /** A file of int32: positions of the images, in the order in which everyone goes through them. */
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

/** Answers questions until there are no more of them; what a handler throws is an answer, too. */
export async function serve(handlers: Readonly<Record<string, Handler>>): Promise<void> {
  // what a library prints must not come between the answers
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

/** Of a package that is installed beside the scripts; not all let it be imported. */
export function versionOf(name: string): string {
  const path = join(import.meta.dirname, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

/** A network in a peer's library. Images are [batch, 784] in [0, 1], row by row. */
export interface PeerNetwork {
  logits(images: Float32Array): Promise<ArrayLike<number>>;
  /** One step of training; the loss of the batch before it, or null if the library has another one. */
  step?(images: Float32Array, labels: Int32Array, number: number): Promise<number | null>;
  classify?(images: Float32Array): Promise<ArrayLike<number>>;
}

export interface PeerProduct {
  compute(): void | Promise<void>;
  /** C [m, n], row by row. */
  result(): ArrayLike<number> | Promise<ArrayLike<number>>;
}

export interface Peer {
  /** Starts the library. */
  start(question: StartQuestion): Promise<{ readonly version: string; readonly threads?: number }>;
  network?(question: StartQuestion, weights: ReadonlyMap<string, NamedValues>): Promise<PeerNetwork>;
  product?(
    m: number,
    k: number,
    n: number,
    a: Float32Array,
    b: Float32Array,
  ): PeerProduct | Promise<PeerProduct>;
}

/** A peer in a JavaScript library, as a server. */
export async function servePeer(peer: Peer): Promise<void> {
  let network: NetworkRun | null = null;
  let product: PeerProduct | null = null;
  await serve({
    async start(question: StartQuestion) {
      const started = await peer.start(question);
      if (question.task !== 'product') {
        const made = await peer.network!(question, readSafetensors(question.weights));
        network = new NetworkRun(made, question);
      }
      return { threads: 1, ...started };
    },
    logits: async () => ({ values: Array.from(await network!.logits()) }),
    run: ({ batches }: { batches: number }) => network!.run(batches),
    async product({ m, k, n, a, b, c }: ProductQuestion) {
      product = await peer.product!(m, k, n, readFloats(a), readFloats(b));
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

/** Goes through the images batch by batch, again and again. */
class NetworkRun {
  readonly #network: PeerNetwork;
  readonly #examples: Examples;
  /** Made beforehand for training; an inference begins with bytes. */
  readonly #floats: Float32Array | null;
  readonly #cycle: readonly Int32Array[];
  #next = 0;
  #steps = 0;

  constructor(network: PeerNetwork, { task, order, batchSize }: StartQuestion) {
    const { train, test } = fashionMnist();
    this.#network = network;
    this.#examples = task === 'train' ? train : test;
    this.#floats = task === 'train' ? Float32Array.from(train.images.values, (byte) => byte / 255) : null;
    this.#cycle = [...batchesOf(readOrder(order), batchSize)];
  }

  logits(): Promise<ArrayLike<number>> {
    return this.#network.logits(this.#images(this.#cycle[0]!));
  }

  /** Inside the clock: gathering a batch (from floats to train, from bytes to classify), and all of its step. */
  async run(count: number): Promise<{ seconds: number; images: number; loss?: number | null }> {
    const start = performance.now();
    let images = 0;
    let total: number | null = 0;
    for (let batch = 0; batch < count; batch++) {
      const positions = this.#cycle[this.#next]!;
      this.#next = (this.#next + 1) % this.#cycle.length;
      images += positions.length;
      if (this.#floats) {
        const labels = Int32Array.from(positions, (position) => this.#examples.labels.values[position]!);
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
    const size = this.#examples.images.size / this.#examples.labels.size;
    const batch = new Float32Array(positions.length * size);
    for (const [row, position] of positions.entries()) {
      if (this.#floats) {
        batch.set(this.#floats.subarray(position * size, (position + 1) * size), row * size);
      } else {
        const bytes = this.#examples.images.values;
        for (let i = 0; i < size; i++) batch[row * size + i] = bytes[position * size + i]! / 255;
      }
    }
    return batch;
  }
}

/** The class with the largest of its `classes` logits, of each row. */
export function argmaxRows(logits: ArrayLike<number>, classes: number): Int32Array {
  return Int32Array.from({ length: logits.length / classes }, (_, row) => {
    let best = 0;
    for (let column = 1; column < classes; column++) {
      if (logits[row * classes + column]! > logits[row * classes + best]!) best = column;
    }
    return best;
  });
}
