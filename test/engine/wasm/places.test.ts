import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Places } from '../../../src/engine/wasm/places.ts';

test('what was given back is given out again, neighbours joined, and the end falls', () => {
  const places = new Places(1024);
  const [a, b, c] = [places.take(100), places.take(64), places.take(1)];
  assert.equal([a, b, c, places.end], [1024, 1152, 1216, 1280]);
  places.giveBack(a, 100);
  places.giveBack(b, 64);
  assert.is(places.take(192), a, 'both together');
  places.giveBack(a, 192);
  assert.is(places.take(64), a);
  assert.is(places.take(64), a + 64);
  places.giveBack(c, 1);
  assert.is(places.end, 1152);
  places.giveBack(a, 64);
  places.giveBack(a + 64, 64);
  assert.is(places.end, 1024);
});

test('no two places overlap, and all of them given back is nothing', () => {
  const steps = fc.array(fc.oneof(fc.integer({ min: 1, max: 900 }), fc.constant(0)), { maxLength: 60 });
  fc.assert(
    fc.property(steps, fc.infiniteStream(fc.nat()), (sizes, choices) => {
      const places = new Places(64);
      const taken: { start: number; size: number }[] = [];
      for (const size of sizes) {
        if (size > 0) {
          const start = places.take(size);
          assert.is(start % 64, 0);
          assert.ok(start >= 64 && start + size <= places.end);
          for (const other of taken) {
            assert.ok(start + size <= other.start || other.start + other.size <= start, 'they overlap');
          }
          taken.push({ start, size });
        } else if (taken.length > 0) {
          const [place] = taken.splice(choices.next().value! % taken.length, 1);
          places.giveBack(place!.start, place!.size);
        }
      }
      for (const { start, size } of taken) places.giveBack(start, size);
      assert.is(places.end, 64);
    }),
  );
});

test.run();
