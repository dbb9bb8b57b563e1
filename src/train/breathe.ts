/** How long a loop may run before it lets timers, signals and the terminal have their turn. */
const milliseconds = 50;

let last = performance.now();

/** For loops that would otherwise keep the process to themselves: lets others have their turn, now and then. */
export async function breathe(): Promise<void> {
  if (performance.now() - last < milliseconds) return;
  await new Promise<void>((resolve) => {
    // a web page has no setImmediate
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
  last = performance.now();
}
