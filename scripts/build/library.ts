import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** The doors of the library, and the script of a process that it starts. */
const library = {
  index: 'src/index.ts',
  node: 'src/node.ts',
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
      plugins: [ownGpuJs, workerInUrl(root)],
      logLevel: 'warning',
    });
  }
}

/** gpu.js is the file that gpu-js.ts writes beside the others. */
const ownGpuJs: Plugin = {
  name: 'own gpu.js',
  setup: (builder) =>
    builder.onResolve({ filter: /^gpu\.js$/ }, () => ({ path: './gpu.js', external: true })),
};

/**
 * Puts the code of the worker into its address. A file of its own would be lost when users bundle weft: each bundler
 * has another way to find the files of workers, and some have none.
 */
function workerInUrl(root: string): Plugin {
  const worker = join(root, 'src/engine/wasm/threads/node-worker.ts');
  return {
    name: 'worker in its address',
    setup: (builder) =>
      builder.onLoad({ filter: /[\\/]threads[\\/]worker-url\.ts$/ }, async () => {
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
