import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** The file that says which process is writing to a run's folder. */
export const lockFile = 'lock';

interface Holder {
  readonly pid: number;
  readonly host: string;
}

/**
 * Makes this process the only one that writes to a folder. If the lock belongs to a process that no longer exists, this
 * process takes it over.
 *
 * @returns a function that releases the lock; the end of the process does so, too
 * @throws Error that names the process that holds the lock
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, lockFile);
  const mine = JSON.stringify({ pid: process.pid, host: hostname() } satisfies Holder);
  for (;;) {
    try {
      writeFileSync(path, mine, { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const content = read(path);
    const holder = parse(content);
    if (holder !== null && isAlive(holder)) {
      const where = holder.host === hostname() ? '' : ` on ${holder.host}`;
      throw new Error(
        `process ${holder.pid}${where} is writing to ${folder}; wait for its end (if there is no such run, delete ${path})`,
      );
    }
    removeStale(path, content);
  }
  const release = (): void => {
    process.off('exit', release);
    if (read(path) === mine) rmSync(path, { force: true });
  };
  process.on('exit', release);
  return release;
}

/**
 * Removes the lock of a dead process. Another process may have replaced it since it was read, and deleting that new lock
 * would let two processes write. So the file is renamed first and compared: a new lock is put back.
 */
function removeStale(path: string, content: string | null): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // another process has removed it already
  }
  if (read(aside) === content) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

/** Whether the process exists. On another machine this cannot be checked: its process counts as alive. */
function isAlive({ pid, host }: Holder): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return false; // an earlier process had the same number
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function parse(content: string | null): Holder | null {
  try {
    const { pid, host } = JSON.parse(content ?? '') as Partial<Holder>;
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host } : null;
  } catch {
    return null; // the process was killed while it wrote its lock
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
