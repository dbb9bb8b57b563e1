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
import { fashionMnist } from '../../src/data/idx/fashion-mnist.ts';
import type { NamedValues } from '../../src/model/safetensors.ts';
import { readSafetensors } from '../../src/model/safetensors-file.ts';
import {
  type LibraryNetwork,
  type LibraryProduct,
  NetworkRun,
  type RunExamples,
  timeProduct,
} from './network-run.ts';

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
        network = new NetworkRun(made, examplesOf(question));
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
    time: async ({ repeats }: { repeats: number }) => ({ seconds: await timeProduct(product!, repeats) }),
  });
}

export function readFloats(path: string): Float32Array {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

/** The images of a task, in the order of a file. */
export function examplesOf({ task, order, batchSize }: StartQuestion): RunExamples {
  const { train, test } = fashionMnist();
  const { x, y } = task === 'train' ? train : test;
  return {
    task: task === 'train' ? 'train' : 'infer',
    images: x.values,
    labels: y.values,
    order: readOrder(order),
    batchSize,
  };
}

function readOrder(path: string): Int32Array {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return new Int32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}
