// Runs an example by its name, or lists them. Plain JavaScript: an older Node then says what is wrong in one line.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = join(import.meta.dirname ?? '.', '../examples');
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length));

/** How the comment at the head of an example begins: to its first stop, colon or semicolon. */
function purposeOf(name) {
  const [, comment = ''] = /^\/\*\*(.*?)\*\//s.exec(readFileSync(join(folder, `${name}.ts`), 'utf8')) ?? [];
  return comment
    .replaceAll(/\s*\n \* ?/g, ' ')
    .trim()
    .split(/[.:;]\s/)[0];
}

const [given, ...args] = process.argv.slice(2);
const name = given?.replace(/^(?:examples\/)?(.*?)(?:\.ts)?$/, '$1');
if (given === undefined) {
  console.log('npm run example -- NAME, where NAME is one of');
  for (const one of names) console.log(`  ${one.padEnd(18)}${purposeOf(one)}`);
} else if (!names.includes(name)) {
  console.error(`example: there is no example ${JSON.stringify(given)}; there are ${names.join(', ')}`);
  process.exitCode = 2;
} else if (!process.features.typescript) {
  console.error(
    `example: Node ${process.versions.node} cannot run TypeScript: use npm run example -- ${name}`,
  );
  process.exitCode = 1;
} else {
  const file = join(folder, `${name}.ts`);
  process.argv = [process.argv[0], file, ...args];
  await import(pathToFileURL(file).href);
}
