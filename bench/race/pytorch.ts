import { join } from 'node:path';
import { type BlockPlan, planBlock, type RunBlock, takeTurns } from '../measure/turns.ts';
import type { BatchesRun, NetworkTask } from '../networks/measured-network.ts';
import type { CheckedNetwork, Contender } from './contenders.ts';
import { LibraryProcess } from './library-process.ts';

export const pytorchScript: string = join(import.meta.dirname, '../libraries/pytorch.py');

/** Blocks of each form in the trial; the best one counts. */
const trialRounds = 6;
/** The time that all blocks of the trial take, about; a block has a batch at least. */
const trialSeconds = 10;

export interface PyTorchOptions {
  readonly task: NetworkTask;
  readonly python: string;
  readonly model: string;
  readonly batchSize: number;
  /** The initial weights (safetensors), and the order of the images (int32 positions). */
  readonly files: { readonly weights: string; readonly order: string };
}

/** PyTorch in a process of its own: bench/libraries/pytorch.py. */
export class PyTorch {
  readonly threads: number;
  readonly #process: LibraryProcess;
  readonly #version: string;
  readonly #forms: readonly string[];

  private constructor(process: LibraryProcess, version: string, threads: number, forms: readonly string[]) {
    this.#process = process;
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
    const process = new LibraryProcess(python, [pytorchScript, task, ...words], threads);
    try {
      const { version, forms } = await process.ask<{ version: string; forms: readonly string[] }>({
        request: 'start',
      });
      return new PyTorch(process, version, threads, forms);
    } catch (error) {
      process.stop();
      throw error;
    }
  }

  /** A network for each form, all with the same initial weights. */
  get networks(): CheckedNetwork[] {
    return this.#forms.map((form) => ({
      logits: async () => (await this.#process.ask<{ values: number[] }>({ request: 'logits', form })).values,
      run: (batches) => this.#run(form, batches),
    }));
  }

  /** Measures the forms in turn, and chooses the fastest. */
  async choose(): Promise<Omit<Contender, 'count'>> {
    const seconds = trialSeconds / this.#forms.length / (trialRounds + 1);
    const plans: BlockPlan[] = [];
    for (const form of this.#forms) {
      const run = this.#blocks(form);
      plans.push({ run, count: await planBlock(run, seconds) });
    }
    if (plans.length > 1) await takeTurns(plans, 1); // warms up
    const measured = await takeTurns(plans, plans.length > 1 ? trialRounds : 1);
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
    this.#process.stop();
  }

  #run(form: string, batches: number): Promise<BatchesRun> {
    return this.#process.ask({ request: 'run', form, batches });
  }

  #blocks(form: string): RunBlock {
    return async (count) => {
      const { seconds, images } = await this.#run(form, count);
      return { seconds, work: images };
    };
  }
}
