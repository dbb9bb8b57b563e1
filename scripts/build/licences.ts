import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The licences of the packages of which weft's own package has a copy. */
export function licencesOf(root: string, packages: readonly string[]): string {
  const rule = `${'-'.repeat(100)}\n`;
  const licences = packages.map((name) => {
    const read = (file: string): string => readFileSync(join(root, 'node_modules', name, file), 'utf8');
    const { version } = JSON.parse(read('package.json')) as { version: string };
    const file = readdirSync(join(root, 'node_modules', name)).find((entry) => /^licen[cs]e/i.test(entry))!;
    return `${rule}${name} ${version}\n${rule}\n${read(file).trim()}\n`;
  });
  return `This package has copies of the packages below, under their own licences.\n\n${licences.join('\n')}`;
}
