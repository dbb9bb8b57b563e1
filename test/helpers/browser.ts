/** Pages in headless Chromium, with GPUs in software. */
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { testUnless } from './test-unless.ts';

/** The path of Chromium, from CHROMIUM or the search path; null if there is none. */
function findChromium(): string | null {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const paths = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return process.env['CHROMIUM'] ?? paths.find((path) => existsSync(path)) ?? null;
}

/** Null if there is none. */
export const chromiumPath: string | null = findChromium();
export const hasBrowser: boolean = chromiumPath !== null;
/** Why there is no page, where there is none. */
export const noBrowser = 'there is no Chromium on the search path; CHROMIUM may name one';

/** A test that needs a browser. Without one it is skipped, with the reason. */
export function testInBrowser(what: string, body: () => Promise<void>): void {
  testUnless(hasBrowser ? null : noBrowser, what, body);
}

/** Chromium offers the software adapter of WebGPU only with these flags. */
export const withWebGpu: readonly string[] = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
export const withoutWebGpu: readonly string[] = ['--disable-features=WebGPU'];

export interface Page {
  /** The value of an expression in the page; a promise is awaited. */
  readonly evaluate: (expression: string) => Promise<unknown>;
  /** The name and version of the browser. */
  readonly browser: string;
  /** The lines that the page has written to its console. */
  readonly console: readonly string[];
  /** The paths of the files that it has asked for. */
  readonly requests: readonly string[];
}

interface PageOptions {
  readonly flags: readonly string[];
  /** Whether the server sends the headers that isolate the page. */
  readonly isolated?: boolean;
  /** The Content-Security-Policy that it sends; none if left out. */
  readonly policy?: string;
}

/** Bundles scripts for browsers, and opens a page that runs them. */
export async function inPage<R>(
  scripts: readonly string[],
  { before = '', workers = {}, ...options }: BundledPageOptions,
  body: (page: Page) => Promise<R>,
): Promise<R> {
  return openPage(await bundledPage(scripts, workers, before), options, body);
}

/** The files of a page that runs scripts: `/script.js`, and the workers that it names. */
export async function bundledPage(
  scripts: readonly string[],
  workers: Readonly<Record<string, string>> = {},
  before = '',
): Promise<ReadonlyMap<string, Uint8Array>> {
  const entries = { '/page-worker.ts': threadOfPage, ...workers };
  return new Map(
    await Promise.all([
      bundled(scripts, before).then((script) => ['/script.js', script] as const),
      ...Object.entries(entries).map(async ([path, file]) => [path, await bundled([file], '')] as const),
    ]),
  );
}

interface BundledPageOptions extends PageOptions {
  /** What runs before the scripts. */
  readonly before?: string;
  /** The scripts of workers, by the paths at which the page finds them. */
  readonly workers?: Readonly<Record<string, string>>;
}

/** The file that a page names to start a thread, beside its script. */
const threadOfPage = join(import.meta.dirname, '../../src/engine/wasm/threads/page-worker.ts');

async function bundled(scripts: readonly string[], before: string): Promise<Uint8Array> {
  const bundle = await build({
    stdin: {
      contents: scripts.map((path) => `import ${JSON.stringify(path)};`).join('\n'),
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    logLevel: 'error',
    // test files are imported for their effects
    ignoreAnnotations: true,
    banner: { js: before },
    footer: { js: 'globalThis.loaded = true;' },
  });
  return bundle.outputFiles[0]!.contents;
}

/** Headers that isolate a page from other origins: then it has shared memory. */
const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
} as const;

/** Opens a page that runs `/script.js`, one of the files, and waits until that has set `globalThis.loaded`. */
export async function openPage<R>(
  files: ReadonlyMap<string, Uint8Array>,
  { flags, ...options }: PageOptions,
  body: (page: Page) => Promise<R>,
): Promise<R> {
  return servePage(files, options, (address, requests) =>
    openAddress(address, { flags, isLoaded: 'globalThis.loaded' }, (page) => body({ ...page, requests })),
  );
}

/** Serves a page that runs `/script.js`. */
export async function servePage<R>(
  files: ReadonlyMap<string, Uint8Array>,
  { isolated = false, policy }: Omit<PageOptions, 'flags'>,
  body: (address: string, requests: readonly string[]) => Promise<R>,
): Promise<R> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url!;
    const file = files.get(path);
    if (file !== undefined) requests.push(path);
    if (isolated) for (const [name, value] of Object.entries(isolation)) response.setHeader(name, value);
    if (policy !== undefined) response.setHeader('content-security-policy', policy);
    response.setHeader('content-type', file === undefined ? 'text/html' : 'text/javascript');
    response.end(file ?? '<!doctype html><script type="module" src="/script.js"></script>');
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  try {
    return await body(`http://localhost:${(server.address() as AddressInfo).port}/`, requests);
  } finally {
    server.close();
  }
}

/** Opens an address, and waits until an expression is true there, if one is given. */
export async function openAddress<R>(
  address: string,
  { flags, isLoaded }: { readonly flags: readonly string[]; readonly isLoaded?: string },
  body: (page: Page) => Promise<R>,
): Promise<R> {
  const browser = await chromium.launch({
    executablePath: chromiumPath!,
    args: ['--no-sandbox', ...flags],
  });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(300_000);
    const lines: string[] = [];
    page.on('console', (message) => lines.push(message.text()));
    const failed = new Promise<never>((_, reject) => page.on('pageerror', reject));
    const work = async (): Promise<R> => {
      await page.goto(address);
      if (isLoaded !== undefined) await page.waitForFunction(isLoaded);
      return body({
        evaluate: (expression) => page.evaluate(expression),
        browser: `Chromium ${browser.version()}`,
        console: lines,
        requests: [],
      });
    };
    return await Promise.race([work(), failed]);
  } finally {
    await browser.close();
  }
}
