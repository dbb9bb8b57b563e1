import { join } from 'node:path';
import { type RunBlock, takeTurns } from '../measure/turns.ts';
import type { BatchesRun, NetworkTask } from '../networks/runner.ts';
import type { CheckedNetwork, Participant } from './participants.ts';
import { PeerProcess } from './peer-process.ts';

export const pytorchScript: string = join(import.meta.dirname, '../peers/pytorch.py');

/** Blocks of each form in the trial, of which the best counts. */
const trialRounds = 6;
/** Batches in each of them. */
const trialBatches = 10;

export interface PyTorchOptions {
  readonly task: NetworkTask;
  readonly python: string;
  readonly model: string;
  readonly batchSize: number;
  /** Initial weights as a safetensors file, positions of the images in everyone's order as a file of int32. */
  readonly files: { readonly weights: string; readonly order: string };
}

/** A PyTorch process: bench/peers/pytorch.py on a number of threads. */
export class PyTorch {
  readonly threads: number;
  readonly #peer: PeerProcess;
  readonly #version: string;
  readonly #forms: readonly string[];

  private constructor(peer: PeerProcess, version: string, threads: number, forms: readonly string[]) {
    this.#peer = peer;
    this.#version = version;
    this.threads = threads;
    this.#forms = forms;
  }

  static async start(
    { task, python, model, batchSize, files }: PyTorchOptions,
    threads: number,
  ): Promise<PyTorch> {
    const flags = { model, threads, 'batch-size': batchSize, ...files };
    const words = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, `${value}`]);
    const peer = new PeerProcess(python, [pytorchScript, task, ...words], threads);
    try {
      const { version } = await peer.ask<{ version: string }>({ request: 'start' });
      return new PyTorch(peer, version, threads, formsOf(task, model));
    } catch (error) {
      peer.stop();
      throw error;
    }
  }

  /** In each form, a network of its own with the same initial weights. */
  get networks(): CheckedNetwork[] {
    return this.#forms.map((form) => ({
      logits: async () => (await this.#peer.ask<{ values: number[] }>({ request: 'logits', form })).values,
      run: (batches) => this.#run(form, batches),
    }));
  }

  /** Tries the forms in turn, and keeps the fastest. */
  async choose(): Promise<Omit<Participant, 'count'>> {
    const contenders = this.#forms.map((form) => ({ run: this.#blocks(form), count: trialBatches }));
    if (contenders.length > 1) await takeTurns(contenders, 1); // warms up
    const measured = await takeTurns(contenders, contenders.length > 1 ? trialRounds : 1);
    const best = measured.map((speeds) => Math.max(...speeds));
    const form = this.#forms[best.indexOf(Math.max(...best))]!;
    return {
      name: 'PyTorch',
      threads: this.threads,
      version: this.#forms.length > 1 ? `${this.#version}, ${form}` : this.#version,
      run: this.#blocks(form),
    };
  }

  stop(): void {
    this.#peer.stop();
  }

  #run(form: string, batches: number): Promise<BatchesRun> {
    return this.#peer.ask({ request: 'run', form, batches });
  }

  #blocks(form: string): RunBlock {
    return async (count) => {
      const { seconds, images } = await this.#run(form, count);
      return { seconds, work: images };
    };
  }
}

/** Layouts of images in memory, which a network without convolutions does not notice; frozen graphs or not. */
function formsOf(task: NetworkTask, model: string): string[] {
  const layouts = model === 'mlp' ? ['contiguous'] : ['contiguous', 'channels_last'];
  return task === 'train' ? layouts : layouts.flatMap((layout) => [layout, `${layout}_frozen`]);
}
