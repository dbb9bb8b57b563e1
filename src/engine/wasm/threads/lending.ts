/**
 * What a page and one of its workers say to each other when the page starts the worker's threads in its place: "lends" them.
 * These messages go between all others that the two have.
 */
import type { LoadMessage, WorkerStart } from './protocol.ts';

/** From the page, before all others: it lends threads. */
export interface Offer {
  readonly lendsThreads: true;
}

/** From the worker, about the thread that has a number there. */
export interface Order {
  readonly lentThread: number;
  /** Of the first order, which starts the thread. */
  readonly start?: WorkerStart;
  /** With it: a lock that the worker holds as long as it lives. When it is free, nobody needs the thread any more. */
  readonly lock?: string;
  /** A program for the thread. */
  readonly load?: LoadMessage;
  /** Of the last order, which ends it. */
  readonly end?: true;
}

/** From the page: the thread listens, or it has failed. */
export interface Report {
  readonly lentThread: number;
  readonly failure: string | null;
}

export function isOffer(message: unknown): message is Offer {
  return typeof message === 'object' && message !== null && 'lendsThreads' in message;
}

export function isAboutLentThread(message: unknown): message is Order | Report {
  return typeof message === 'object' && message !== null && 'lentThread' in message;
}
