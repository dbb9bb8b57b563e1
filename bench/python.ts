import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';

/** The thread settings of OpenMP and OpenBLAS. */
function environment(threads: number | undefined): NodeJS.ProcessEnv {
  const count =
    threads === undefined ? {} : { OMP_NUM_THREADS: `${threads}`, OPENBLAS_NUM_THREADS: `${threads}` };
  return { ...process.env, ...count };
}

/** Runs a peer written in Python, which prints one JSON object. Throws with the peer's last line. */
export function runPython<T>(python: string, args: readonly string[], threads?: number): T {
  const result = spawnSync(python, args, { encoding: 'utf8', env: environment(threads) });
  if (result.status !== 0) {
    const reason = result.error?.message ?? result.stderr.trim().split('\n').at(-1);
    throw new Error(`${python} ${args.join(' ')}: ${reason}`);
  }
  return JSON.parse(result.stdout) as T;
}

/** Whether this Python has a module. */
export function hasModule(python: string, module: string): boolean {
  return spawnSync(python, ['-c', `import ${module}`]).status === 0;
}

/**
 * A peer that stays alive and answers each line with one line, so that it can be measured in turn with weft
 * on the same machine at the same time. The first line that it prints is its name and version.
 */
export class PythonPeer {
  readonly version: string;
  readonly threads: number;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;

  private constructor(
    child: ChildProcessWithoutNullStreams,
    answers: AsyncIterator<string>,
    version: string,
    threads: number,
  ) {
    this.#child = child;
    this.#answers = answers;
    this.version = version;
    this.threads = threads;
  }

  static async start(python: string, args: readonly string[], threads: number): Promise<PythonPeer> {
    const child = spawn(python, args, { env: environment(threads) });
    child.stderr.pipe(process.stderr);
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = await answers.next();
    if (first.done) throw new Error(`${python} ${args.join(' ')} ended before it answered`);
    return new PythonPeer(child, answers, first.value, threads);
  }

  /** The numbers of its answer. */
  async ask(question: string): Promise<number[]> {
    this.#child.stdin.write(`${question}\n`);
    const answer = await this.#answers.next();
    if (answer.done) throw new Error(`${this.version} ended before it answered`);
    return answer.value.split(' ').map(Number);
  }

  stop(): void {
    this.#child.stdin.end();
  }
}
