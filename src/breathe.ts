import { now } from './clock.ts';

/**
 * How long work may go on, in seconds, before timers, signals, the terminal or a page have their turn. Those who wait are
 * to wait for a twentieth of a second at most: this leaves thirty milliseconds for the piece of work that is under way
 * when a turn comes due.
 */
const longest = 0.02;

let last = now();

/** Whether others have waited long enough. Work of many short pieces asks first, because a promise costs more than this. */
export function breathIsDue(): boolean {
  return now() - last >= longest;
}

/** For work that would otherwise keep the process to itself: lets others have their turn, if that is due. */
export async function breathe(): Promise<void> {
  if (!breathIsDue()) return;
  await turn();
  last = now();
}

/** Lets others have their turn, due or not. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') {
      setImmediate(resolve);
      return;
    }
    // a web page has no setImmediate, and its timers wait for 4 ms; a message does not
    channel ??= openChannel();
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });
}

/** Kept for ever: a browser may collect the ports of a channel that nobody holds before their message has come. */
let channel: MessageChannel | null = null;
/** Who waits for a message, the first first. */
const waiting: (() => void)[] = [];

function openChannel(): MessageChannel {
  const opened = new MessageChannel();
  opened.port1.addEventListener('message', () => waiting.shift()!());
  opened.port1.start();
  return opened;
}
