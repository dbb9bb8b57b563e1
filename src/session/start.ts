import { SessionClient } from './client.ts';
import type { SessionEvent } from './messages.ts';

export interface StartedSession {
  readonly session: SessionClient;
  /** Its thread, which `terminate` ends. */
  readonly worker: Worker;
}

/**
 * Starts a session in a worker of this page, so that the page stays free while it trains.
 *
 * @param onEvent is told what the session tells by itself
 */
export function startSession(onEvent: (event: SessionEvent) => void): StartedSession {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    type: 'module',
    name: 'weft session',
  });
  return { session: new SessionClient(worker, onEvent), worker };
}
