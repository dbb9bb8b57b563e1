/**
 * How long, in milliseconds, a timer that is due all the time waits at most while something runs: as long as a page does
 * not answer, or a server serves nobody.
 */
export async function largestGap(work: () => Promise<unknown>): Promise<number> {
  let largest = 0;
  let last = performance.now();
  const look = (): void => {
    const time = performance.now();
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
