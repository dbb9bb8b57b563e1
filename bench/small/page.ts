/** The part of a program that trains, in a web page. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { hasBrowser, openPage, withoutWebGpu } from '../../test/helpers/browser.ts';
import type { SmallLibrary } from './libraries.ts';
import type { Points } from './points.ts';

/**
 * Bundles `train.mjs` with esbuild, minified and with chunks for what is loaded on demand, and trains in Chromium.
 *
 * @returns the bytes, gzipped, of all files that the page has loaded when it has trained; null without Chromium
 */
export async function pageBytes(
  path: string,
  { pageSwap = {}, assets = [] }: SmallLibrary,
  points: Points,
): Promise<number | null> {
  if (!hasBrowser) return null;
  const { outputFiles } = await build({
    stdin: {
      contents: `import { train } from './train.mjs'; globalThis.train = train; globalThis.loaded = true;`,
      resolveDir: path,
      sourcefile: 'script.mjs',
    },
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    outdir: path,
    entryNames: 'script',
    write: false,
    logLevel: 'error',
    plugins: [swapModules(path, pageSwap)],
  });
  const files = new Map<string, Uint8Array>(
    outputFiles.map(({ path: file, contents }) => [`/${basename(file)}`, contents]),
  );
  for (const asset of assets) {
    files.set(`/${basename(asset)}`, readFileSync(join(path, 'node_modules', asset)));
  }
  return openPage(files, { flags: withoutWebGpu }, async (page) => {
    await page.evaluate(`Promise.resolve(train(${JSON.stringify(points)})).then(() => 'trained')`);
    const loaded = [...new Set(page.requests)];
    return loaded.reduce((sum, name) => sum + gzipSync(files.get(name)!).length, 0);
  });
}

/** Imports other modules in place of those with exactly these names. */
function swapModules(resolveDir: string, swap: Readonly<Record<string, string>>): Plugin {
  return {
    name: 'swap modules',
    setup(bundle) {
      bundle.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
        swap[path] === undefined ? undefined : bundle.resolve(swap[path], { resolveDir, kind }),
      );
    },
  };
}
