import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CliFolder, cliFolder, main } from '../helpers/cli.ts';

export interface KillOptions {
  /** No new run is begun after this time; the last one is brought to its end. */
  readonly seconds: number;
}

export interface KillFigures {
  /** Runs that were killed, resumed and compared with the unbroken one. */
  readonly runs: number;
  /** SIGKILLs that met a process at work. */
  readonly kills: number;
  /** How often each file had been written when a process was killed; `nothing` for a folder that was not there. */
  readonly found: Readonly<Record<string, number>>;
  /** What must not be: a run that does not end with the bits of the unbroken one, a file that is left, a message. */
  readonly failures: readonly string[];
}

const epochs = 40;
const settings = ['--engine', 'reference', '--dropout', '0.2', '--limit', '60', '--no-report', '--quiet'];
/** A run is killed as many times at most, so that it ends. */
const maxKills = 6;

/** Kills runs of training at random moments, resumes them, and compares them with one that nothing has disturbed. */
export async function fuzzKills({ seconds }: KillOptions): Promise<KillFigures> {
  const folder = cliFolder();
  const end = performance.now() + 1000 * seconds;
  const args = ['--data', folder.data, ...settings, '--epochs', String(epochs), '--early-stopping', '30'];
  const found: Record<string, number> = {};
  const failures: string[] = [];
  let [runs, kills] = [0, 0];
  try {
    const begin = performance.now();
    const { status, stderr } = folder.weft('train', ...args, '--out', 'whole');
    if (status !== 0) return { runs, kills, found, failures: [`the unbroken run: ${stderr}`] };
    const whole = performance.now() - begin;
    do {
      const out = join(folder.path, `broken-${runs}`);
      for (let i = 0; i < maxKills; i++) {
        const resumes = existsSync(join(out, 'config.json'));
        const again = resumes ? ['--resume', out, '--quiet'] : [...args, '--out', out];
        const outcome = await killed(folder, again, out, (Math.random() * whole) / 2);
        if (outcome !== null) {
          if (outcome !== '') failures.push(`run ${runs}: ${outcome}`);
          break;
        }
        kills++;
        for (const name of filesIn(out)) found[name] = (found[name] ?? 0) + 1;
        // before its configuration, the folder says too little to resume: the command is given again
        if (!existsSync(join(out, 'config.json'))) rmSync(out, { recursive: true, force: true });
      }
      const last = existsSync(join(out, 'config.json'))
        ? folder.weft('train', '--resume', out, '--quiet')
        : folder.weft('train', ...args, '--out', out);
      if (last.status !== 0) failures.push(`run ${runs}: ${last.stderr}`);
      else
        failures.push(...differences(join(folder.path, 'whole'), out).map((text) => `run ${runs}: ${text}`));
      runs++;
    } while (performance.now() < end);
    return { runs, kills, found, failures };
  } finally {
    folder.remove();
  }
}

/**
 * Most of a short run is its start. So three in four are killed a random time after the run has its lock.
 *
 * @returns null if the process was at work when it was killed; else what it had said when it ended, '' for a success
 */
async function killed(
  { path }: CliFolder,
  args: readonly string[],
  out: string,
  milliseconds: number,
): Promise<string | null> {
  const child = spawn(process.execPath, [main, 'train', ...args], {
    cwd: path,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const hasEnded = (): boolean => child.exitCode !== null;
  if (Math.random() < 3 / 4) while (!hasEnded() && !holdsLock(out, child.pid!)) await sleep(2);
  const end = performance.now() + milliseconds;
  while (!hasEnded() && performance.now() < end) await sleep(1);
  child.kill('SIGKILL');
  const [status, signal] = await closed;
  if (signal === 'SIGKILL') return null;
  return status === 0 ? '' : said;
}

function holdsLock(folder: string, pid: number): boolean {
  try {
    return (JSON.parse(readFileSync(join(folder, 'lock'), 'utf8')) as { pid: number }).pid === pid;
  } catch {
    return false;
  }
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return ['nothing'];
  return readdirSync(folder).map((name) =>
    name
      .replace(/\.claim-.*/, '.claim')
      .replace(/\.[0-9a-f]{12}\.tmp$/, '.tmp')
      .replace(/^events\..*weft/, 'events'),
  );
}

/** What is not the same in the folders of two runs, but for the times that they took. */
function differences(whole: string, broken: string): string[] {
  const read = (folder: string, file: string): Buffer => readFileSync(join(folder, file));
  const rows = (folder: string): string =>
    read(folder, 'history.csv')
      .toString()
      .replaceAll(/(,[^,\n]*){2}$/gm, '');
  const left = readdirSync(broken).filter((name) => /^lock|\.tmp$/.test(name));
  return [
    ...['model.safetensors', 'best.safetensors']
      .filter((file) => !read(whole, file).equals(read(broken, file)))
      .map((file) => `${file} has other bits`),
    ...(rows(whole) === rows(broken) ? [] : ['history.csv has other epochs']),
    ...(left.length === 0 ? [] : [`left in the folder: ${left.join(', ')}`]),
  ];
}
