import { now } from './clock.ts';

/** How long a loop may run, in seconds, before timers, signals and the terminal have their turn. */
const longest = 0.05;

let last = now();

/** For loops that would otherwise keep the process to themselves: lets others have their turn from time to time. */
export async function breathe(): Promise<void> {
  if (now() - last < longest) return;
  await new Promise<void>((resolve) => {
    // a web page has no setImmediate
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
  last = now();
}
