/** A library in a project of its own, installed alone into an empty folder, as its users have it. */
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { SmallLibrary } from './libraries.ts';
import { countLines } from './lines.ts';
import type { Points } from './points.ts';

/** What the program of a library prints, and the time of its process. */
export interface Trained {
  /** From the points in memory to the trained network. */
  readonly seconds: number;
  readonly processSeconds: number;
  readonly accuracy: number;
}

/** The program; other files of its folder are for its page. */
const sources = ['main.mjs', 'train.mjs'];

export class Project {
  readonly path: string;
  readonly #library: SmallLibrary;

  /**
   * Installs the library.
   *
   * @param packages what to install: names with versions, or tarballs
   * @throws Error with the reason of npm if it cannot be installed
   */
  constructor(path: string, library: SmallLibrary, packages: readonly string[]) {
    this.path = path;
    this.#library = library;
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'package.json'), '{ "private": true, "type": "module" }\n');
    const { status, stderr } = spawnSync('npm', ['install', '--no-audit', '--no-fund', ...packages], {
      cwd: path,
      encoding: 'utf8',
      shell: process.platform === 'win32',
      timeout: 600_000,
    });
    if (status !== 0) {
      console.error(`npm: ${reasonOf(stderr)}`); // for whoever measures; the table says less
      throw new Error('npm cannot install it on this machine');
    }
    cpSync(library.program, path, { recursive: true });
    if (library.swap === undefined) return;
    const [from, to] = library.swap;
    for (const file of globSync('*.mjs', { cwd: path })) {
      const text = readFileSync(join(path, file), 'utf8');
      writeFileSync(join(path, file), text.replaceAll(`'${from}`, `'${to}`));
    }
  }

  givePoints(points: { readonly train: Points; readonly test: Points }): void {
    writeFileSync(join(this.path, 'points.json'), JSON.stringify(points));
  }

  /** Lines of the program. */
  get lines(): number {
    return sources.reduce((sum, file) => sum + countLines(readFileSync(join(this.path, file), 'utf8')), 0);
  }

  /** The version of the first package. */
  get version(): string {
    const [name] = Object.keys(readJson(join(this.path, 'package.json'))['dependencies'] as object);
    return `${name} ${readJson(join(this.path, 'node_modules', name!, 'package.json'))['version'] as string}`;
  }

  /** The number of packages that npm has installed, and the megabytes of their files. */
  get size(): { readonly packages: number; readonly megabytes: number } {
    const folder = join(this.path, 'node_modules');
    const lock = readJson(join(folder, '.package-lock.json'));
    const files = globSync('**/*', { cwd: folder, withFileTypes: true }).filter((entry) => entry.isFile());
    const bytes = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
    return { packages: Object.keys(lock['packages'] as object).length, megabytes: bytes / 1e6 };
  }

  /** Runs the program in a process of its own. @throws Error if it fails */
  run(): Trained {
    const start = performance.now();
    const { status, stdout, stderr } = spawnSync(process.execPath, ['main.mjs'], {
      cwd: this.path,
      encoding: 'utf8',
    });
    const processSeconds = (performance.now() - start) / 1000;
    if (status !== 0) throw new Error(`${basename(this.#library.program)}: ${reasonOf(stderr)}`);
    const printed = JSON.parse(stdout.trim().split('\n').at(-1)!) as Omit<Trained, 'processSeconds'>;
    return { ...printed, processSeconds };
  }
}

/** The first line that names an error, such as `TypeError: …` or `ENOENT: …`, or else the last one. */
function reasonOf(output: string): string {
  const lines = output.trim().split('\n');
  const line = lines.find((text) => /\b(\w*Error|E[A-Z]+): /.test(text)) ?? lines.at(-1)!;
  return line.replace(/^npm error( \w+ (?=E))? */, '');
}

function readJson(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
}
