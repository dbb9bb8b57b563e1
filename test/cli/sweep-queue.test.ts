/** Sweeps by workers at a queue: killed workers, killed coordinators, a server that goes and comes, and what anybody may write. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Queue, QueueEvents } from 'bullmq';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeSafetensors } from '../../src/model/safetensors.ts';
import { cliFolder, main } from '../helpers/cli.ts';
import { freePort, RedisServer, testWithRedis, testWithTls } from '../helpers/redis.ts';

const folder = cliFolder();
const servers: RedisServer[] = [];
const children = new Set<ChildProcess>();
test.after(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const server of servers) await server.stop();
  folder.remove();
});
const { data, weft } = folder;

interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

function start(...words: string[]): Started {
  const child = spawn(process.execPath, [main, ...words], {
    cwd: folder.path,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  children.add(child);
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (code) => {
      children.delete(child);
      resolve(code);
    });
  });
  return { child, output: () => text, ended };
}

const startWorker = (url: string, ...words: string[]): Started =>
  start('worker', '--redis', url, '--threads', '1', '--lease', '1', '--data', data, ...words);

async function until(what: string, is: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1200; attempt++) {
    if (await is()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it never came to this: ${what}`);
}

async function serve(...words: string[]): Promise<RedisServer> {
  const path = join(folder.path, `redis-${servers.length}`);
  mkdirSync(path);
  const server = await RedisServer.start(path, ...words);
  servers.push(server);
  return server;
}

const shared = { data, engine: 'wasm', schedule: 'one-cycle', 'validation-split': 0.25 };
function writePlan(name: string, content: object): string {
  writeFileSync(join(folder.path, name), JSON.stringify(content));
  return name;
}
const resultsOf = (sweep: string): string[] => {
  const file = join(folder.path, sweep, 'results.jsonl');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .filter((line) => line !== '');
};
const essence = (sweep: string): string[] =>
  resultsOf(sweep)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .map(({ trial, seed, rung, epochs, score }) => JSON.stringify({ trial, seed, rung, epochs, score }))
    .toSorted();
/** Without what the file says about its origin: a model file has another place on a worker. */
const weights = (sweep: string, run: string): [string, unknown][] => {
  const bytes = readFileSync(join(folder.path, sweep, 'runs', run, 'model.safetensors'));
  return [...decodeSafetensors(bytes, run)];
};

/** The best runs came here, and have the bits of the local sweep. */
function assertSame(sweep: string, local: string, keep: number): void {
  assert.equal(essence(sweep), essence(local));
  const runs = readdirSync(join(folder.path, sweep, 'runs'));
  assert.is(runs.length, keep);
  for (const run of runs) assert.equal(weights(sweep, run), weights(local, run), run);
}

testWithRedis(
  '40 runs by 3 workers, of which 20 are killed: the results of the local sweep, bit for bit',
  async () => {
    // a model file: its layers go through the queue
    writeFileSync(
      join(folder.path, 'net.json'),
      JSON.stringify({
        layers: [
          { type: 'flatten' },
          { type: 'dense', units: 16 },
          { type: 'relu' },
          { type: 'dense', units: 10 },
        ],
      }),
    );
    const plan = writePlan('many.json', {
      options: { ...shared, engine: 'reference', model: './net.json', epochs: 4 },
      space: { 'learning-rate': { from: 0.0005, to: 0.02, scale: 'log' }, 'batch-size': [16, 32] },
      trials: 40,
    });
    const local = start('sweep', plan, '--out', 'many-local', '--quiet');
    const server = await serve();
    const workers = Array.from({ length: 3 }, () => startWorker(server.url));
    const sweep = start('sweep', plan, '--out', 'many', '--redis', server.url, '--keep', '4');
    let kills = 0;
    const over = sweep.ended.then(() => true);
    while (kills < 20) {
      // a kill every second or so, whatever the worker is doing
      const isOver = await Promise.race([
        over,
        new Promise<false>((resolve) => void setTimeout(() => resolve(false), 300 + 70 * (kills % 7))),
      ]);
      if (isOver) break;
      const victim = kills % workers.length;
      workers[victim]!.child.kill('SIGKILL');
      workers[victim] = startWorker(server.url);
      kills += 1;
    }
    assert.is(kills, 20, sweep.output());
    assert.is(await sweep.ended, 0, sweep.output());
    assert.is(await local.ended, 0, local.output());
    assertSame('many', 'many-local', 4);
    for (const { child, ended } of workers) {
      child.kill('SIGINT');
      assert.is(await ended, 130);
    }
  },
);

testWithRedis(
  'halving; a worker that is ended gives its run back; the coordinator is killed and goes on',
  async () => {
    const plan = writePlan('halved.json', {
      options: { ...shared, epochs: 90 },
      space: { 'batch-size': [8, 16], 'learning-rate': { from: 0.0005, to: 0.01, scale: 'log' } },
      trials: 7,
      halving: { from: 10, factor: 3 },
    });
    const local = start('sweep', plan, '--out', 'halved-local', '--quiet');
    const server = await serve();
    const words = ['sweep', plan, '--out', 'halved', '--redis', server.url];
    let sweep = start(...words);
    const first = startWorker(server.url);
    await until('a run has begun', () => first.output().includes('run     trial'));
    first.child.kill('SIGINT');
    assert.is(await first.ended, 130);
    const second = startWorker(server.url);
    await until('there are results', () => resultsOf('halved').length >= 2);
    sweep.child.kill('SIGKILL');
    await sweep.ended;
    // meanwhile the worker goes on
    await new Promise((resolve) => setTimeout(resolve, 1500));
    sweep = start(...words);
    assert.is(await sweep.ended, 0, `${sweep.output()}${second.output()}`);
    assert.match(sweep.output(), /results are there already/);
    assert.is(await local.ended, 0, local.output());
    assert.equal(essence('halved'), essence('halved-local'));
    second.child.kill('SIGINT');
    await second.ended;
  },
);

testWithRedis(
  'a run whose worker is killed in the middle goes on elsewhere from its last checkpoint',
  async () => {
    const epochs = 1200;
    const plan = writePlan('long.json', {
      options: { ...shared, epochs, 'batch-size': 4 },
      space: { dropout: [0.1] },
      method: 'grid',
    });
    const local = start('sweep', plan, '--out', 'long-local', '--quiet');
    const server = await serve();
    const client = server.client();
    const first = startWorker(server.url);
    const sweep = start('sweep', plan, '--out', 'long', '--redis', server.url);
    let [id, stored] = ['', 0];
    await until('there is a checkpoint', async () => {
      id = (await client.smembers('weft:sweeps'))[0] ?? '';
      stored = Number((id && (await client.hget(`weft:${id}:run:0-1`, 'epochs'))) || 0);
      return stored > 0;
    });
    first.child.kill('SIGKILL');
    await first.ended;
    stored = Number(await client.hget(`weft:${id}:run:0-1`, 'epochs'));
    assert.ok(stored < epochs, `${stored} epochs`);
    const told: number[] = [];
    const events = new QueueEvents(`weft-${id}`, { connection: client });
    events.on('progress', ({ data: progress }) => told.push((progress as { epoch: number }).epoch));
    await events.waitUntilReady();
    const second = startWorker(server.url);
    assert.is(await sweep.ended, 0, sweep.output());
    assert.is(told[0], stored + 1);
    await events.close();
    client.disconnect();
    assert.is(await local.ended, 0, local.output());
    assertSame('long', 'long-local', 1);
    second.child.kill('SIGINT');
    await second.ended;
  },
);

testWithRedis('a worker that is silent and comes back: its run is done twice, and counts once', async () => {
  const plan = writePlan('silent.json', {
    options: { ...shared, epochs: 300, 'batch-size': 4 },
    space: { dropout: [0.1, 0.2] },
    method: 'grid',
  });
  const local = start('sweep', plan, '--out', 'silent-local', '--quiet');
  const server = await serve();
  const silent = startWorker(server.url);
  const sweep = start('sweep', plan, '--out', 'silent', '--redis', server.url);
  await until('a run has begun', () => silent.output().includes('run     trial'));
  const [, trial] = /run {5}(trial \d)/.exec(silent.output())!;
  silent.child.kill('SIGSTOP');
  const other = startWorker(server.url);
  await until('another has begun it', () => other.output().includes(`run     ${trial}`));
  silent.child.kill('SIGCONT');
  assert.is(await sweep.ended, 0, sweep.output());
  assert.is(resultsOf('silent').length, 2);
  assert.is(await local.ended, 0, local.output());
  assertSame('silent', 'silent-local', 2);
  for (const { child, ended } of [silent, other]) {
    child.kill('SIGINT');
    await ended;
  }
});

testWithRedis(
  'the server is killed and started again, with what it has appended to its file: nothing is lost',
  async () => {
    const plan = writePlan('restart.json', {
      options: { ...shared, epochs: 30 },
      space: { 'learning-rate': [0.001, 0.002, 0.003, 0.004, 0.005, 0.006] },
      method: 'grid',
    });
    const local = start('sweep', plan, '--out', 'restart-local', '--quiet');
    const server = await serve('--appendonly', 'yes', '--appendfsync', 'always');
    const worker = startWorker(server.url);
    const sweep = start('sweep', plan, '--out', 'restart', '--redis', server.url);
    await until('there are results', () => resultsOf('restart').length >= 2);
    await server.stop('SIGKILL');
    await until('it is said', () => sweep.output().includes('does not answer'));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await server.start();
    assert.is(await sweep.ended, 0, `${sweep.output()}${worker.output()}`);
    assert.match(
      sweep.output(),
      /weft: Redis at 127\.0\.0\.1:\d+ does not answer \(.*\): trying again until it does\n/,
    );
    assert.match(sweep.output(), /weft: Redis at 127\.0\.0\.1:\d+ answers again\n/);
    assert.is(await local.ended, 0, local.output());
    assertSame('restart', 'restart-local', 3);
    worker.child.kill('SIGINT');
    await worker.ended;
  },
);

testWithRedis('without a server, a sweep and a worker end by Ctrl-C; what was done is kept', async () => {
  const plan = writePlan('gone.json', {
    options: { ...shared, epochs: 30 },
    space: { 'learning-rate': { from: 0.001, to: 0.01 } },
    trials: 50,
  });
  const server = await serve();
  const worker = startWorker(server.url);
  const sweep = start('sweep', plan, '--out', 'gone', '--redis', server.url);
  await until('there are results', () => resultsOf('gone').length >= 2);
  await server.stop('SIGKILL');
  await until('it is said', () =>
    [sweep, worker].every(({ output }) => output().includes('does not answer')),
  );
  const before = resultsOf('gone').length;
  for (const { child, ended, output } of [sweep, worker]) {
    child.kill('SIGINT');
    assert.is(await ended, 130, output());
  }
  assert.match(sweep.output(), /weft: to go on: npm run sweep -- gone\.json --out gone\n/);
  assert.is(resultsOf('gone').length, before);
  // here, with a limit of time: nothing begins any more
  writePlan('gone.json', {
    options: { ...shared, epochs: 30 },
    space: { 'learning-rate': { from: 0.001, to: 0.01 } },
    trials: 50,
    minutes: 0,
  });
  const { status, stderr } = weft('sweep', 'gone.json', '--out', 'gone', '--quiet');
  assert.match(stderr, /^weft: the 0 minutes are over: the same command goes on\n/);
  // the best run is not here: it is trained again, and tested
  assert.is(status, 0);
  assert.is(resultsOf('gone').length, before);
});

testWithRedis('what is no job is refused in one line, and nothing is done for it', async () => {
  const plan = writePlan('refused.json', {
    options: { ...shared, epochs: 2 },
    space: { 'learning-rate': [0.001] },
    method: 'grid',
  });
  const server = await serve();
  const sweep = start('sweep', plan, '--out', 'refused', '--redis', server.url);
  const client = server.client();
  let id = '';
  await until('it is announced', async () => {
    id = (await client.smembers('weft:sweeps'))[0] ?? '';
    return id !== '';
  });
  const queue = new Queue(`weft-${id}`, { connection: client });
  const job = { trial: 0, seed: 1, rung: 0, until: null, options: { epochs: 1 }, model: null };
  const wrong: readonly (readonly [job: unknown, message: string])[] = [
    ['rm -rf /', 'expected a job, got "rm -rf /"'],
    [{ ...job, run: 'process.exit()' }, 'a job has no "run"'],
    [{ ...job, trial: '../../x' }, 'a job: trial cannot be "../../x"'],
    [{ ...job, options: { out: '/tmp/evil' } }, 'a job: out names a place on this machine'],
    [{ ...job, options: { data: '/etc' } }, 'a job: data names a place on this machine'],
    [{ ...job, options: { model: '/etc/passwd' } }, 'a job: model names a place on this machine'],
    [{ ...job, options: { epoch: 3 } }, 'a job: unknown option "epoch"; did you mean epochs?'],
    [
      { ...job, options: { epochs: 'all' } },
      'a job: --epochs: expected a whole number from 1 to 100000, got "all"',
    ],
    [{ ...job, model: { name: '../evil', layers: [] } }, 'a job: model cannot be '],
  ];
  for (const [content] of wrong) await queue.add('run', content, { attempts: 3 });
  // and what is no announcement is no sweep
  await client.sadd('weft:sweeps', 'forged');
  await client.set('weft:sweep:forged', '{"id":"../..","title":7}');
  const worker = startWorker(server.url);
  assert.is(await sweep.ended, 0, sweep.output());
  await until('all were refused', () =>
    wrong.every(([, message]) => worker.output().includes(`a job is refused: ${message}`)),
  );
  assert.is(worker.output().split('a job is refused').length - 1, wrong.length);
  assert.not(existsSync('/tmp/evil'));
  await queue.close();
  client.disconnect();
  worker.child.kill('SIGINT');
  await worker.ended;
});

testWithRedis(
  'other code and other data are left to others, who are told why; a packed run that is damaged begins again',
  async () => {
    const plan = writePlan('left.json', {
      options: { ...shared, epochs: 2 },
      space: { 'learning-rate': [0.001, 0.002] },
      method: 'grid',
    });
    const server = await serve();
    const client = server.client();
    const elsewhere = join(folder.path, 'other-data');
    cpSync(data, elsewhere, { recursive: true });
    const [labels] = readdirSync(elsewhere).filter((file) => file.includes('train-labels'));
    const bytes = readFileSync(join(elsewhere, labels!));
    bytes[bytes.length - 1] = (bytes.at(-1)! + 1) % 3;
    writeFileSync(join(elsewhere, labels!), bytes);
    const stranger = start('worker', '--redis', server.url, '--data', elsewhere);
    const sweep = start('sweep', plan, '--out', 'left', '--redis', server.url);
    await until('it is said', () => /left to others: its data are .* differs/.test(stranger.output()));
    let announcement = '';
    await until('it is announced', async () => {
      const [id] = await client.smembers('weft:sweeps');
      announcement = (id && (await client.get(`weft:sweep:${id}`))) ?? '';
      return announcement !== '';
    });
    const { id } = JSON.parse(announcement) as { readonly id: string };
    await client.hset(`weft:${id}:run:0-1`, { epochs: 1, checksum: 'wrong', bytes: 'no run' });
    const copy = { ...(JSON.parse(announcement) as object), id: 'copy', code: '9.9.9+00000000' };
    await client.set('weft:sweep:copy', JSON.stringify(copy));
    await client.sadd('weft:sweeps', 'copy');
    const worker = startWorker(server.url);
    assert.is(await sweep.ended, 0, sweep.output());
    assert.match(worker.output(), /trial 0, seed 1, begins again: a packed run has another checksum/);
    await until('it is said', () => /it is of weft 9\.9\.9\+00000000, and this is \d/.test(worker.output()));
    client.disconnect();
    for (const { child, ended } of [worker, stranger]) {
      child.kill('SIGINT');
      await ended;
    }
  },
);

testWithRedis('passwords are never printed; what does not answer is one line', async () => {
  const server = await serve('--requirepass', 'sesame');
  const plan = writePlan('small.json', {
    options: { ...shared, epochs: 1 },
    space: { 'batch-size': [8] },
    trials: 1,
  });
  const cases = [
    [
      `redis://:wrong@127.0.0.1:${server.port}`,
      `no Redis answers at 127.0.0.1:${server.port}: it wants another password`,
      1,
    ],
    [server.url, `no Redis answers at 127.0.0.1:${server.port}: it wants another password`, 1],
    ['redis://:hidden@127.0.0.1:1', 'no Redis answers at 127.0.0.1:1: ECONNREFUSED', 1],
    [
      'http://:hidden@host',
      '--redis: expected redis://HOST:PORT, or rediss://HOST:PORT for TLS, got http://…',
      2,
    ],
    ['hidden', '--redis: expected redis://HOST:PORT, or rediss://HOST:PORT for TLS', 2],
  ] as const;
  for (const [url, message, expected] of cases) {
    for (const words of [['worker'], ['sweep', plan, '--out', 'unused']]) {
      const { status, stdout, stderr } = folder.weftIn({ WEFT_REDIS: url }, ...words);
      assert.is(stderr, `weft: ${message}\n`);
      assert.not.match(stdout + stderr, /hidden|wrong@|sesame/);
      assert.is(status, expected);
    }
  }
  assert.match(folder.weftIn({ WEFT_REDIS: '' }, 'worker').stderr, /^weft: --redis: where is the queue\? /);
  assert.match(weft('worker').stderr, /^weft: --redis: where is the queue\? /);
  const worker = startWorker(`redis://:sesame@127.0.0.1:${server.port}`);
  const sweep = start('sweep', plan, '--redis', `redis://:sesame@127.0.0.1:${server.port}`);
  assert.is(await sweep.ended, 0, sweep.output());
  assert.not.match(sweep.output() + worker.output(), /sesame/);
  worker.child.kill('SIGINT');
  await worker.ended;
});

testWithTls('by TLS, with a certificate of one’s own', async () => {
  const port = await freePort();
  const [key, certificate] = ['key.pem', 'certificate.pem'].map((file) => join(folder.path, file)) as [
    string,
    string,
  ];
  const made = folder.shell(
    `openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout ${key} -out ${certificate}`,
  );
  assert.is(made.status, 0, made.stderr);
  const tls = ['--tls-port', String(port), '--tls-cert-file', certificate, '--tls-key-file', key];
  await serve(...tls, '--tls-auth-clients', 'no', '--tls-ca-cert-file', certificate);
  const url = `rediss://localhost:${port}`;
  const plan = writePlan('tls.json', {
    options: { ...shared, epochs: 1 },
    space: { 'batch-size': [8] },
    trials: 1,
  });
  const stranger = folder.weftIn({ WEFT_REDIS: url }, 'worker');
  assert.match(
    stranger.stderr,
    /^weft: no Redis answers at localhost:\d+: [A-Z_]*SELF_SIGNED_CERT[A-Z_]*\n$/,
  );
  process.env['NODE_EXTRA_CA_CERTS'] = certificate;
  const worker = startWorker(url);
  const sweep = start('sweep', plan, '--redis', url);
  delete process.env['NODE_EXTRA_CA_CERTS'];
  assert.is(await sweep.ended, 0, sweep.output());
  worker.child.kill('SIGINT');
  await worker.ended;
});

test.run();
