import { randomBytes } from 'node:crypto';
import { linkSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readTextFile } from '../read-file.ts';
import { removeFile } from './remove-file.ts';

/** The file that says which process is writing to a run's folder. */
export const lockFile = 'lock';

/** A process that wants the lock first writes a claim of its own, `lock.claim-…`; `link` then makes it the lock. */
const claimPrefix = `${lockFile}.claim-`;

/** Whether a file belongs to the lock of a folder, and not to what the folder holds. */
export function isLockFile(name: string): boolean {
  return name === lockFile || name.startsWith(claimPrefix);
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Tells this lock from others of a process with the same number; earlier versions had none. */
  readonly token?: string;
}

/** The tokens of the locks and claims of this process. */
const own = new Set<string>();

/**
 * Makes this process the only one that writes to a folder. If the lock belongs to a process that no longer exists, this
 * process takes it over.
 *
 * Two steps of other processes may come between any two steps of this one. So each step leaves nothing that could be
 * misread:
 *
 * - The lock appears whole: it is a hard link to a claim that is written already. `link` fails if there is a lock.
 * - Only a process whose claim is the only living one in the folder removes a lock of the dead. Each writes its claim
 *   before it looks for others, so of two that want to remove it, the later one sees the earlier. Without this, the
 *   slower of two processes could remove the new lock of the faster.
 *
 * @returns a function that releases the lock; the end of the process does so, too
 * @throws Error that names the process that holds the lock, or says why there can be none
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, lockFile);
  for (let attempt = 1; ; attempt++) {
    const content = tryToLock(folder, path);
    if (content !== null) return releaseLater(path, content);
    if (attempt === maxAttempts) {
      throw new Error(
        `other processes are trying to write to ${folder}, too; wait for their end (if there are none, delete ` +
          `${join(folder, claimPrefix)}*)`,
      );
    }
    sleep(Math.random() * Math.min(2 ** attempt, longestPause));
  }
}

const maxAttempts = 100;
/** Milliseconds. */
const longestPause = 50;

/** @returns the content of the lock; null if another process was in the way, so that it is worth another attempt */
function tryToLock(folder: string, path: string): string | null {
  const token = randomBytes(8).toString('hex');
  const content = JSON.stringify({ pid: process.pid, host: hostname(), token } satisfies Holder);
  const claim = `${claimPrefix}${process.pid}-${token}-${encodeURIComponent(hostname())}`;
  let isLocked = false;
  own.add(token);
  try {
    writeFileSync(join(folder, claim), content, { flag: 'wx' });
    isLocked = putLock({ folder, path, claim, content }) || takeOver({ folder, path, claim, content });
    if (isLocked) livingClaims(folder); // which removes those of the dead
  } finally {
    if (!isLocked) own.delete(token);
    removeIfPossible(join(folder, claim));
  }
  return isLocked ? content : null;
}

interface Claim {
  readonly folder: string;
  /** Of the lock. */
  readonly path: string;
  /** The name of the file that becomes the lock. */
  readonly claim: string;
  readonly content: string;
}

/** @returns whether the claim has become the lock; if not, another process is in the way */
function putLock({ folder, path, claim, content }: Claim): boolean {
  try {
    linkSync(join(folder, claim), path);
    return true;
  } catch (error) {
    if (isAboutExistence(error)) return false;
  }
  // a file system without hard links: a lock that is not whole yet is safe as long as no other process may remove it
  if (!isAlone(folder, claim)) return false;
  try {
    writeFileSync(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (isAboutExistence(error)) return false;
    throw error;
  }
}

function isAboutExistence(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EEXIST';
}

/** Puts this process's lock in the place of one of the dead. @throws Error if its holder is alive */
function takeOver(claim: Claim): boolean {
  const { folder, path } = claim;
  const content = read(path);
  if (content === null) return false; // it was released in between
  const holder = parse(content);
  if (holder !== null && isAlive(holder)) {
    const where = holder.host === hostname() ? '' : ` on ${holder.host}`;
    throw new Error(
      `process ${holder.pid}${where} is writing to ${folder}; wait for its end (if there is no such run, delete ${path})`,
    );
  }
  if (!isAlone(folder, claim.claim)) return false;
  // from here on no other process removes the lock: if it is still there, it is still the one of the dead
  if (read(path) === content) removeFile(path);
  return putLock(claim);
}

function isAlone(folder: string, claim: string): boolean {
  return livingClaims(folder).every((name) => name === claim);
}

/** The claims of living processes. Those of the dead are removed: no later claim has the name of one of them. */
function livingClaims(folder: string): string[] {
  return readdirSync(folder).filter((name) => {
    if (!name.startsWith(claimPrefix)) return false;
    if (isLiving(name)) return true;
    removeFile(join(folder, name));
    return false;
  });
}

/** The name alone says whose a claim is: its content may not be written yet. */
function isLiving(claim: string): boolean {
  const match = /^(\d+)-([0-9a-f]+)-(.+)$/.exec(claim.slice(claimPrefix.length));
  if (match === null) return false;
  const [, pid, token, host] = match as unknown as [string, string, string, string];
  return isAlive({
    pid: Number(pid),
    token,
    host: host === encodeURIComponent(hostname()) ? hostname() : host,
  });
}

function releaseLater(path: string, content: string): () => void {
  const release = (): void => {
    process.off('exit', release);
    if (isContent(path, content)) removeIfPossible(path);
    own.delete((JSON.parse(content) as Holder).token!);
  };
  process.on('exit', release);
  return release;
}

function isContent(path: string, content: string): boolean {
  try {
    return read(path) === content;
  } catch {
    return false;
  }
}

/** On a disk that has become read-only, this must not hide why a command failed. Later, what stays is of the dead. */
function removeIfPossible(path: string): void {
  try {
    removeFile(path);
  } catch {
    // see above
  }
}

/** Whether the process exists. On another machine this cannot be checked: its process counts as alive. */
function isAlive({ pid, host, token }: Holder): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return token !== undefined && own.has(token); // else an earlier process had the same number
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** @returns null for what is no lock: an earlier version could be killed while it wrote one */
function parse(content: string): Holder | null {
  try {
    const { pid, host, token } = JSON.parse(content) as Record<keyof Holder, unknown>;
    if (!Number.isInteger(pid) || (pid as number) < 1 || (pid as number) >= 2 ** 31) return null;
    if (typeof host !== 'string') return null;
    return { pid: pid as number, host, ...(typeof token === 'string' ? { token } : {}) };
  } catch {
    return null;
  }
}

/** @returns null if there is no such file @throws Error that names the file if it cannot be read */
function read(path: string): string | null {
  try {
    return readTextFile(path, { maxBytes: 65_536 });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw new Error(`${path}: ${message}`, { cause: error });
  }
}

/** Sleeps without the event loop: opening a folder is one synchronous call. */
function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
