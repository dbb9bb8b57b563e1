import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertClose } from '../helpers/close.ts';
import { testOnAdapter } from '../helpers/gpu.ts';
import { temporaryFolder, writeTinyDataset } from '../helpers/idx-file.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const folder = temporaryFolder();
test.after(() => folder.remove());
const data = join(folder.path, 'data');
mkdirSync(data);
writeTinyDataset(data);

function weft(args: readonly string[], environment: NodeJS.ProcessEnv = {}): ReturnType<typeof run> {
  return run([main, 'train', '--data', data, '--epochs', '2', ...args], environment);
}

function run(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, NO_COLOR: '1', ...environment };
  return spawnSync(process.execPath, args, { encoding: 'utf8', cwd: folder.path, env });
}

testOnAdapter('--engine gpu names the adapter and trains as the plain loops do', () => {
  const options = ['--dropout', '0.2', '--flip', '--shift', '1', '--batch-size', '23'];
  const onGpu = weft([...options, '--engine', 'gpu', '--out', 'gpu']);
  assert.is(onGpu.status, 0, onGpu.stderr);
  assert.match(onGpu.stdout, /^engine {2}gpu: WebGPU by gpu\.js, .+ \(asked for\)$/m);
  const plain = weft([...options, '--engine', 'reference', '--out', 'reference']);
  assert.is(plain.status, 0, plain.stderr);
  const losses = (path: string): number[] => {
    const rows = readFileSync(join(folder.path, path, 'history.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1);
    return rows.map((row) => Number(row.split(',')[1]));
  };
  assert.is(losses('gpu').length, 2);
  assertClose(losses('gpu'), losses('reference'), { rtol: 1e-4, atol: 0 }, 'loss');
});

const testOnLinux: (name: string, body: () => void) => void = (name, body) =>
  process.platform === 'linux' ? test(name, body) : test.skip(name, body);

testOnLinux('--engine gpu without an adapter fails with a line that says what to install', () => {
  // a driver that does not exist hides all others from Vulkan
  const missing = '/nonexistent.json';
  const { status, stderr } = weft(['--engine', 'gpu', '--out', 'failed'], {
    VK_ICD_FILENAMES: missing,
    VK_DRIVER_FILES: missing,
  });
  assert.is(status, 1);
  assert.match(stderr.trim().split('\n').at(-1)!, /^weft: the gpu engine cannot run: .*install/);
  assert.throws(() => readFileSync(join(folder.path, 'failed', 'config.json')), 'ENOENT');
});

test.run();
