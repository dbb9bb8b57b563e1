/** The address of a worker's code in Node. In the package that is built, the address holds the code: see scripts/build. */
export const nodeWorkerUrl: URL = new URL('./node-worker.ts', import.meta.url);
