import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeSafetensors, type NamedValues } from '../src/model/safetensors.ts';
import { PeerProcess } from './peer-process.ts';
import { hasModule } from './python.ts';
import { type Block, type Peer, takeTurns } from './race.ts';

export const pytorchScript: string = join(import.meta.dirname, 'peers/pytorch.py');

/** Blocks of each form in the trial, of which the best counts. */
const trialRounds = 6;

/** The networks that peers/pytorch.py knows. */
const models = ['mlp', 'cnn', 'cnn-dropout'];

/** Why PyTorch cannot take part; null if it can. */
export function pytorchMissing(python: string, model: string): string | null {
  if (!models.includes(model)) return `PyTorch: skipped, bench/peers has no ${model}`;
  if (hasModule(python, 'torch')) return null;
  return `PyTorch: skipped, ${python} has no torch (Debian: apt install python3-torch; see --python)`;
}

export interface PeerOptions {
  readonly task: 'train' | 'infer';
  readonly python: string;
  readonly model: string;
  readonly batchSize: number;
  /** Initial weights, by name. */
  readonly weights: ReadonlyMap<string, NamedValues>;
  /** Positions of the images, in the order in which all contenders go through them. */
  readonly order: Int32Array;
}

/** A PyTorch process: bench/peers/pytorch.py on a number of threads. */
export class PyTorch {
  readonly threads: number;
  readonly #peer: PeerProcess;
  readonly #version: string;
  /** In each form, a network of its own with the same initial weights. */
  readonly forms: readonly string[];

  private constructor(peer: PeerProcess, version: string, threads: number, forms: readonly string[]) {
    this.#peer = peer;
    this.#version = version;
    this.threads = threads;
    this.forms = forms;
  }

  static async start(options: PeerOptions, threads: number): Promise<PyTorch> {
    const { task, python, model, batchSize, weights, order } = options;
    const folder = mkdtempSync(join(tmpdir(), 'weft-bench-'));
    try {
      const [weightsFile, orderFile] = [join(folder, 'weights.safetensors'), join(folder, 'order')];
      writeFileSync(weightsFile, encodeSafetensors(weights));
      writeFileSync(orderFile, order);
      const flags = { model, threads, 'batch-size': batchSize, weights: weightsFile, order: orderFile };
      const words = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, `${value}`]);
      const peer = new PeerProcess(python, [pytorchScript, task, ...words], threads);
      const { version } = await peer.ask<{ version: string }>({ request: 'start' });
      return new PyTorch(peer, version, threads, formsOf(task, model));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  run(form: string, batches: number): Promise<Block & { readonly loss: number }> {
    return this.#peer.ask({ request: 'run', form, batches });
  }

  /** Of the first batch, row by row. */
  async logits(form: string): Promise<number[]> {
    const { values } = await this.#peer.ask<{ values: number[] }>({ request: 'logits', form });
    return values;
  }

  /** Tries the forms in turn on blocks of `batches`, and keeps the fastest. */
  async choose(batches: number): Promise<Peer> {
    const contenders = this.forms.map((form) => ({ run: (count: number) => this.run(form, count) }));
    if (contenders.length > 1) await takeTurns(contenders, { batches, rounds: 1 }); // warms up
    const measured = await takeTurns(contenders, { batches, rounds: trialRounds });
    const best = this.forms.map((form, index): [string, number] => [form, Math.max(...measured[index]!)]);
    const forms = Object.fromEntries(best.toSorted(([, a], [, b]) => b - a));
    const [form] = Object.keys(forms);
    const what = this.forms.length > 1 ? `, ${form}` : '';
    return {
      name: 'PyTorch',
      threads: this.threads,
      version: `${this.#version}${what}`,
      forms,
      run: (count) => this.run(form!, count),
    };
  }

  stop(): void {
    this.#peer.stop();
  }
}

/** Layouts of images in memory, which a network without convolutions does not notice; frozen graphs or not. */
function formsOf(task: PeerOptions['task'], model: string): string[] {
  const layouts = model === 'mlp' ? ['contiguous'] : ['contiguous', 'channels_last'];
  return task === 'train' ? layouts : layouts.flatMap((layout) => [layout, `${layout}_frozen`]);
}
