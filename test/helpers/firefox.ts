/** Pages in Firefox, driven by WebDriver BiDi. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { testUnless } from './test-unless.ts';

/** The path of Firefox, from FIREFOX or the search path; null if there is none. */
function findFirefox(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const paths = folders.flatMap((folder) => ['firefox-esr', 'firefox'].map((name) => join(folder, name)));
  return process.env['FIREFOX'] ?? paths.find((path) => existsSync(path)) ?? null;
}

const executablePath = findFirefox();

/** A test that needs Firefox. Without it it is skipped, with the reason. */
export function testInFirefox(what: string, body: () => Promise<void>): void {
  const reason = 'there is no Firefox on the search path; FIREFOX may name one';
  testUnless(executablePath === null ? reason : null, `${what}, in Firefox`, body);
}

/** Opens an address, and waits until an expression is true there. */
export async function openInFirefox<R>(
  address: string,
  body: (evaluate: (expression: string) => Promise<unknown>) => Promise<R>,
  isLoaded = 'globalThis.loaded',
): Promise<R> {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: executablePath!,
    headless: true,
  });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(120_000);
    await page.goto(address);
    await page.waitForFunction(isLoaded);
    return await body((expression) => page.evaluate(expression));
  } finally {
    await browser.close();
  }
}
