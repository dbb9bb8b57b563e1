import type { RunBlock } from '../measure/turns.ts';
import type { BatchesRun } from '../networks/runner.ts';
import { commandOf, type ContenderSpec, type Places } from '../peers/contenders.ts';
import type { CheckedNetwork } from './participants.ts';
import { PeerProcess } from './peer-process.ts';

/** The answer to `start`. */
export interface Started {
  readonly version: string;
  readonly threads: number;
}

export function startProcess(spec: ContenderSpec, places: Places, threads: number): PeerProcess {
  const [command, ...words] = commandOf(spec, places);
  return new PeerProcess(command, words, threads);
}

/** A network in the process of a contender. */
export class ProcessNetwork implements CheckedNetwork {
  readonly #peer: PeerProcess;
  readonly name: string;
  readonly threads: number;
  readonly version: string;
  readonly differs?: string;

  private constructor(peer: PeerProcess, spec: ContenderSpec, { threads, version }: Started) {
    this.#peer = peer;
    this.name = spec.name;
    this.threads = threads;
    this.version = version;
    if (spec.differs !== undefined) this.differs = spec.differs;
  }

  /** Asks `start` with the rest of `question`: what to do, with which network. */
  static async start(
    spec: ContenderSpec,
    places: Places,
    question: Readonly<Record<string, unknown>> & { readonly threads: number },
  ): Promise<ProcessNetwork> {
    const peer = startProcess(spec, places, question.threads);
    try {
      return new ProcessNetwork(peer, spec, await peer.ask<Started>({ request: 'start', ...question }));
    } catch (error) {
      peer.stop();
      throw error;
    }
  }

  async logits(): Promise<readonly number[]> {
    const { values } = await this.#peer.ask<{ values: number[] }>({ request: 'logits' });
    return values;
  }

  run(batches: number): Promise<BatchesRun> {
    return this.#peer.ask({ request: 'run', batches });
  }

  /** `run`, as a contender's block. */
  readonly runBlock: RunBlock = async (count) => {
    const { seconds, images } = await this.run(count);
    return { seconds, work: images };
  };

  /** The most memory that the process has had so far, in MiB; weft only. */
  async peakMemory(): Promise<number> {
    return (await this.#peer.ask<{ mebibytes: number }>({ request: 'memory' })).mebibytes;
  }

  stop(): void {
    this.#peer.stop();
  }
}
