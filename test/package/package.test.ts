/** The package, as who installs it has it: in a project of its own, outside of the tree. */
import { globSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build as esbuild } from 'esbuild';
import { publint } from 'publint';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { build as vite } from 'vite';
import type { Trained } from '../fixtures/package/mlp.ts';
import type { Driven } from '../fixtures/package/session.ts';
import { openPage, type Page, testInBrowser, withoutWebGpu } from '../helpers/browser.ts';
import { succeed, userProject } from '../helpers/package.ts';

const root = join(import.meta.dirname, '../..');
const bin = join(root, 'node_modules/.bin');

const project = userProject();
const { path, run } = project;
const isOnline = project.install(project.library);
if (!isOnline) console.log('skipped: the registry is not reached, and the package needs others');
// without the registry the package cannot be installed: its tests are counted as skipped
const testOnline: typeof test.skip = (name, body) => (isOnline ? test(name!, body!) : test.skip(name, body));
/** The same for what needs a browser, too. */
const inBrowser: typeof testInBrowser = isOnline ? testInBrowser : (what) => test.skip(what);
test.after(project.remove);

const installed = join(path, 'node_modules');
const weft = (...args: string[]): ReturnType<typeof run> => run(join(installed, '.bin/weft'), ...args);

function megabytes(folder: string): number {
  const files = globSync('**/*', { cwd: folder, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0) / 1e6;
}

/** The page of the package, which says how large it is. */
const readme = readFileSync(join(root, 'docs/package.md'), 'utf8');

/** The number that the page has where the pattern has its group. */
function stated(pattern: RegExp): number {
  return Number(pattern.exec(readme)?.[1]);
}

testOnline('it is as small as it says, and brings no Node, no Dawn, no native build and no data set', () => {
  const size = megabytes(installed);
  assert.ok(size <= 15 && Math.abs(size - stated(/, (\d+) MB in all/)) <= 1, `${size} MB`);
  const packages = readdirSync(installed).filter((name) => /^(node-|webgpu|gl$|gpu\.js|weft-f)/.test(name));
  assert.equal(packages, []);
  assert.not.ok(readdirSync(join(installed, '.bin')).includes('node'));
});

testOnline('without the data set the command says in one line what to install', () => {
  const { status, stderr } = weft('train', '--epochs', '1');
  assert.is(status, 1);
  assert.match(stderr, /^weft: Fashion-MNIST is not installed: npm install weft-fashion-mnist, or .*\n$/);
});

testOnline('with the data set, which is found by its name, the command trains', () => {
  assert.ok(project.install(project.data));
  const output = succeed(weft('train', '--epochs', '1', '--limit', '2000', '--out', 'run'));
  assert.match(output, /Fashion-MNIST: 1600 training/);
  assert.ok(readdirSync(join(path, 'run')).includes('curves.png'), 'its fonts are there');
});

testOnline('a sweep runs; what a queue needs is installed by who wants it, and said', () => {
  const sweep = { options: { limit: 500, epochs: 1 }, space: { 'batch-size': [32, 64] }, method: 'grid' };
  writeFileSync(join(path, 'search.json'), JSON.stringify(sweep));
  assert.match(succeed(weft('sweep', 'search.json')), /best: trial [01], validation accuracy/);
  const { status, stderr } = weft('worker', '--redis', 'redis://127.0.0.1:1');
  assert.is(
    stderr,
    'weft: a queue needs two packages that are not installed: npm install bullmq@6 ioredis@6\n',
  );
  assert.is(status, 1);
});

testOnline('weft-nn/node trains, saves a network and its weights, and loads them', () => {
  const [trained, ...loaded] = JSON.parse(succeed(run(process.execPath, 'src/files.ts'))) as number[];
  assert.ok(trained! > 0.6, `accuracy ${trained}`);
  assert.equal(loaded, [trained, trained]);
});

/** The files that an import in a new process loads, as paths below node_modules. */
function loadedBy(specifier: string): string[] {
  writeFileSync(
    join(path, 'loaded.js'),
    `import { registerHooks } from 'node:module';
    registerHooks({ load: (url, context, next) => (console.log(url), next(url, context)) });
    await import('${specifier}');`,
  );
  const urls = succeed(run(process.execPath, 'loaded.js')).trim().split('\n');
  return urls.filter((url) => url.startsWith('file:')).map((url) => url.split('/node_modules/').at(-1)!);
}

testOnline(
  'an import of weft-nn is light: few files, and neither gpu.js, a table printer nor a decoder',
  () => {
    const files = loadedBy('weft-nn');
    const own = files.filter((file) => file.startsWith('weft-nn/'));
    assert.ok(own.includes('weft-nn/index.js') && own.length <= 10, own.join());
    assert.not.ok(own.includes('weft-nn/gpu.js'));
    assert.equal(files, own, 'a page without a bundler finds no packages');
    assert.not.ok(loadedBy('weft-nn/node').includes('weft-nn/gpu.js'));
  },
);

test('links of its page lead out of the package, which has no other page', () => {
  const links = [...readme.matchAll(/\]\(([^)]*)\)/g)].map(([, target]) => target!);
  assert.equal(
    links.filter((target) => !target.startsWith('https:')),
    [],
  );
});

/** The first program of a page. */
function programOf(page: string): string {
  return /^```ts\n([^]*?)^```$/m.exec(page)![1]!;
}
writeFileSync(join(path, 'src/example.ts'), programOf(readme));
writeFileSync(join(path, 'src/spiral.mts'), programOf(readFileSync(join(root, 'README.md'), 'utf8')));

testOnline('the program of the README trains a spiral, saves and loads it, and knows an arm', () => {
  assert.is(succeed(run(process.execPath, 'src/spiral.mts')), 'red\n');
  assert.ok(readdirSync(path).includes('spiral.safetensors'));
});

const compilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  allowImportingTsExtensions: true,
  target: 'es2024',
};
const settings = {
  'nodenext, with the types of Node': {
    module: 'nodenext',
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    lib: ['es2024', 'dom'],
  },
  'a bundler, for pages': {
    module: 'esnext',
    moduleResolution: 'bundler',
    types: [],
    lib: ['es2024', 'dom'],
  },
};

for (const [name, options] of Object.entries(settings)) {
  testOnline(`the types of both doors are complete, as ${name} sees them`, () => {
    const files =
      options.types.length > 0
        ? ['files.ts', 'threads.ts', 'example.ts', 'spiral.mts']
        : ['page.ts', 'worker.ts'];
    const config = {
      compilerOptions: { ...compilerOptions, ...options },
      files: files.map((file) => `src/${file}`),
    };
    writeFileSync(join(path, 'tsconfig.json'), JSON.stringify(config));
    succeed(run(join(bin, 'tsc'), '-p', '.'));
  });
}

testOnline('publint and Are the types wrong? are content', async () => {
  const { messages } = await publint({ pkgDir: join(installed, 'weft-nn'), pack: false, strict: true });
  assert.equal(messages, []);
  succeed(run(join(bin, 'attw'), project.library, '--profile', 'esm-only'));
});

testOnline('one file bundled for Node has the code of its threads', async () => {
  const bundle = join(dirname(path), 'bundle', 'threads.mjs');
  await esbuild({
    entryPoints: [join(path, 'src/threads.ts')],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    outfile: bundle,
    logLevel: 'error',
  });
  const trained = JSON.parse(succeed(run(process.execPath, bundle))) as Trained;
  assert.match(trained.description, /2 threads/);
  assert.ok(trained.accuracy > 0.95, JSON.stringify(trained));
});

/** The files that a bundler wrote, by the path at which a page finds them. */
function bundled(folder: string): ReadonlyMap<string, Uint8Array> {
  const names = globSync('**/*.js', { cwd: folder }).map((name) => name.replaceAll('\\', '/'));
  return new Map(names.map((name) => [`/${name}`, readFileSync(join(folder, name))]));
}

const bundlers = {
  async vite(folder: string, page = 'page', _worker = 'worker') {
    await vite({
      root: path,
      logLevel: 'error',
      worker: { format: 'es' },
      build: {
        outDir: folder,
        target: 'es2024',
        rolldownOptions: { input: join(path, `src/${page}.ts`), output: { entryFileNames: 'script.js' } },
      },
    });
  },
  async esbuild(folder: string, page = 'page', worker = 'worker') {
    await esbuild({
      entryPoints: { script: join(path, `src/${page}.ts`), [worker]: join(path, `src/${worker}.ts`) },
      bundle: true,
      splitting: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      outdir: folder,
      logLevel: 'error',
    });
  },
};

/** Trains in the page, in a worker of the page, and on WebGL 2. */
async function checkPage(page: Page, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const train = async (expression: string, description: RegExp): Promise<void> => {
    const trained = (await page.evaluate(expression)) as Trained;
    assert.match(trained.description, description);
    assert.ok(trained.accuracy > 0.95, JSON.stringify(trained));
  };
  await train(`trainMlp('wasm')`, /^WebAssembly SIMD/);
  const loaded = page.requests.map((name) => gzipSync(files.get(name)!).length);
  const kilobytes = loaded.reduce((sum, bytes) => sum + bytes, 0) / 1000;
  const most = stated(/wasm engine loads (\d+) kB/);
  assert.ok(kilobytes <= most && most <= 60, `a page that trains on the wasm engine loads ${kilobytes} kB`);
  await train('trainInWorker()', /^WebAssembly SIMD/);
  await train(`trainMlp('gpu', { backend: 'webgl2' })`, /^WebGL 2 by gpu\.js/);
}

/** An isolated page has threads: itself, and in a worker. */
async function checkThreads(page: Page): Promise<void> {
  for (const expression of [`trainMlp('wasm', { threads: 2 })`, 'trainInWorker({ threads: 2 })']) {
    const trained = (await page.evaluate(expression)) as Trained;
    assert.match(trained.description, /, 2 threads$/);
    assert.ok(trained.accuracy > 0.95, JSON.stringify(trained));
  }
}

for (const [name, bundle] of Object.entries(bundlers)) {
  inBrowser(`a page bundled by ${name} trains: on at most 60 kB, in a worker, and on a GPU`, async () => {
    const folder = join(path, name);
    await bundle(folder);
    const files = bundled(folder);
    await openPage(files, { flags: withoutWebGpu }, (page) => checkPage(page, files));
    await openPage(files, { flags: withoutWebGpu, isolated: true }, checkThreads);
  });
}

/** Vite finds the worker of the package. With esbuild, a page has a worker of its own. */
for (const [name, page] of [
  ['vite', 'session-page'],
  ['esbuild', 'own-worker-page'],
] as const) {
  inBrowser(`a session in a page bundled by ${name}: on threads, and back`, async () => {
    const folder = join(path, `${name}-session`);
    await bundlers[name](folder, page, 'own-worker');
    await openPage(bundled(folder), { flags: withoutWebGpu, isolated: true }, async (opened) => {
      const driven = (await opened.evaluate('drive()')) as Driven;
      assert.match(driven.description, /, 2 threads$/);
      assert.is(driven.isSame, true);
      assert.ok(driven.accuracy > 0.9, String(driven.accuracy));
    });
  });
}

test.run();
