import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfigFile } from '../../src/cli/options/config-file.ts';
import { readModelFile } from '../../src/model/model-file.ts';
import { readSafetensors } from '../../src/model/safetensors-file.ts';
import { temporaryFolder } from '../helpers/idx-file.ts';

const folder = temporaryFolder();
test.after(() => folder.remove());
const pipe = join(folder.path, 'pipe');
execFileSync('mkfifo', [pipe]);

for (const [option, read] of [
  ['--config', readConfigFile],
  ['--model', readModelFile],
  ['--init', readSafetensors],
] as const) {
  test(`${option}: a pipe without a writer, a device that never ends, a folder are refused at once`, () => {
    for (const [path, message] of [
      [pipe, /: this is a device or a pipe, not a regular file$/],
      ['/dev/zero', /: this is a device or a pipe, not a regular file$/],
      [folder.path, /: this is a folder, not a file$/],
    ] as const) {
      assert.throws(
        () => read(path),
        (error: Error) => error.message.includes(path) && message.test(error.message),
      );
    }
  });
}

test.run();
