import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** The thread settings of OpenMP and OpenBLAS, beside all others. */
export function threadEnvironment(threads: number): NodeJS.ProcessEnv {
  return { ...process.env, OMP_NUM_THREADS: `${threads}`, OPENBLAS_NUM_THREADS: `${threads}` };
}

/** A peer that thinks longer is ended. */
const mostSeconds = 300;

/** As much of a peer's standard error is kept. */
const remarkLetters = 20_000;

/** What a peer answers to one question. */
export type Answer = Readonly<Record<string, unknown>>;

/**
 * A contender in a process of its own, which answers each line of JSON with one line of JSON, so that several can be
 * measured in turn on the same machine at the same time. `{"error": …}` is an answer too: `ask` throws it.
 */
export class PeerProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  readonly #closed: Promise<void>;
  readonly #name: string;
  /** What it has written to its standard error. */
  #remarks = '';
  /** Why it did not start, or was ended. */
  #failure = '';

  /** Starts `command` with its arguments; OpenMP and OpenBLAS get `threads`. */
  constructor(command: string, args: readonly string[], threads: number) {
    this.#name = [command, ...args].join(' ');
    this.#child = spawn(command, args, { env: threadEnvironment(threads) });
    this.#closed = new Promise((resolve) => this.#child.once('close', () => resolve()));
    this.#child.on('error', (error) => (this.#failure = error.message));
    // a write to a process that has ended fails here; that it ended is seen where its answer is missing
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#remarks = `${this.#remarks}${chunk.toString()}`.slice(-remarkLetters);
    });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** @throws Error with the peer's own words, or with what came instead of an answer in time */
  async ask<T = Answer>(
    question: Readonly<Record<string, unknown>>,
    patience: number = mostSeconds,
  ): Promise<T> {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    const timer = setTimeout(() => {
      this.#failure = `no answer within ${patience} s`;
      this.#child.kill('SIGKILL');
    }, 1000 * patience);
    const line = await this.#answers.next();
    clearTimeout(timer);
    if (line.done) {
      // what it said last may still be on its way
      await this.#closed;
      throw new Error(`${this.#name} ended before it answered${this.#reason()}`);
    }
    let answer: Answer;
    try {
      answer = JSON.parse(line.value) as Answer;
    } catch {
      throw new Error(`${this.#name} answered no JSON: ${line.value.slice(0, 200)}`);
    }
    if (typeof answer['error'] === 'string') throw new Error(answer['error']);
    return answer as T;
  }

  stop(): void {
    this.#child.stdin.end();
    // what waits for nothing more ends by itself; a library may keep its process alive
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 1000);
    this.#child.once('exit', () => clearTimeout(timer));
  }

  #reason(): string {
    // of a stack the line with the message, of remarks the last
    const lines = this.#remarks.trim().split('\n');
    const remark = lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1)!;
    const reason = this.#failure || remark;
    return reason === '' ? '' : `: ${reason}`;
  }
}
