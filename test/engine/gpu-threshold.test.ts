import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GpuThreshold } from '../../src/engine/gpu-threshold.ts';

/** A machine whose GPU takes these seconds by size, and whose processor always takes 5. It notes what is asked. */
function machine(
  gpu: Readonly<Record<number, number>> | null,
  asked: string[],
): ConstructorParameters<typeof GpuThreshold>[0] {
  return {
    hasHardware: () => {
      asked.push('hardware?');
      return Promise.resolve(gpu !== null);
    },
    time: (size, on) => {
      asked.push(`${size} ${on}`);
      const seconds = on === 'gpu' ? gpu![size] : 5;
      return seconds === undefined ? Promise.reject(new Error('the GPU is gone')) : Promise.resolve(seconds);
    },
  };
}

test('small products ask for nothing', async () => {
  const asked: string[] = [];
  const threshold = new GpuThreshold(machine({ 512: 1 }, asked));
  assert.is(await threshold.isReachedBy(512 ** 3 - 1), false);
  assert.equal(asked, []);
});

test('the first size at which the GPU takes less time, measured once, even for two products at a time', async () => {
  const asked: string[] = [];
  const threshold = new GpuThreshold(machine({ 512: 5, 1024: 4, 2048: 3 }, asked));
  const both = await Promise.all([threshold.isReachedBy(1024 ** 3 - 1), threshold.isReachedBy(1024 ** 3)]);
  assert.equal(both, [false, true]);
  assert.is(await threshold.isReachedBy(512 ** 3), false);
  assert.is(await threshold.isReachedBy(4096 ** 3), true);
  assert.equal(asked, ['hardware?', '512 gpu', '512 processor', '1024 gpu', '1024 processor']);
});

test('never, if the GPU never wins, fails, or is software', async () => {
  for (const [gpu, sizesTimed] of [
    [{ 512: 9, 1024: 8, 2048: 5 }, 3],
    [{}, 1],
    [null, 0],
  ] as const) {
    const asked: string[] = [];
    const threshold = new GpuThreshold(machine(gpu, asked));
    assert.is(await threshold.isReachedBy(2 ** 50), false);
    assert.is(await threshold.isReachedBy(2 ** 50), false);
    assert.is(asked.filter((question) => question.endsWith('gpu')).length, sizesTimed);
  }
});

test.run();
