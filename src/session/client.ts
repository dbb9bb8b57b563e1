import { lendThreads } from '../engine/wasm/threads/lend-threads.ts';
import type { CommandName, Commands, SessionEvent } from './messages.ts';
import type { Reply, Request } from './serve.ts';

/** A worker or a port, seen from outside. */
export interface ClientPort {
  postMessage(message: Request): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

/** A session in another thread, as if it were here. */
export class SessionClient {
  readonly #port: ClientPort;
  readonly #waiting = new Map<number, { resolve(back: unknown): void; reject(error: Error): void }>();
  #count = 0;

  /** @param onEvent is told what the session tells by itself */
  constructor(port: ClientPort, onEvent: (event: SessionEvent) => void) {
    this.#port = port;
    if (typeof document === 'object' && port instanceof Worker) lendThreads(port);
    port.addEventListener('message', ({ data }) => {
      const reply = data as Reply;
      if ('event' in reply) {
        onEvent(reply.event);
        return;
      }
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if ('error' in reply) waiting?.reject(new Error(reply.error));
      else waiting?.resolve(reply.back);
    });
  }

  /** Gives a command, and waits until it is done. @throws Error in one line for a command that cannot be done */
  ask<Name extends CommandName>(
    name: Name,
    ...[given]: undefined extends Commands[Name]['given'] ? [] : [Commands[Name]['given']]
  ): Promise<Commands[Name]['back']> {
    this.#count += 1;
    const id = this.#count;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve, reject });
      this.#port.postMessage({ id, name, given: here(given) } as Request);
    });
  }
}

/** A relative address is meant from this page; in its worker it would be one from the worker's file. */
function here(given: unknown): unknown {
  const base = (globalThis as { document?: { baseURI: string } }).document?.baseURI;
  if (base === undefined || typeof given !== 'object' || given === null || !('url' in given)) return given;
  return { ...given, url: new URL(String(given.url), base).href };
}
