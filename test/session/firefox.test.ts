/** The wasm engine and sessions in Firefox: another engine of WebAssembly, threads and messages. */
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Position, RunFacts } from '../../src/session/messages.ts';
import { bundledPage, servePage } from '../helpers/browser.ts';
import { openInFirefox, testInFirefox } from '../helpers/firefox.ts';
import { askedIn, expectedWeights, giveData, sessionConfiguration } from '../helpers/session-page.ts';

const fixture = (name: string): string => join(import.meta.dirname, '../fixtures', name);

for (const isolated of [true, false]) {
  const what = isolated ? 'an isolated page has threads' : 'a page that is not isolated has one thread';
  testInFirefox(`${what}, and the weights of Node, bit for bit`, async () => {
    const workers = { '/session-worker.js': fixture('session-worker.ts') };
    const files = await bundledPage([fixture('session-page.ts')], workers);
    await servePage(files, { isolated }, (address) =>
      openInFirefox(address, async (evaluate) => {
        const ask = askedIn(evaluate);
        await giveData(ask);
        const { engine } = await ask<RunFacts>('configure', { ...sessionConfiguration, threads: 2 });
        assert.match(engine.description, isolated ? /^WebAssembly SIMD, .*, 2 threads$/ : /, 1 thread \(/);
        await ask('step', { count: 9 });
        assert.is(await evaluate('weights()'), await expectedWeights(9));
        await ask('seek', { step: 4 });
        assert.is(await evaluate('weights()'), await expectedWeights(4));
        await evaluate(`void ask('run', {})`);
        await evaluate('new Promise((resolve) => setTimeout(resolve, 100))');
        assert.ok((await ask<Position>('pause')).step > 4);
      }),
    );
  });
}

test.run();
