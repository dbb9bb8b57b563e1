import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fontFiles } from '../../src/report/pictures/fonts.ts';

const { resolve } = createRequire(import.meta.url);

/**
 * Copies the two fonts of weft's pictures: their package has 22, of 12 MB.
 *
 * @returns the name of the package
 */
export function copyFonts(dist: string): string[] {
  for (const file of fontFiles) cpSync(resolve(`dejavu-fonts-ttf/ttf/${file}`), join(dist, 'fonts', file));
  return ['dejavu-fonts-ttf'];
}
