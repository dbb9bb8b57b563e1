/** GL without a window, in Node: the package `gl`, if its user installed it. */
import { importOptional } from '../optional-package.ts';

const missing = 'there is no headless GL either: npm install --no-save -D gl@8.1.6';

/** Why there is none, once gpu.js was loaded; null if there is. */
let reason: string | null = null;

/**
 * Gives gpu.js the `gl` that its user installed, before gpu.js is loaded: it asks for that package by itself, and gets
 * the empty one that the `overrides` in `package.json` put in its place.
 */
export async function provideGl(): Promise<void> {
  try {
    const { default: createContext } = await importOptional<{ readonly default: unknown }>('gl', missing);
    // the empty package, where npm has put it at the top
    if (typeof createContext !== 'function') throw new Error(missing);
    const { createRequire } = process.getBuiltinModule('node:module');
    const requireOfGpuJs = createRequire(createRequire(import.meta.url).resolve('gpu.js'));
    requireOfGpuJs('gl');
    requireOfGpuJs.cache[requireOfGpuJs.resolve('gl')]!.exports = createContext;
  } catch (error) {
    reason = (error as Error).message;
  }
}

/** @throws with one line if gpu.js got none */
export function assertGl(): void {
  if (reason !== null) throw new Error(reason);
}
