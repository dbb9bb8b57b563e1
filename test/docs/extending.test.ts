/**
 * docs/extending.md is true: each section is applied to a copy of the tree, compiled, and its commands are run. Its code
 * blocks name their file: `ts FILE` is a new file, `diff FILE` a patch of parts that stand in the file once, separated by
 * `@@`, and `sh` are commands.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryFolder } from '../helpers/idx-file.ts';

const root = join(import.meta.dirname, '../..');
const copied = ['src', 'bench', 'test', 'docs', 'package.json', 'tsconfig.json'];

interface Block {
  readonly language: string;
  readonly file: string;
  readonly text: string;
}

interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** The parts of the page under headings of the second level, with their code blocks. */
function sectionsOf(page: string): Section[] {
  return page
    .split(/^## /m)
    .slice(1)
    .map((part) => ({
      title: part.slice(0, part.indexOf('\n')),
      blocks: [...part.matchAll(/^```(\w+) ?(.*)\n([^]*?)^```$/gm)].map(([, language, file, text]) => ({
        language: language!,
        file: file!,
        text: text!,
      })),
    }));
}

/** The text of a file with a patch applied. @throws Error if a part of it does not stand there exactly once */
function patched(content: string, patch: string, file: string): string {
  return patch.split(/^@@\n/m).reduce((text, part) => {
    const lines = part.split('\n').slice(0, -1);
    const side = (marks: string): string =>
      lines
        .filter((line) => line === '' || marks.includes(line[0]!))
        .map((line) => `${line.slice(1)}\n`)
        .join('');
    const [before, after] = [side(' -'), side(' +')];
    const places = `\n${text}`.split(`\n${before}`).length - 1;
    if (places !== 1) throw new Error(`${file}: expected once, found ${places} times:\n${before}`);
    return `\n${text}`.replace(`\n${before}`, () => `\n${after}`).slice(1);
  }, content);
}

function apply({ language, file, text }: Block, folder: string): void {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, language === 'diff' ? patched(readFileSync(path, 'utf8'), text, file) : text);
}

/** A copy of the tree without what git ignores; packages are linked. */
function copyTree(folder: string): void {
  for (const name of copied) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
}

/** Checks the types of the library and of the files that a section writes, with all they import. */
function compile(folder: string, files: readonly string[]): void {
  const tests = files.filter((file) => file.endsWith('.ts') && !file.startsWith('src/'));
  const config = { extends: './tsconfig.json', include: ['src', ...tests] };
  writeFileSync(join(folder, 'tsconfig.section.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules/.bin/tsc');
  const { status, stdout } = spawnSync(tsc, ['-p', 'tsconfig.section.json'], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  assert.is(status, 0, stdout);
}

/** Runs commands of the form `node FILE …`, a line each. */
function run(commands: string, folder: string): void {
  for (const command of commands.trim().split('\n')) {
    const [program, ...args] = command.split(' ');
    assert.is(program, 'node', command);
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    assert.is(status, 0, `${command}\n${stdout}${stderr}`);
  }
}

const sections = sectionsOf(readFileSync(join(root, 'docs/extending.md'), 'utf8'));

for (const { title, blocks } of sections) {
  test(`the section "${title}" compiles, and its checks pass`, () => {
    const folder = temporaryFolder();
    try {
      copyTree(folder.path);
      const changes = blocks.filter(({ file }) => file !== '');
      for (const block of changes) apply(block, folder.path);
      compile(
        folder.path,
        changes.map(({ file }) => file),
      );
      const commands = blocks.filter(({ language }) => language === 'sh');
      assert.ok(commands.length > 0, 'a section ends with a check');
      for (const { text } of commands) run(text, folder.path);
    } finally {
      folder.remove();
    }
  });
}

test('a patch applies where its text stands once, and is an error elsewhere', () => {
  assert.is(patched('a\nb\nc\n', ' a\n+x\n@@\n-c\n+d\n', 'file'), 'a\nx\nb\nd\n');
  assert.throws(() => patched('a\nb\na\n', ' a\n+x\n', 'file'), /^file: expected once, found 2 times:\na\n$/);
  assert.throws(() => patched('ab\n', '-b\n', 'file'), /found 0 times/);
});

test('the page has the sections that its list of contents links to', () => {
  const page = readFileSync(join(root, 'docs/extending.md'), 'utf8');
  const links = [...page.matchAll(/^- \[(.+)\]\(#.+\)$/gm)].map((match) => match[1]);
  assert.equal(
    links,
    sections.map(({ title }) => title),
  );
});

test.run();
