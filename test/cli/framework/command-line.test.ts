import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { commandLine } from '../../../src/cli/framework/command-line.ts';

test('a command line is a script in the clone, and one of npx in the package', () => {
  const lines = {
    'npm run train': 'npx weft train',
    'npm run find-lr -- --to 10': 'npx weft find-lr --to 10',
    'npm run --silent predict -- run - --json < shoe.jpg': 'npx weft predict run - --json < shoe.jpg',
  };
  for (const [script, installed] of Object.entries(lines)) {
    assert.is(commandLine(script), script);
    assert.is(commandLine(script, false), installed);
  }
});

test.run();
