/** Sweeps by workers at a queue: killed and silent workers, a killed coordinator, a server that goes and comes. */
import { writeFileSync } from 'node:fs';
import { QueueEvents } from 'bullmq';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testWithRedis } from '../helpers/redis.ts';
import { interrupt, QueueFolder, until } from '../helpers/sweep-queue.ts';
import { assertSame, essence, resultsOf } from '../helpers/sweep-results.ts';

const queue = new QueueFolder();
test.after(() => queue.remove());

testWithRedis(
  '40 runs by 3 workers, of which 20 are killed: the results of the local sweep, bit for bit',
  async () => {
    // a model file: its layers go through the queue
    writeFileSync(
      queue.at('net.json'),
      JSON.stringify({
        layers: [
          { type: 'flatten' },
          { type: 'dense', units: 16 },
          { type: 'relu' },
          { type: 'dense', units: 10 },
        ],
      }),
    );
    const plan = queue.writePlan('many.json', {
      options: { ...queue.shared, engine: 'reference', model: './net.json', epochs: 4 },
      space: { 'learning-rate': { from: 0.0005, to: 0.02, scale: 'log' }, 'batch-size': [16, 32] },
      trials: 40,
    });
    const local = queue.start('sweep', plan, '--out', 'many-local', '--quiet');
    const server = await queue.serve();
    const workers = Array.from({ length: 3 }, () => queue.startWorker(server.url));
    const sweep = queue.start('sweep', plan, '--out', 'many', '--redis', server.url, '--keep', '4');
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
      workers[victim] = queue.startWorker(server.url);
      kills += 1;
    }
    assert.is(kills, 20, sweep.output());
    assert.is(await sweep.ended, 0, sweep.output());
    assert.is(await local.ended, 0, local.output());
    assertSame(queue.at('many'), queue.at('many-local'), 4);
    assert.equal(await interrupt(...workers), [130, 130, 130]);
  },
);

testWithRedis(
  'halving; a worker that is ended gives its run back; the coordinator is killed and goes on',
  async () => {
    const plan = queue.writePlan('halved.json', {
      options: { ...queue.shared, epochs: 90 },
      space: { 'batch-size': [8, 16], 'learning-rate': { from: 0.0005, to: 0.01, scale: 'log' } },
      trials: 7,
      halving: { from: 10, factor: 3 },
    });
    const local = queue.start('sweep', plan, '--out', 'halved-local', '--quiet');
    const server = await queue.serve();
    const words = ['sweep', plan, '--out', 'halved', '--redis', server.url];
    let sweep = queue.start(...words);
    const first = queue.startWorker(server.url);
    await until('a run has begun', () => first.output().includes('run     trial'));
    assert.equal(await interrupt(first), [130]);
    const second = queue.startWorker(server.url);
    await until('there are results', () => resultsOf(queue.at('halved')).length >= 2);
    sweep.child.kill('SIGKILL');
    await sweep.ended;
    // meanwhile the worker goes on
    await new Promise((resolve) => setTimeout(resolve, 1500));
    sweep = queue.start(...words);
    assert.is(await sweep.ended, 0, `${sweep.output()}${second.output()}`);
    assert.match(sweep.output(), /results are there already/);
    assert.is(await local.ended, 0, local.output());
    assert.equal(essence(queue.at('halved')), essence(queue.at('halved-local')));
    await interrupt(second);
  },
);

testWithRedis(
  'a run whose worker is killed in the middle goes on elsewhere from its last checkpoint',
  async () => {
    const epochs = 1200;
    const plan = queue.writePlan('long.json', {
      options: { ...queue.shared, epochs, 'batch-size': 4 },
      space: { dropout: [0.1] },
      method: 'grid',
    });
    const local = queue.start('sweep', plan, '--out', 'long-local', '--quiet');
    const server = await queue.serve();
    const client = server.client();
    const first = queue.startWorker(server.url);
    const sweep = queue.start('sweep', plan, '--out', 'long', '--redis', server.url);
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
    const second = queue.startWorker(server.url);
    assert.is(await sweep.ended, 0, sweep.output());
    assert.is(told[0], stored + 1);
    await events.close();
    client.disconnect();
    assert.is(await local.ended, 0, local.output());
    assertSame(queue.at('long'), queue.at('long-local'), 1);
    await interrupt(second);
  },
);

testWithRedis('a worker that is silent and comes back: its run is done twice, and counts once', async () => {
  const plan = queue.writePlan('silent.json', {
    options: { ...queue.shared, epochs: 300, 'batch-size': 4 },
    space: { dropout: [0.1, 0.2] },
    method: 'grid',
  });
  const local = queue.start('sweep', plan, '--out', 'silent-local', '--quiet');
  const server = await queue.serve();
  const silent = queue.startWorker(server.url);
  const sweep = queue.start('sweep', plan, '--out', 'silent', '--redis', server.url);
  await until('a run has begun', () => silent.output().includes('run     trial'));
  const [, trial] = /run {5}(trial \d)/.exec(silent.output())!;
  silent.child.kill('SIGSTOP');
  const other = queue.startWorker(server.url);
  await until('another has begun it', () => other.output().includes(`run     ${trial}`));
  silent.child.kill('SIGCONT');
  assert.is(await sweep.ended, 0, sweep.output());
  assert.is(resultsOf(queue.at('silent')).length, 2);
  assert.is(await local.ended, 0, local.output());
  assertSame(queue.at('silent'), queue.at('silent-local'), 2);
  await interrupt(silent, other);
});

testWithRedis(
  'the server is killed and started again, with what it has appended to its file: nothing is lost',
  async () => {
    const plan = queue.writePlan('restart.json', {
      options: { ...queue.shared, epochs: 30 },
      space: { 'learning-rate': [0.001, 0.002, 0.003, 0.004, 0.005, 0.006] },
      method: 'grid',
    });
    const local = queue.start('sweep', plan, '--out', 'restart-local', '--quiet');
    const server = await queue.serve('--appendonly', 'yes', '--appendfsync', 'always');
    const worker = queue.startWorker(server.url);
    const sweep = queue.start('sweep', plan, '--out', 'restart', '--redis', server.url);
    await until('there are results', () => resultsOf(queue.at('restart')).length >= 2);
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
    assertSame(queue.at('restart'), queue.at('restart-local'), 3);
    await interrupt(worker);
  },
);

testWithRedis('without a server, a sweep and a worker end by Ctrl-C; what was done is kept', async () => {
  const plan = queue.writePlan('gone.json', {
    options: { ...queue.shared, epochs: 30 },
    space: { 'learning-rate': { from: 0.001, to: 0.01 } },
    trials: 50,
  });
  const server = await queue.serve();
  const worker = queue.startWorker(server.url);
  const sweep = queue.start('sweep', plan, '--out', 'gone', '--redis', server.url);
  await until('there are results', () => resultsOf(queue.at('gone')).length >= 2);
  await server.stop('SIGKILL');
  await until('it is said', () =>
    [sweep, worker].every(({ output }) => output().includes('does not answer')),
  );
  const before = resultsOf(queue.at('gone')).length;
  for (const { child, ended, output } of [sweep, worker]) {
    child.kill('SIGINT');
    assert.is(await ended, 130, output());
  }
  assert.match(sweep.output(), /weft: to go on: npm run sweep -- gone\.json --out gone\n/);
  assert.is(resultsOf(queue.at('gone')).length, before);
  // here, with a limit of time: nothing begins any more
  queue.writePlan('gone.json', {
    options: { ...queue.shared, epochs: 30 },
    space: { 'learning-rate': { from: 0.001, to: 0.01 } },
    trials: 50,
    minutes: 0,
  });
  const { status, stderr } = queue.cli.weft('sweep', 'gone.json', '--out', 'gone', '--quiet');
  assert.match(stderr, /^weft: the 0 minutes are over: the same command goes on\n/);
  // the best run is not here: it is trained again, and tested
  assert.is(status, 0);
  assert.is(resultsOf(queue.at('gone')).length, before);
});

test.run();
