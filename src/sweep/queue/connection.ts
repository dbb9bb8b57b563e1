import { Redis } from 'ioredis';

/** A connection to Redis or Valkey, that comes back by itself. */
export interface Connection {
  readonly client: Redis;
  /** `10.0.0.1:6379`: the address without names and passwords. */
  readonly place: string;
  close(): void;
}

/** Milliseconds between two attempts, at most. */
const longestPause = 5000;
const firstAttempts = 2;

/**
 * Connects to the server of a queue. Later, while it does not answer, attempts go on with growing pauses, and what was to be sent
 * waits.
 *
 * @param url `redis://[:password@]host[:port][/database]`, or `rediss://` for TLS
 * @param onNotice is told when the server has gone, and when it is there again
 * @throws RangeError for another address; Error in one line if nothing answers. No message has a password in it
 */
export async function connect(url: string, onNotice: (text: string) => void): Promise<Connection> {
  const place = placeOf(url);
  let hasBegun = false;
  let isGone = false;
  let reason = 'no answer';
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 5000,
    // a process that ends does not wait for a server
    disconnectTimeout: 200,
    // queues ask for it: a command waits until the server is there again
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => {
      if (!hasBegun) return attempt > firstAttempts ? null : 100 * attempt;
      return Math.min(100 * 2 ** attempt, longestPause);
    },
  });
  client.on('error', (error: NodeJS.ErrnoException) => {
    reason = error.code ?? error.message;
  });
  client.on('close', () => {
    if (!hasBegun || isGone) return;
    isGone = true;
    onNotice(`Redis at ${place} does not answer (${reason}): trying again until it does`);
  });
  client.on('ready', () => {
    if (!isGone) return;
    isGone = false;
    onNotice(`Redis at ${place} answers again`);
  });
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    client.disconnect();
    const text = `${reason} ${(error as Error).message}`;
    const why = /WRONGPASS|NOAUTH|NOPERM/.test(text) ? 'it wants another password' : reason;
    throw new Error(`no Redis answers at ${place}: ${why}`, { cause: error });
  }
  hasBegun = true;
  return {
    client,
    place,
    close() {
      hasBegun = false;
      client.disconnect();
    },
  };
}

function placeOf(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new RangeError('--redis: expected redis://HOST:PORT, or rediss://HOST:PORT for TLS');
  }
  const { protocol, hostname, port } = parsed;
  if (protocol !== 'redis:' && protocol !== 'rediss:') {
    throw new RangeError(
      `--redis: expected redis://HOST:PORT, or rediss://HOST:PORT for TLS, got ${protocol}//…`,
    );
  }
  return `${hostname || 'localhost'}:${port || '6379'}`;
}
