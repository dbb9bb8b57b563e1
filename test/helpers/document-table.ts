import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The cells of the first table below a heading of a document, a row each, without the head.
 *
 * @param document path from the root of the repository: `docs/adam.md`
 * @param heading text of the heading without `#`
 */
export function documentTable(document: string, heading: string): string[][] {
  const text = readFileSync(join(import.meta.dirname, '../..', document), 'utf8');
  const start = text.split('\n').findIndex((line) => line.replace(/^#+ /, '') === heading);
  if (start < 0) throw new Error(`${document} has no heading "${heading}"`);
  const lines = text.split('\n').slice(start + 1);
  const first = lines.findIndex((line) => line.startsWith('|'));
  const table = lines.slice(first);
  const length = table.findIndex((line) => !line.startsWith('|'));
  return table.slice(2, length < 0 ? undefined : length).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
