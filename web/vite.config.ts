import { join } from 'node:path';
import type { UserConfig } from 'vite';
import { contentPolicy } from './server/policy.ts';
import { dataShards } from './server/data.ts';
import { learnPages } from './server/learn.ts';

/** Isolates the page from other sites, so that its engine has threads. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

const pages = ['index.html', 'kernels/index.html', 'src/learn/main.ts'].map((page) =>
  join(import.meta.dirname, page),
);

const configuration: UserConfig = {
  root: import.meta.dirname,
  // the built page works below any path
  base: './',
  plugins: [dataShards(), learnPages(), contentPolicy()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: { headers },
  preview: { headers },
  worker: { format: 'es' },
  build: {
    outDir: join(import.meta.dirname, 'dist'),
    emptyOutDir: true,
    target: 'es2024',
    assetsInlineLimit: 0,
    rolldownOptions: { input: pages },
  },
};

export default configuration;
