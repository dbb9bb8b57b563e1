import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** The doors of the library, and the script of a process that it starts. */
const library = {
  index: 'src/index.ts',
  node: 'src/node.ts',
  session: 'src/session.ts',
  'session-worker': 'src/session/worker.ts',
  'probe-process': 'src/engine/gpu/probe-process.ts',
};
const command = { weft: 'src/cli/main.ts' };

/**
 * Joins the modules of src/ into few files, since Node takes about half a millisecond for each file that it loads.
 * What is imported by `import()` stays apart. The command is joined by itself: with the library, the parts that the two
 * share would be many files. All files are in one folder, so that each finds the others beside it.
 */
export async function bundleLibrary(root: string, dist: string): Promise<void> {
  for (const entryPoints of [library, command]) {
    await build({
      entryPoints,
      absWorkingDir: root,
      outdir: dist,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'es2024',
      packages: 'external',
      plugins: [ownGpuJs, includePackages(root), codeOfThreads(root)],
      logLevel: 'warning',
    });
  }
  // for bundlers that look for the files of workers, and pages without one
  const pageWorker = await bundledThread(join(root, 'src/engine/wasm/threads/page-worker.ts'), 'browser');
  writeFileSync(join(dist, 'page-worker.js'), pageWorker);
}

/** The packages that the library needs in any host: a page without a bundler finds no packages by their names. */
export const includedPackages: readonly string[] = ['fastest-levenshtein', 'pbf'];

function includePackages(root: string): Plugin {
  return {
    name: 'included packages',
    setup: (builder) =>
      builder.onResolve(
        { filter: new RegExp(`^(${includedPackages.join('|')})$`) },
        ({ path, pluginData }) =>
          pluginData === 'resolved'
            ? undefined
            : builder.resolve(join(root, 'node_modules', path), {
                kind: 'import-statement',
                resolveDir: root,
                pluginData: 'resolved',
              }),
      ),
  };
}

/** gpu.js is the file that gpu-js.ts writes beside the others. */
const ownGpuJs: Plugin = {
  name: 'own gpu.js',
  setup: (builder) =>
    builder.onResolve({ filter: /^gpu\.js$/ }, () => ({ path: './gpu.js', external: true })),
};

/**
 * Puts the code of a thread into the files that start it, in Node as an address, for pages as a text. A file of its own would
 * be lost when users bundle weft: each bundler has another way to find the files of workers, and some have none.
 */
function codeOfThreads(root: string): Plugin {
  const threads = join(root, 'src/engine/wasm/threads');
  return {
    name: 'code of threads',
    setup(builder) {
      builder.onLoad({ filter: /[\\/]threads[\\/]node-worker-url\.ts$/ }, async () => {
        const code = await bundledThread(join(threads, 'node-worker.ts'), 'node');
        const address = `data:text/javascript,${encodeURIComponent(code)}`;
        return {
          contents: `export const nodeWorkerUrl = new URL(${JSON.stringify(address)});`,
          loader: 'js',
        };
      });
      builder.onLoad({ filter: /[\\/]threads[\\/]page-worker-code\.ts$/ }, async () => {
        const code = await bundledThread(join(threads, 'page-worker.ts'), 'browser');
        return { contents: `export const pageWorkerCode = ${JSON.stringify(code)};`, loader: 'js' };
      });
      // bundlers of users find the file of a worker only where its address stands as a text
      builder.onLoad({ filter: /[\\/](threads[\\/]page-threads|session[\\/]start)\.ts$/ }, ({ path }) => {
        const source = readFileSync(path, 'utf8');
        const contents = source
          .replace("'./page-worker.ts'", "'./page-worker.js'")
          .replace("'./worker.ts'", "'./session-worker.js'");
        if (contents === source) throw new Error(`${path} names no worker`);
        return { contents, loader: 'ts' };
      });
    },
  };
}

async function bundledThread(entryPoint: string, platform: 'node' | 'browser'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entryPoint],
    bundle: true,
    minify: true,
    format: 'esm',
    platform,
    target: 'es2024',
    write: false,
  });
  return outputFiles[0]!.text;
}
