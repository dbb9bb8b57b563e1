/** The built page on a host of static files, in Chromium. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { chromiumPath } from './browser.ts';

const configFile = join(import.meta.dirname, '../../web/vite.config.ts');
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
};
/** The page is below a path, as on hosts that serve many. */
export const base = '/some/where/';

/** Builds the page into a folder. */
export async function buildPage(folder: string): Promise<void> {
  await build({ configFile, logLevel: 'error', build: { outDir: folder, emptyOutDir: true } });
}

export interface Host {
  readonly address: string;
  /** Whether it sends the headers that isolate the page. */
  isolated: boolean;
  /** Whether it answers at all. */
  isUp: boolean;
  close(): void;
}

/** Serves a folder below `base`. */
export async function serveFolder(
  folder: string,
  { isolated }: { readonly isolated: boolean },
): Promise<Host> {
  const server: Server = createServer((request, response) => {
    if (!host.isUp) {
      request.socket.destroy();
      return;
    }
    const path = new URL(request.url!, 'http://localhost').pathname;
    const name = path.startsWith(base) ? normalize(path.slice(base.length) || 'index.html') : '';
    const file = join(folder, name.endsWith('/') ? `${name}index.html` : name);
    const isThere = name !== '' && !name.startsWith('..') && existsSync(file);
    if (host.isolated) {
      response.setHeader('cross-origin-opener-policy', 'same-origin');
      response.setHeader('cross-origin-embedder-policy', 'require-corp');
    }
    response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream');
    response.statusCode = isThere ? 200 : 404;
    response.end(isThere ? readFileSync(file) : 'not found');
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const host = {
    address: `http://localhost:${(server.address() as AddressInfo).port}${base}`,
    isolated,
    isUp: true,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return host;
}

let browser: Promise<Browser> | null = null;

export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
}

export interface OpenedPage {
  readonly page: Page;
  /** What it wrote to the console, and errors that nobody has caught. */
  readonly messages: readonly string[];
  readonly close: () => Promise<void>;
}

/** Opens an address, and waits until there is a network. */
export async function openPageAt(
  address: string,
  { waitFor = '.garments li', ...options }: BrowserContextOptions & { readonly waitFor?: string } = {},
): Promise<OpenedPage> {
  browser ??= chromium.launch({
    executablePath: chromiumPath!,
    args: [
      '--no-sandbox',
      '--disable-features=WebGPU',
      // a camera that shows a test picture
      '--use-fake-device-for-media-stream',
    ],
  });
  const context = await (await browser).newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const messages: string[] = [];
  page.on('console', (message) => messages.push(message.text()));
  page.on('pageerror', (error) => messages.push(error.message));
  await page.goto(address);
  await page.waitForSelector(waitFor);
  return { page, messages, close: () => context.close() };
}

/** The button with exactly this name. */
export function button(page: Page, name: string): ReturnType<Page['getByRole']> {
  return page.getByRole('button', { name, exact: true });
}

/** The step of the run bar, and the last one. */
export async function steps(page: Page): Promise<{ readonly step: number; readonly end: number }> {
  const text = (await page.textContent('.slider'))!;
  const [, step, end] = /Step (\d+) of (\d+)/.exec(text)!;
  return { step: Number(step), end: Number(end) };
}

/** What the twenty garments are taken for. */
export async function guessesOf(page: Page): Promise<string[]> {
  return page.locator('.garments:not(.small) .garment').allTextContents();
}

/** Moves the slider to a step, and waits until the page is there. */
export async function seekTo(page: Page, step: number): Promise<void> {
  await page.locator('.slider input').fill(String(step));
  await page.waitForFunction(
    (wanted) => document.querySelector('.slider')!.textContent.includes(`Step ${wanted} of`),
    step,
  );
  // the frame of that step follows
  await page.waitForTimeout(300);
}
