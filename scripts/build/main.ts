/**
 * Makes a folder the package `weft-nn`, ready to be packed: dist/, or the one that is named. tsc adds its declarations, in
 * `types`.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundleGpuJs } from './gpu-js.ts';
import { bundleLibrary, includedPackages } from './library.ts';
import { copyFonts } from './fonts.ts';
import { licencesOf } from './licences.ts';
import { type Manifest, publishedManifest } from './manifest.ts';

const root = join(import.meta.dirname, '../..');
const dist = resolve(process.argv[2] ?? join(root, 'dist'));

mkdirSync(dist, { recursive: true });
await bundleLibrary(root, dist);
const included = [...(await bundleGpuJs(root, dist)), ...copyFonts(dist), ...includedPackages];
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`);
writeFileSync(join(dist, 'LICENSES-INCLUDED.txt'), licencesOf(root, included));
cpSync(join(root, 'docs/package.md'), join(dist, 'README.md'));
for (const file of ['CHANGELOG.md', 'LICENSE']) cpSync(join(root, file), join(dist, file));
