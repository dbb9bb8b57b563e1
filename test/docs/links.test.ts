/** Every relative link of the documents in the root and in docs/ leads to a file, and every path that they name in the text is there. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = join(import.meta.dirname, '../..');

interface Place {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

const documents = [...globSync('*.md', { cwd: root }), ...globSync('docs/**/*.md', { cwd: root })].map(
  (path) => path.replaceAll('\\', '/'),
);

function matches(file: string, pattern: RegExp): Place[] {
  const lines = readFileSync(join(root, file), 'utf8')
    .split('\n')
    // docs/extending.md names there the files that its reader creates
    .map((text) => (text.startsWith('```') ? '' : text));
  return lines.flatMap((text, index) =>
    [...text.matchAll(pattern)].map((match) => ({ file, line: index + 1, text: match[1]! })),
  );
}

/** The fragments that GitHub gives to the headings of a document. */
function fragments(file: string): Set<string> {
  const headings = matches(file, /^#+ (.*)$/g).map(({ text }) => text);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

test('relative links lead to files, and to headings where they name one', () => {
  const places = documents.flatMap((file) => matches(file, /\]\((?!https?:)([^)\s]+)\)/g));
  assert.ok(places.length > 100, 'there are links');
  const broken = places.filter(({ file, text }) => {
    const [path, fragment] = text.split('#') as [string, string?];
    const target = path === '' ? join(root, file) : join(root, dirname(file), path);
    if (!existsSync(target)) return true;
    // of the page that `npm run web` opens, in some state
    if (path.endsWith('web/index.html')) return fragment !== undefined && !fragment.startsWith('v=1');
    return fragment !== undefined && !fragments(relative(root, target)).has(fragment);
  });
  assert.equal(broken, []);
});

test('files of the tree that the text names exist', () => {
  const paths = /(?<![\w./-])((?:src|bench|test|docs|examples|scripts|data)\/[\w./*-]*[\w/])/g;
  const places = documents.flatMap((file) => matches(file, paths));
  assert.ok(places.length > 20, 'there are paths');
  const missing = places.filter(({ text }) => !existsSync(join(root, text)));
  assert.equal(missing, []);
});

test.run();
