import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** The files that are loaded by their name: the doors of the package, and the script of a process. */
const entries = {
  index: 'src/index.ts',
  node: 'src/node.ts',
  weft: 'src/cli/main.ts',
  'probe-process': 'src/engine/gpu/probe-process.ts',
};

/**
 * Joins the modules of src/ into few files, since Node takes about a third of a millisecond for each file that it loads.
 * What is imported by `import()` stays apart. All files are in one folder, so that each finds the others beside it.
 */
export async function bundleLibrary(root: string, dist: string): Promise<void> {
  await build({
    entryPoints: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(root, file)])),
    absWorkingDir: root,
    outdir: dist,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'es2024',
    packages: 'external',
    plugins: [ownGpuJs, workerInUrl(root)],
    logLevel: 'warning',
  });
}

/** gpu.js is the file that gpu-js.ts writes beside the others. */
const ownGpuJs: Plugin = {
  name: 'own gpu.js',
  setup: ({ onResolve }) => onResolve({ filter: /^gpu\.js$/ }, () => ({ path: './gpu.js', external: true })),
};

/**
 * Puts the code of the worker into its address. A file of its own would be lost when users bundle weft: each bundler
 * has another way to find the files of workers, and some have none.
 */
function workerInUrl(root: string): Plugin {
  const worker = join(root, 'src/engine/wasm/threads/worker.ts');
  return {
    name: 'worker in its address',
    setup: ({ onLoad }) =>
      onLoad({ filter: /[\\/]threads[\\/]worker-url\.ts$/ }, async () => {
        const { outputFiles } = await build({
          entryPoints: [worker],
          bundle: true,
          minify: true,
          format: 'esm',
          platform: 'node',
          target: 'es2024',
          write: false,
        });
        const address = `data:text/javascript,${encodeURIComponent(outputFiles[0]!.text)}`;
        return { contents: `export const workerUrl = new URL(${JSON.stringify(address)});`, loader: 'js' };
      }),
  };
}
