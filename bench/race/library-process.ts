import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** The environment of this process, with the number of threads for OpenMP and OpenBLAS. */
export function threadEnvironment(threads: number): NodeJS.ProcessEnv {
  return { ...process.env, OMP_NUM_THREADS: `${threads}`, OPENBLAS_NUM_THREADS: `${threads}` };
}

/** A process that takes longer than this for an answer is killed. */
const mostSeconds = 300;

/** The last characters of standard error that are kept for an error message. */
const keptCharacters = 20_000;

/** The answer to one question. */
export type Answer = Readonly<Record<string, unknown>>;

/**
 * A library in a process of its own. It answers each line of JSON with one line of JSON, so that several libraries can
 * be measured in turn. `ask` throws an answer `{"error": …}` as an error.
 */
export class LibraryProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  readonly #closed: Promise<void>;
  readonly #name: string;
  /** What the process has written to standard error. */
  #errorOutput = '';
  /** Why the process did not start, or was killed. */
  #failure = '';

  /** Starts `command` with its arguments; OpenMP and OpenBLAS get `threads`. */
  constructor(command: string, args: readonly string[], threads: number) {
    this.#name = [command, ...args].join(' ');
    this.#child = spawn(command, args, { env: threadEnvironment(threads) });
    this.#closed = new Promise((resolve) => this.#child.once('close', () => resolve()));
    this.#child.on('error', (error) => (this.#failure = error.message));
    // a write to a process that has ended fails here; `ask` notices the end by the missing answer
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#errorOutput = `${this.#errorOutput}${chunk.toString()}`.slice(-keptCharacters);
    });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** @throws Error with the message of the library, or one that says why there was no answer */
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
      // wait until the last lines of standard error have arrived
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
    // most processes end when their input ends; some libraries keep theirs alive
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 1000);
    this.#child.once('exit', () => clearTimeout(timer));
  }

  #reason(): string {
    // the message of a stack trace, or else the last line
    const lines = this.#errorOutput.trim().split('\n');
    const message = lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1)!;
    const reason = this.#failure || message;
    return reason === '' ? '' : `: ${reason}`;
  }
}
