import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * gpu.js as one file of the package. As a dependency it would bring packages that weft does not use to everyone who
 * installs weft: an old `webgpu` (84 MB), and `gl`, which compiles C++. npm heeds `overrides` only where the clone is.
 *
 * @returns the names of the packages that are in the file
 */
export async function bundleGpuJs(root: string, dist: string): Promise<string[]> {
  const { metafile } = await build({
    // what gpu-js.ts uses, by name: of a CommonJS module esbuild would only export all as one object
    stdin: { contents: "export { GPU, WebGPUContext } from 'gpu.js';", resolveDir: root },
    absWorkingDir: root,
    outfile: join(dist, 'gpu.js'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2024',
    external: ['gl', 'os', 'worker_threads'],
    banner: { js: requireInNode },
    metafile: true,
    logLevel: 'warning',
  });
  const packages = Object.keys(metafile.inputs).flatMap(
    (file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? [],
  );
  return [...new Set(packages)].toSorted();
}

/** Node's `require` for what gpu.js looks for in Node only, `gl` among it. Pages have none, and gpu.js goes without. */
const requireInNode =
  "const require = globalThis.process?.getBuiltinModule?.('node:module').createRequire(import.meta.url);";
