/** The address of a worker's code. In the package that is built, the address holds the code: see scripts/build. */
export const workerUrl: URL = new URL('./worker.ts', import.meta.url);
