/** A session behind a port: in a worker of a page, or in another thread. */
import { inNode } from '../engine/node.ts';
import { borrowThreads, type WorkerPort } from '../engine/wasm/threads/borrow-threads.ts';
import type { CommandName, Commands, SessionEvent } from './messages.ts';
import { Session } from './session.ts';

/** What the other side sends: a command under a number. */
export interface Request<Name extends CommandName = CommandName> {
  readonly id: number;
  readonly name: Name;
  readonly given: Commands[Name]['given'];
}

/** What it gets: the answer to a command, or an event. */
export type Reply =
  | { readonly id: number; readonly back: unknown }
  | { readonly id: number; readonly error: string }
  | { readonly event: SessionEvent };

/** A worker's own side of its port: `self` there. */
export interface SessionPort {
  postMessage(message: Reply, transfer: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

/** Serves the commands of a port for ever. Large arrays move and are not copied. */
export function serveSession(port: SessionPort): Session {
  if (!inNode) borrowThreads(port as WorkerPort);
  const send = (message: Reply): void => port.postMessage(message, buffersIn(message));
  const session = new Session((event) => send({ event }));
  port.addEventListener('message', ({ data }) => {
    const { id, name, given } = data as Request;
    session.handle(name, given as never).then(
      (back) => send({ id, back }),
      (error: unknown) => send({ id, error: (error as Error).message }),
    );
  });
  return session;
}

/** The memory of the arrays in a message that nobody else has. What belongs to the session itself is plain numbers. */
function buffersIn(message: Reply): Transferable[] {
  const content: unknown = 'event' in message ? message.event : 'back' in message ? message.back : null;
  const found = new Set<ArrayBuffer>();
  collect(content, found);
  return [...found];
}

function collect(value: unknown, found: Set<ArrayBuffer>): void {
  if (typeof value !== 'object' || value === null) return;
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
    return;
  }
  for (const item of Object.values(value)) collect(item, found);
}
