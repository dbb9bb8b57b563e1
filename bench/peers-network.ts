import { PeerProcess } from './peer-process.ts';
import { commandOf, type ContenderSpec, type Places } from './peers/contenders.ts';
import { blockSeconds, type CheckedNetwork, countForBlock, type Participant } from './peers-race.ts';
import type { Block } from './race.ts';

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
export class ProcessNetwork implements CheckedNetwork, Omit<Participant, 'count'> {
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

  run(batches: number): Promise<Block & { readonly loss?: number | null }> {
    return this.#peer.ask({ request: 'run', batches });
  }

  /** The most memory that the process has had so far, in MiB; weft only. */
  async peakMemory(): Promise<number> {
    return (await this.#peer.ask<{ mebibytes: number }>({ request: 'memory' })).mebibytes;
  }

  stop(): void {
    this.#peer.stop();
  }
}

/** Warms up, and says how many batches or products make a block of about `seconds`: `most` at most. */
export async function planBlock(
  contender: Pick<Participant, 'run'>,
  most: number,
  seconds: number = blockSeconds,
): Promise<number> {
  for (let count = 1; ; count = Math.min(most, count * 4)) {
    const block = await contender.run(count);
    if (block.seconds > seconds / 4 || count >= most)
      return countForBlock(block.seconds / count, most, seconds);
  }
}
