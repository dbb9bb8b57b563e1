import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RunFolder } from '../../src/run/folder.ts';
import { temporaryFolder } from '../helpers/idx-file.ts';

const place = temporaryFolder();
const before = process.cwd();
test.before(() => process.chdir(place.path));
test.after(() => {
  process.chdir(before);
  place.remove();
});

test('runs that begin in the same second get a folder each, also while the first is still empty', () => {
  const time = new Date('2026-01-31T12:30:00.400Z');
  const first = RunFolder.createDefault('mlp', time);
  const path = join('runs', '2026-01-31T12-30-00-mlp');
  mkdirSync(`${path}-2`); // another process has made it, and not locked it yet
  const third = RunFolder.createDefault('mlp', time);
  assert.equal([first.path, third.path], [path, `${path}-3`]);
  for (const folder of [first, third]) folder.close();
  assert.equal(
    readdirSync('runs').toSorted(),
    [path, `${path}-2`, `${path}-3`].map((made) => made.slice(5)),
  );
});

test.run();
