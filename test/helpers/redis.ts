/** Redis servers of tests' own, in folders of their own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { type AddressInfo, connect, createServer } from 'node:net';
import { Redis } from 'ioredis';
import { testUnless } from './test-unless.ts';

const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

const noRedis = hasRedis ? null : 'there is no redis-server here (on Debian apt-get install redis-server)';

export function testWithRedis(what: string, body: () => void | Promise<void>): void {
  testUnless(noRedis, what, body);
}

/** Needs openssl, too, which makes certificates. */
export function testWithTls(what: string, body: () => void | Promise<void>): void {
  const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
  testUnless(noRedis ?? (hasOpenssl ? null : 'there is no openssl here'), what, body);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class RedisServer {
  readonly port: number;
  readonly #folder: string;
  readonly #words: readonly string[];
  #process: ChildProcess | null = null;

  private constructor(port: number, folder: string, words: readonly string[]) {
    this.port = port;
    this.#folder = folder;
    this.#words = words;
  }

  /** @param folder for its files @param words of its command line */
  static async start(folder: string, ...words: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), folder, words);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const settings = [
      '--port',
      String(this.port),
      '--dir',
      this.#folder,
      '--bind',
      '127.0.0.1',
      '--save',
      '',
    ];
    this.#process = spawn('redis-server', [...settings, ...this.#words], { stdio: 'ignore' });
    for (let attempt = 0; attempt < 200; attempt++) {
      if (await isListening(this.port)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await this.stop();
    throw new Error('redis-server does not start');
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const running = this.#process;
    if (running === null) return;
    this.#process = null;
    const ended = new Promise((resolve) => running.on('close', resolve));
    running.kill(signal);
    await ended;
  }

  client(): Redis {
    return new Redis(this.port, { maxRetriesPerRequest: null });
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
