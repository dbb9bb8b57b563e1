/**
 * How long, in milliseconds, a timer that is due all the time waits at most while something runs: as long as a page does
 * not answer, or a server serves nobody. Time in which other programs have the processor does not count where the host
 * tells it: a test may share a machine with many.
 */
export async function largestGap(work: () => Promise<unknown>): Promise<number> {
  let largest = 0;
  let last = milliseconds();
  const look = (): void => {
    const time = milliseconds();
    largest = Math.max(largest, time - last);
    last = time;
  };
  let timer: ReturnType<typeof setTimeout>;
  const tick = (): void => {
    look();
    timer = setTimeout(tick, 1);
  };
  tick();
  await work();
  look();
  clearTimeout(timer!);
  return largest;
}

/** Of this thread on a processor; in a page, of the clock. */
function milliseconds(): number {
  if (typeof process !== 'object' || process.threadCpuUsage === undefined) return performance.now();
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
