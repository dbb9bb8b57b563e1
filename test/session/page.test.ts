/** A session in a worker of a page of Chromium. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bundleLibrary } from '../../scripts/build/library.ts';
import type { Position, RunFacts, SessionEvent } from '../../src/session/messages.ts';
import {
  inPage,
  openAddress,
  type Page,
  testInBrowser,
  withoutWebGpu,
  withWebGpu,
} from '../helpers/browser.ts';
import { temporaryFolder } from '../helpers/idx-file.ts';
import { askedIn, expectedWeights, giveData, sessionConfiguration } from '../helpers/session-page.ts';

const root = join(import.meta.dirname, '../..');
const fixture = (name: string): string => join(import.meta.dirname, '../fixtures', name);
const scripts = [fixture('session-page.ts')];
const workers = { '/session-worker.js': fixture('session-worker.ts') };

async function events(page: Page): Promise<SessionEvent[]> {
  return (await page.evaluate('events')) as SessionEvent[];
}

for (const isolated of [true, false]) {
  const what = isolated
    ? 'an isolated page: threads'
    : 'a page that is not isolated: one thread, which it says';
  testInBrowser(`${what}; seek, step, pause, and the weights of Node, bit for bit`, () =>
    inPage(scripts, { flags: withoutWebGpu, isolated, workers }, async (page) => {
      const ask = askedIn(page.evaluate);
      await giveData(ask);
      const { engine } = await ask<RunFacts>('configure', { ...sessionConfiguration, threads: 2 });
      assert.match(engine.description, isolated ? /, 2 threads$/ : /, 1 thread \(the page is not isolated: /);
      await ask('step', { count: 9 });
      assert.is(await page.evaluate('weights()'), await expectedWeights(9));
      await ask('seek', { step: 4 });
      assert.is(await page.evaluate('weights()'), await expectedWeights(4));
      await page.evaluate(`void ask('run', {})`);
      await page.evaluate('new Promise((resolve) => setTimeout(resolve, 100))');
      const { step } = await ask<Position>('pause');
      assert.ok(step > 9, `${step} steps`);
      // however far it came: the first twelve epochs, before it knows its few images by heart
      await ask('run', { until: 48 });
      const { branch } = await ask<Position>('set', { learningRate: 0.001 });
      assert.is(branch, 1);
      await ask('seek', { step: 5 });
      assert.is((await ask<Position>('set', { learningRate: 0.02 })).branch, 2);
      const points = (await events(page)).filter((event) => event.kind === 'validated');
      const lossAfter = (steps: number): number =>
        points.find(({ point }) => point.step === steps)!.point.loss;
      assert.ok(lossAfter(48) < lossAfter(4), 'the loss falls');
    }),
  );
}

/** Workers of the page, by name, and those that it has ended. `refused` is the name of one that cannot be started. */
const watchWorkers = (refused: string): string => `
  globalThis.made = [];
  globalThis.ended = [];
  const Original = Worker;
  globalThis.Worker = class Worker extends Original {
    constructor(url, options) {
      super(options.name === ${JSON.stringify(refused)} ? '/nowhere.js' : url, options);
      made.push(this.called = options.name);
    }
    terminate() {
      ended.push(this.called);
      super.terminate();
    }
  };`;

testInBrowser('the page starts the threads of a session, and ends them when they are not needed', () => {
  const before = watchWorkers('');
  return inPage(scripts, { flags: withoutWebGpu, isolated: true, workers, before }, async (page) => {
    const ask = askedIn(page.evaluate);
    await giveData(ask);
    const threads = { ...sessionConfiguration, threads: 3 };
    assert.match((await ask<RunFacts>('configure', threads)).engine.description, /, 3 threads$/);
    const names = ['weft thread 1', 'weft thread 2'];
    assert.equal(await page.evaluate('made.filter((name) => name).toSorted()'), names);
    assert.equal(await page.evaluate('ended'), []);
    await ask('step', { count: 3 });
    assert.is(await page.evaluate('weights()'), await expectedWeights(3));
    // whoever has started the worker may end it at any time
    await page.evaluate('worker.terminate()');
    await page.evaluate(`new Promise((resolve) => {
      const look = (left) => (ended.length < 3 && left > 0 ? setTimeout(look, 20, left - 1) : resolve());
      look(250);
    })`);
    assert.equal(await page.evaluate('ended.filter((name) => name).toSorted()'), names);
  });
});

testInBrowser('a page that cannot start the threads of a session says so: it has one', () => {
  const before = watchWorkers('weft thread 2');
  return inPage(scripts, { flags: withoutWebGpu, isolated: true, workers, before }, async (page) => {
    const ask = askedIn(page.evaluate);
    await giveData(ask);
    const { engine } = await ask<RunFacts>('configure', { ...sessionConfiguration, threads: 3 });
    assert.match(engine.description, /, 1 thread \(workers cannot be started: its file cannot be loaded\)$/);
    assert.ok(((await page.evaluate('ended')) as string[]).includes('weft thread 1'));
    await ask('step', { count: 3 });
    assert.is(await page.evaluate('weights()'), await expectedWeights(3));
  });
});

testInBrowser('it trains on while the page does nothing, and does not keep the page from anything', () =>
  inPage(scripts, { flags: withoutWebGpu, isolated: true, workers }, async (page) => {
    const ask = askedIn(page.evaluate);
    await giveData(ask);
    await ask('configure', sessionConfiguration);
    const before = (await page.evaluate('longest()')) as number;
    await page.evaluate(`void ask('run', {})`);
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 500))');
    const longest = (await page.evaluate('longest()')) as number;
    assert.ok(longest <= Math.max(before, 50), `a task of ${longest} ms`);
    const reached = `events.findLast(({ kind }) => kind === 'progress').position.step`;
    const [first, last] = (await page.evaluate(`(async () => {
      const first = ${reached};
      block(500);
      await ask('pause');
      return [first, ${reached}];
    })()`)) as [number, number];
    assert.ok(last > first + 10, `${first} to ${last} steps`);
  }),
);

testInBrowser('a GPU that is lost in the middle of a run: a notice, and it goes on without', () =>
  inPage(scripts, { flags: withWebGpu, workers }, async (page) => {
    const ask = askedIn(page.evaluate);
    await giveData(ask);
    const { engine } = await ask<RunFacts>('configure', { ...sessionConfiguration, engine: 'gpu' });
    assert.match(engine.description, /^WebGPU, /);
    await ask('step', { count: 6 });
    await page.evaluate(`worker.postMessage('lose')`);
    const { step } = await ask<Position>('step', { count: 40 });
    assert.is(step, 46);
    const notices = (await events(page)).filter((event) => event.kind === 'notice');
    assert.match(
      notices[0]?.text ?? '',
      /^the GPU is lost \(.*\); the run goes on from its last snapshot on the processor$/,
    );
    const evaluation = await ask<{ loss: number }>('evaluate', { part: 'validation' });
    assert.ok(Number.isFinite(evaluation.loss));
  }),
);

testInBrowser('the example: a page without a bundler, which has the data in pieces', async () => {
  const folder = temporaryFolder();
  await bundleLibrary(root, folder.path);
  const server = spawn(process.execPath, [join(root, 'examples/page.ts'), '0', folder.path]);
  try {
    const address = await new Promise<string>((resolve, reject) => {
      server.stdout.on('data', (text: Buffer) => resolve(/http:\S+/.exec(text.toString())![0]));
      server.stderr.on('data', (text: Buffer) => reject(new Error(text.toString())));
    });
    await openAddress(address, { flags: withoutWebGpu }, async (page) => {
      const line = `document.querySelector('#line').textContent`;
      await page.evaluate(`new Promise((resolve) => {
        const look = () => (/^epoch [3-9]/.test(${line}) ? resolve() : setTimeout(look, 100));
        look();
      })`);
      assert.match((await page.evaluate(line)) as string, /^epoch \d: 8\d\.\d %$/);
      assert.equal(
        page.console.filter((text) => !/^WebAssembly SIMD, .*, \d+ threads?$/.test(text)),
        [],
      );
    });
  } finally {
    server.kill();
    folder.remove();
  }
});

test('the example says in one line that the package is not built', async () => {
  const server = spawn(process.execPath, [join(root, 'examples/page.ts'), '0', '/nowhere']);
  let text = '';
  server.stderr.on('data', (more: Buffer) => (text += more.toString()));
  const status = await new Promise((resolve) => server.on('exit', resolve));
  assert.equal([status, text], [1, 'page: /nowhere is not the package: npm run build\n']);
});

test.run();
