/**
 * The code of page-worker.ts as one text, for pages whose bundler has not kept that file. It is there in the package that is
 * built: see scripts/build.
 */
export const pageWorkerCode: string | null = null;
