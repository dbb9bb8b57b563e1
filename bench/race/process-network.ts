import type { RunBlock } from '../measure/turns.ts';
import type { BatchesRun } from '../networks/measured-network.ts';
import { commandOf, type Library, type Places } from '../libraries/libraries.ts';
import type { CheckedNetwork } from './contenders.ts';
import { LibraryProcess } from './library-process.ts';

/** The answer to `start`. */
export interface Started {
  readonly version: string;
  readonly threads: number;
}

export function startProcess(library: Library, places: Places, threads: number): LibraryProcess {
  const [command, ...words] = commandOf(library, places);
  return new LibraryProcess(command, words, threads);
}

/** A network in the process of a library. */
export class ProcessNetwork implements CheckedNetwork {
  readonly #process: LibraryProcess;
  readonly name: string;
  readonly threads: number;
  readonly version: string;
  readonly differs?: string;

  private constructor(process: LibraryProcess, library: Library, { threads, version }: Started) {
    this.#process = process;
    this.name = library.name;
    this.threads = threads;
    this.version = version;
    if (library.differs !== undefined) this.differs = library.differs;
  }

  /** Starts the process and the network. `question` has the task, the network and the number of threads. */
  static async start(
    library: Library,
    places: Places,
    question: Readonly<Record<string, unknown>> & { readonly threads: number },
  ): Promise<ProcessNetwork> {
    const process = startProcess(library, places, question.threads);
    try {
      return new ProcessNetwork(
        process,
        library,
        await process.ask<Started>({ request: 'start', ...question }),
      );
    } catch (error) {
      process.stop();
      throw error;
    }
  }

  async logits(): Promise<readonly number[]> {
    const { values } = await this.#process.ask<{ values: number[] }>({ request: 'logits' });
    return values;
  }

  run(batches: number): Promise<BatchesRun> {
    return this.#process.ask({ request: 'run', batches });
  }

  /** `run`, in the form that `takeTurns` needs. */
  readonly runBlock: RunBlock = async (count) => {
    const { seconds, images } = await this.run(count);
    return { seconds, work: images };
  };

  /** The peak memory of the process so far, in MiB; only weft answers this. */
  async peakMemory(): Promise<number> {
    return (await this.#process.ask<{ mebibytes: number }>({ request: 'memory' })).mebibytes;
  }

  stop(): void {
    this.#process.stop();
  }
}
