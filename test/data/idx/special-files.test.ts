import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readIdxFolder } from '../../../src/data/idx/idx-folder.ts';
import { temporaryFolder, writeTinyDataset } from '../../helpers/idx-file.ts';

for (const file of ['classes.txt', 'SHA256SUMS']) {
  test(`${file}: a pipe without a writer, a device that never ends, a folder are refused at once`, () => {
    for (const [make, message] of [
      [['mkfifo'], /this is a device or a pipe, not a regular file/],
      [['ln', '-s', '/dev/zero'], /this is a device or a pipe, not a regular file/],
      [['mkdir'], /this is a folder, not a file/],
    ] as const) {
      const folder = temporaryFolder();
      writeTinyDataset(folder.path, 20, 10);
      const [program, ...args] = make;
      execFileSync(program, [...args, join(folder.path, file)]);
      assert.throws(
        () => readIdxFolder(folder.path),
        (error: Error) =>
          error.name === 'DataError' && error.message.includes(file) && message.test(error.message),
      );
      folder.remove();
    }
  });
}

test.run();
