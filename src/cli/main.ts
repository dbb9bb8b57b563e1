#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// In a clone Node takes the types out of some 300 files at each start. Here it keeps the result, and what it compiled.
if (import.meta.filename.endsWith('.ts')) {
  enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/weft'));
}
const { start } = await import('./start.ts');
await start();
