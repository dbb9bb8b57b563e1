/**
 * Decides what an error of stdout or stderr means for a command that is at work. Its work is worth more than its words:
 * a run of training goes on and writes its files.
 *
 * - A reader that has gone (`… | head -1`) wants no more lines. They are dropped, and the exit status is what it would be.
 * - Where the output cannot be written (a disk that is full), one line on stderr says so, and the exit status is 1.
 * - An error of stderr cannot be told to anyone.
 *
 * @param name begins the line on stderr
 */
export function goOnWithoutReaders(name: string): void {
  let hasFailed = false;
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE' || hasFailed) return;
    hasFailed = true;
    console.error(`${name}: cannot write the output: ${message}`);
  });
  process.stderr.on('error', () => {});
  process.on('exit', () => {
    if (hasFailed && (process.exitCode ?? 0) === 0) process.exitCode = 1;
  });
}
