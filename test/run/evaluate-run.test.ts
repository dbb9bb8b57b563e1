import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ReferenceEngine } from '../../src/engine/reference-engine.ts';
import { everyExample } from '../../src/run/dataset.ts';
import { evaluateRun } from '../../src/run/evaluate-run.ts';
import { noiseExamples, untrainedRun } from '../helpers/saved-run.ts';

test('weights that are finite, but so large that their products are not, are an error that names the run', async () => {
  const run = untrainedRun('the/run', [6, 6, 1], ['a', 'b', 'c']);
  const part = everyExample(noiseExamples(12, [6, 6, 1], 3));
  await evaluateRun(run, part, new ReferenceEngine());
  for (const { values } of run.weights.values()) values.fill(3e38);
  const refused = await evaluateRun(run, part, new ReferenceEngine()).then(
    () => 'nothing was refused',
    (error: Error) => `${error.name}: ${error.message}`,
  );
  assert.match(
    refused,
    /^RunError: the\/run: the network of this run gives probabilities that are not numbers/,
  );
});

test.run();
