/** A tab that is out of sight trains on. Playwright shows pages as visible at all times; puppeteer does not. */
import puppeteer from 'puppeteer-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chromiumPath, testInBrowser } from '../helpers/browser.ts';
import { temporaryFolder } from '../helpers/idx-file.ts';
import { buildPage, serveFolder } from '../helpers/web.ts';

const folder = temporaryFolder();
test.after(() => folder.remove());

testInBrowser('a hidden tab trains on, and shows where it is when it is seen again', async () => {
  await buildPage(folder.path);
  const host = await serveFolder(folder.path, { isolated: true });
  const browser = await puppeteer.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    await page.goto(host.address);
    await page.waitForSelector('.garments li');
    const stepOf = async (): Promise<number> =>
      Number(/Step (\d+)/.exec(await page.$eval('.slider', (slider) => slider.textContent))![1]);
    const visibility = (): Promise<string> => page.evaluate(() => document.visibilityState);
    await page.locator('button.main').click();
    while ((await stepOf()) < 20) await new Promise((resolve) => setTimeout(resolve, 50));
    const other = await browser.newPage();
    await other.bringToFront();
    while ((await visibility()) !== 'hidden') await new Promise((resolve) => setTimeout(resolve, 50));
    // what had come before is shown by now
    await new Promise((resolve) => setTimeout(resolve, 500));
    const before = await stepOf();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const after = await stepOf();
    assert.is(await visibility(), 'hidden');
    // timers of hidden pages tick once a second; a run that waited for them would do a few steps
    assert.ok(after > before + 50, `${before} → ${after} in three seconds`);
    await page.bringToFront();
    await page.locator('button.main').click();
    await page.waitForFunction(() => document.querySelector('button.main')!.textContent === 'Train');
    assert.ok((await stepOf()) >= after);
  } finally {
    await browser.close();
    host.close();
  }
});

test.run();
