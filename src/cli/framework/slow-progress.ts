const [firstSeconds, nextSeconds] = [1, 3];

/** Says on stderr how far something is, from a second on, then every three. Nothing if it is done by then. */
export function slowProgress(what: string): (done: number, total: number) => void {
  let due = performance.now() + firstSeconds * 1000;
  return (done, total) => {
    if (performance.now() < due) return;
    due = performance.now() + nextSeconds * 1000;
    console.error(`${what}: ${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}`);
  };
}
