import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WasmEngine } from '../../src/engine/wasm/engine.ts';
import { encodeSafetensors } from '../../src/model/safetensors.ts';
import { readWeights } from '../../src/model/weights.ts';
import { SessionData } from '../../src/session/session-data.ts';
import { defaultSettings } from '../../src/session/settings.ts';
import { Timeline } from '../../src/session/timeline.ts';
import { assertRejects } from '../helpers/assert-rejects.ts';
import { replaceMethod } from '../helpers/replace-method.ts';
import { counts, description, piece } from '../helpers/session.ts';

const settings = { ...defaultSettings, batchSize: 32 };

/** Of a small network after 5 steps, something else, and 4 more. */
async function weightsAfter(between: (timeline: Timeline, engine: WasmEngine) => Promise<void>) {
  const engine = await WasmEngine.start({ threads: 1 });
  try {
    const data = new SessionData(description);
    data.add(piece('train'));
    const layers = [{ type: 'flatten' }, { type: 'dense', units: 3 }] as const;
    const parts = { engine, data, layers, network: 'small', seed: 1 };
    const timeline = await Timeline.begin(parts, { settings, examples: counts.train });
    while (timeline.step < 5) await timeline.advance();
    await between(timeline, engine);
    while (timeline.step < 9) await timeline.advance();
    return Buffer.from(encodeSafetensors(await readWeights(timeline.trainer.model, engine)));
  } finally {
    await engine.close();
  }
}

test('settings that the engine has no room for change nothing', async () => {
  const expected = await weightsAfter(async () => {});
  const weights = await weightsAfter(async (timeline, engine) => {
    let isFirst = true;
    const undo = replaceMethod(engine, 'compile', (compile) => async (program) => {
      if (!isFirst) return compile(program);
      isFirst = false;
      throw new RangeError('there is no memory');
    });
    await assertRejects(timeline.change({ ...settings, optimizer: 'sgd' }, counts.train), /^there is no mem/);
    undo();
    assert.is(timeline.settings.optimizer, 'adam');
    assert.is(timeline.branch.segments.length, 1);
  });
  assert.ok(weights.equals(expected));
});

test('settings that are changed and changed back between two steps are no change', async () => {
  const expected = await weightsAfter(async () => {});
  const weights = await weightsAfter(async (timeline) => {
    await timeline.change({ ...settings, l2: 0.1 }, counts.train);
    assert.is(timeline.branch.segments.length, 2);
    await timeline.change({ ...settings }, counts.train);
    assert.is(timeline.branch.segments.length, 1);
  });
  assert.ok(weights.equals(expected));
});

test.run();
