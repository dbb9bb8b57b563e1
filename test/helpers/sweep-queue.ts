/** Sweeps and workers as processes, and servers of queues for them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliFolder, type CliFolder, main } from './cli.ts';
import { RedisServer } from './redis.ts';

export interface Started {
  readonly child: ChildProcess;
  /** All that it has printed so far. */
  readonly output: () => string;
  /** The exit code, once it has ended. */
  readonly ended: Promise<number | null>;
}

/** A folder with a data set, in which sweeps and workers run. */
export class QueueFolder {
  readonly cli: CliFolder = cliFolder();
  /** Options of all sweeps here. */
  readonly shared: object = {
    data: this.cli.data,
    engine: 'wasm',
    schedule: 'one-cycle',
    'validation-split': 0.25,
  };
  readonly #servers: RedisServer[] = [];
  readonly #children = new Set<ChildProcess>();

  /** Where a file or a sweep of this name is. */
  at(name: string): string {
    return join(this.cli.path, name);
  }

  start(...words: string[]): Started {
    const child = spawn(process.execPath, [main, ...words], {
      cwd: this.cli.path,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
    });
    this.#children.add(child);
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => {
      child.on('close', (code) => {
        this.#children.delete(child);
        resolve(code);
      });
    });
    return { child, output: () => text, ended };
  }

  startWorker(url: string, ...words: string[]): Started {
    const settings = ['--threads', '1', '--lease', '1', '--data', this.cli.data];
    return this.start('worker', '--redis', url, ...settings, ...words);
  }

  async serve(...words: string[]): Promise<RedisServer> {
    const path = this.at(`redis-${this.#servers.length}`);
    mkdirSync(path);
    const server = await RedisServer.start(path, ...words);
    this.#servers.push(server);
    return server;
  }

  /** @returns its name, for the command line */
  writePlan(name: string, content: object): string {
    writeFileSync(this.at(name), JSON.stringify(content));
    return name;
  }

  async remove(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const server of this.#servers) await server.stop();
    this.cli.remove();
  }
}

/** Ends them as Ctrl-C does. @returns their exit codes */
export async function interrupt(...processes: Started[]): Promise<(number | null)[]> {
  for (const { child } of processes) child.kill('SIGINT');
  return Promise.all(processes.map(({ ended }) => ended));
}

export async function until(what: string, is: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1200; attempt++) {
    if (await is()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it never came to this: ${what}`);
}
