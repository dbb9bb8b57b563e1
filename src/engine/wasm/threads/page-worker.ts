/** A worker thread of a page. Its first message says how to start. */
import type { LoadMessage, WorkerStart } from './protocol.ts';
import { serve } from './serve.ts';

/** Messages that nobody has asked for yet, or the one who waits for the next. */
const waiting: unknown[] = [];
let taker: ((message: unknown) => void) | null = null;

addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  if (taker === null) {
    waiting.push(data);
    return;
  }
  const take = taker;
  taker = null;
  take(data);
});

function nextMessage(): Promise<unknown> {
  if (waiting.length > 0) return Promise.resolve(waiting.shift());
  return new Promise((resolve) => (taker = resolve));
}

async function work(): Promise<void> {
  const start = (await nextMessage()) as WorkerStart;
  postMessage('ready');
  await serve(start, () => nextMessage() as Promise<LoadMessage>);
}

// told to the thread that has started this one, as its `error` event
work().catch(reportError);
