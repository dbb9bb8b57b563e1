/** Makes dist/ the package `weft-nn`, ready to be packed. The declarations in dist/types are there already, from tsc. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleGpuJs } from './gpu-js.ts';
import { bundleLibrary } from './library.ts';
import { copyFonts } from './fonts.ts';
import { licencesOf } from './licences.ts';
import { type Manifest, publishedManifest } from './manifest.ts';

const root = join(import.meta.dirname, '../..');
const dist = join(root, 'dist');

mkdirSync(dist, { recursive: true });
await bundleLibrary(root, dist);
const included = [...(await bundleGpuJs(root, dist)), ...copyFonts(dist)];
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`);
writeFileSync(join(dist, 'LICENSES-INCLUDED.txt'), licencesOf(root, included));
for (const file of ['README.md', 'CHANGELOG.md', 'LICENSE']) cpSync(join(root, file), join(dist, file));
