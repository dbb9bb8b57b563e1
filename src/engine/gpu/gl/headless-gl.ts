/** GL without a window, in Node: the package `gl`, if its user installed it. */
import { importOptional } from '../optional-package.ts';

const missing = 'there is no headless GL either: npm install --no-save -D gl@8.1.6';

/** Why there is no headless GL, known once gpu.js was loaded; null if there is. */
let reason: string | null = null;

/**
 * Gives gpu.js the package `gl` that the user installed. It must be called before gpu.js is loaded: gpu.js would
 * import the empty package that the `overrides` in `package.json` put in the place of `gl`.
 */
export async function provideGl(): Promise<void> {
  try {
    const { default: createContext } = await importOptional<{ readonly default: unknown }>('gl', missing);
    // npm may have put the empty package at the top
    if (typeof createContext !== 'function') throw new Error(missing);
    replaceGl(createContext);
  } catch (error) {
    reason = (error as Error).message;
  }
}

/** Puts `gl` in the place of the empty package, for gpu.js. */
function replaceGl(createContext: unknown): void {
  const { createRequire } = process.getBuiltinModule('node:module');
  let gpuJs: string;
  try {
    gpuJs = createRequire(import.meta.url).resolve('gpu.js');
  } catch {
    return; // in the package that is built, gpu.js is a part of weft, and finds the same `gl`
  }
  const requireOfGpuJs = createRequire(gpuJs);
  requireOfGpuJs('gl');
  requireOfGpuJs.cache[requireOfGpuJs.resolve('gl')]!.exports = createContext;
}

/** @throws with one line if gpu.js has no headless GL */
export function assertGl(): void {
  if (reason !== null) throw new Error(reason);
}
