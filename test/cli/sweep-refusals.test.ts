/** What a worker does not take from a queue, and what nobody is told: jobs that are none, other code and data, passwords. */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Queue } from 'bullmq';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { freePort, testWithRedis, testWithTls } from '../helpers/redis.ts';
import { interrupt, QueueFolder, until } from '../helpers/sweep-queue.ts';

const queue = new QueueFolder();
test.after(() => queue.remove());

testWithRedis('what is no job is refused in one line, and nothing is done for it', async () => {
  const plan = queue.writePlan('refused.json', {
    options: { ...queue.shared, epochs: 2 },
    space: { 'learning-rate': [0.001] },
    method: 'grid',
  });
  const server = await queue.serve();
  const sweep = queue.start('sweep', plan, '--out', 'refused', '--redis', server.url);
  const client = server.client();
  let id = '';
  await until('it is announced', async () => {
    id = (await client.smembers('weft:sweeps'))[0] ?? '';
    return id !== '';
  });
  const jobs = new Queue(`weft-${id}`, { connection: client });
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
  for (const [content] of wrong) await jobs.add('run', content, { attempts: 3 });
  // and what is no announcement is no sweep
  await client.sadd('weft:sweeps', 'forged');
  await client.set('weft:sweep:forged', '{"id":"../..","title":7}');
  const worker = queue.startWorker(server.url);
  assert.is(await sweep.ended, 0, sweep.output());
  await until('all were refused', () =>
    wrong.every(([, message]) => worker.output().includes(`a job is refused: ${message}`)),
  );
  assert.is(worker.output().split('a job is refused').length - 1, wrong.length);
  assert.not(existsSync('/tmp/evil'));
  await jobs.close();
  client.disconnect();
  await interrupt(worker);
});

testWithRedis(
  'other code and other data are left to others, who are told why; a packed run that is damaged begins again',
  async () => {
    const plan = queue.writePlan('left.json', {
      options: { ...queue.shared, epochs: 2 },
      space: { 'learning-rate': [0.001, 0.002] },
      method: 'grid',
    });
    const server = await queue.serve();
    const client = server.client();
    const elsewhere = queue.at('other-data');
    cpSync(queue.cli.data, elsewhere, { recursive: true });
    const [labels] = readdirSync(elsewhere).filter((file) => file.includes('train-labels'));
    const bytes = readFileSync(`${elsewhere}/${labels!}`);
    bytes[bytes.length - 1] = (bytes.at(-1)! + 1) % 3;
    writeFileSync(`${elsewhere}/${labels!}`, bytes);
    const stranger = queue.start('worker', '--redis', server.url, '--data', elsewhere);
    const sweep = queue.start('sweep', plan, '--out', 'left', '--redis', server.url);
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
    const worker = queue.startWorker(server.url);
    assert.is(await sweep.ended, 0, sweep.output());
    assert.match(worker.output(), /trial 0, seed 1, begins again: a packed run has another checksum/);
    await until('it is said', () => /it is of weft 9\.9\.9\+00000000, and this is \d/.test(worker.output()));
    client.disconnect();
    await interrupt(worker, stranger);
  },
);

testWithRedis('passwords are never printed; what does not answer is one line', async () => {
  const server = await queue.serve('--requirepass', 'sesame');
  const plan = queue.writePlan('small.json', {
    options: { ...queue.shared, epochs: 1 },
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
      const { status, stdout, stderr } = queue.cli.weftIn({ WEFT_REDIS: url }, ...words);
      assert.is(stderr, `weft: ${message}\n`);
      assert.not.match(stdout + stderr, /hidden|wrong@|sesame/);
      assert.is(status, expected);
    }
  }
  assert.match(
    queue.cli.weftIn({ WEFT_REDIS: '' }, 'worker').stderr,
    /^weft: --redis: where is the queue\? /,
  );
  assert.match(queue.cli.weft('worker').stderr, /^weft: --redis: where is the queue\? /);
  const worker = queue.startWorker(`redis://:sesame@127.0.0.1:${server.port}`);
  const sweep = queue.start('sweep', plan, '--redis', `redis://:sesame@127.0.0.1:${server.port}`);
  assert.is(await sweep.ended, 0, sweep.output());
  assert.not.match(sweep.output() + worker.output(), /sesame/);
  await interrupt(worker);
});

testWithTls('by TLS, with a certificate of one’s own', async () => {
  const port = await freePort();
  const [key, certificate] = ['key.pem', 'certificate.pem'].map((file) => queue.at(file)) as [string, string];
  const made = queue.cli.shell(
    `openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout ${key} -out ${certificate}`,
  );
  assert.is(made.status, 0, made.stderr);
  const tls = ['--tls-port', String(port), '--tls-cert-file', certificate, '--tls-key-file', key];
  await queue.serve(...tls, '--tls-auth-clients', 'no', '--tls-ca-cert-file', certificate);
  const url = `rediss://localhost:${port}`;
  const plan = queue.writePlan('tls.json', {
    options: { ...queue.shared, epochs: 1 },
    space: { 'batch-size': [8] },
    trials: 1,
  });
  const stranger = queue.cli.weftIn({ WEFT_REDIS: url }, 'worker');
  assert.match(
    stranger.stderr,
    /^weft: no Redis answers at localhost:\d+: [A-Z_]*SELF_SIGNED_CERT[A-Z_]*\n$/,
  );
  process.env['NODE_EXTRA_CA_CERTS'] = certificate;
  const worker = queue.startWorker(url);
  const sweep = queue.start('sweep', plan, '--redis', url);
  delete process.env['NODE_EXTRA_CA_CERTS'];
  assert.is(await sweep.ended, 0, sweep.output());
  await interrupt(worker);
});

test.run();
