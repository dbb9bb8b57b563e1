// Installs the dependencies when they are missing or differ from package-lock.json, so that one command
// works on a fresh clone. Plain JavaScript without dependencies: it runs before anything is installed, on
// whatever Node the machine has. The TypeScript runtime itself is one of the packages it installs. What only
// development needs (tests, checks, benchmarks) is installed when it is asked for: `setup.mjs --dev`.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const development = process.argv.includes('--dev');

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
  } catch {
    return null;
  }
}

/** Whether a locked package is the Node for this machine. */
function isRuntime(path, entry) {
  return (
    /^node_modules\/node-(bin-)?(linux|darwin|win)-/.test(path) &&
    entry.os.includes(process.platform) &&
    entry.cpu.includes(process.arch)
  );
}

/** Whether every locked package that is needed is installed at its locked version. npm records what it installed in
 * node_modules/.package-lock.json; other optional packages are for other platforms and may be absent. */
function isComplete(locked, installed) {
  return Object.entries(locked).every(([path, entry]) => {
    if (path === '' || (entry.dev && !development)) return true;
    const found = installed[path];
    return found ? found.version === entry.version : entry.optional && !isRuntime(path, entry);
  });
}

const locked = readPackages('package-lock.json');
const installed = readPackages('node_modules/.package-lock.json');
if (locked === null) {
  console.error('setup: package-lock.json is missing or damaged; clone the repository again.');
  process.exit(1);
}
if (installed === null || !isComplete(locked, installed)) {
  console.error('setup: installing dependencies with `npm ci` (once) …');
  const npm = process.env.npm_execpath; // npm's own JavaScript, set while npm runs a script
  const omit = development ? [] : ['--omit=dev'];
  const args = ['ci', ...omit, '--no-audit', '--no-fund', '--loglevel=error'];
  const result = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: ['ignore', 2, 2] })
    : spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (result.status !== 0) {
    console.error('setup: `npm ci` failed; see the lines above. Is the npm registry reachable?');
    process.exit(1);
  }
}
