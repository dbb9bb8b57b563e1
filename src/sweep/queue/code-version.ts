import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../../version.ts';

/** The rooms whose code decides what a run comes to. */
const rooms = '{tensor,engine,layers,optim,data,model,train,run}';

/** The version of weft, and a digest of its source: the same runs come only from the same code. `0.1.0+1a2b3c4d` */
export function codeVersion(): string {
  const isClone = import.meta.filename.endsWith('.ts');
  const source = isClone ? join(import.meta.dirname, '../..') : import.meta.dirname;
  const hash = createHash('sha256');
  // in the package all code is in one folder
  for (const file of globSync(isClone ? `${rooms}/**/*.ts` : '*.js', { cwd: source }).toSorted()) {
    hash
      .update(file.replaceAll('\\', '/'))
      .update('\0')
      .update(readFileSync(join(source, file)));
  }
  return `${version}+${hash.digest('hex').slice(0, 8)}`;
}
