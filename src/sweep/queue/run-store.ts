import type { PackedRun } from '../../run/packed-run.ts';
import type { Job } from '../sweep.ts';
import type { Connection } from './connection.ts';

/** Seconds that a run stays if nobody asks for it: its sweep was given up. */
const lifetime = 14 * 24 * 3600;

/** Runs of a sweep that other machines may go on with, and the best ones, in the server of the queue. */
export class RunStore {
  readonly #connection: Connection;
  readonly #sweep: string;

  constructor(connection: Connection, sweep: string) {
    this.#connection = connection;
    this.#sweep = sweep;
  }

  #keyOf({ trial, seed }: Pick<Job, 'trial' | 'seed'>): string {
    return `weft:${this.#sweep}:run:${trial}-${seed}`;
  }

  /** A worker that was silent for long may come after the one that took its place: what has more epochs stays. */
  async put(job: Job, { bytes, checksum }: PackedRun, epochs: number): Promise<void> {
    const { client } = this.#connection;
    const key = this.#keyOf(job);
    const known = await client.hget(key, 'epochs');
    if (known !== null && Number(known) > epochs) return;
    await client
      .multi()
      .hset(key, { epochs, checksum, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) })
      .expire(key, lifetime)
      .exec();
  }

  async get(job: Pick<Job, 'trial' | 'seed'>): Promise<PackedRun | null> {
    const found = await this.#connection.client.hgetallBuffer(this.#keyOf(job));
    const { bytes, checksum } = found;
    return bytes && checksum ? { bytes, checksum: checksum.toString() } : null;
  }

  async remove(job: Pick<Job, 'trial' | 'seed'>): Promise<void> {
    await this.#connection.client.del(this.#keyOf(job));
  }
}
