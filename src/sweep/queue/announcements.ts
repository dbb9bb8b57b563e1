/** Which sweeps there are at a server, and what a worker must have to do their runs. */
import type { OptionValues } from '../space.ts';
import type { SweepMetric } from '../sweep.ts';
import type { Connection } from './connection.ts';

export interface Announcement {
  readonly id: string;
  /** For people. */
  readonly title: string;
  /** See code-version.ts. */
  readonly code: string;
  readonly dataset: { readonly name: string; readonly checksums: Readonly<Record<string, string>> };
  /** Options of all runs, without the place of the data. */
  readonly options: OptionValues;
  readonly metric: SweepMetric;
}

const setKey = 'weft:sweeps';
/** Seconds without a sign of life after which a sweep is no longer announced. */
const lifetime = 60;

function keyOf(id: string): string {
  return `weft:sweep:${id}`;
}

/** The queue of a sweep. */
export function queueOf(id: string): string {
  return `weft-${id}`;
}

/** Announces a sweep until the returned function is called, or the process ends. */
export async function announce(
  { client }: Connection,
  announcement: Announcement,
): Promise<() => Promise<void>> {
  const key = keyOf(announcement.id);
  const tell = async (): Promise<void> => {
    await client
      .multi()
      .set(key, JSON.stringify(announcement), 'EX', lifetime)
      .sadd(setKey, announcement.id)
      .exec();
  };
  await tell();
  const timer = setInterval(() => void tell().catch(() => {}), (1000 * lifetime) / 6);
  return async () => {
    clearInterval(timer);
    await client.multi().del(key).srem(setKey, announcement.id).exec();
  };
}

/** The sweeps that are announced now, as JSON that anybody may have written. */
export async function announced({ client }: Connection): Promise<string[]> {
  const ids = await client.smembers(setKey);
  const texts = await Promise.all(ids.map((id) => client.get(keyOf(id))));
  return texts.filter((text) => text !== null);
}
