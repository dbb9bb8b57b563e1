/**
 * The picture of the page at the top of the README: `node scripts/page-picture.ts` builds the page, trains in it for a moment, and
 * writes docs/page.png. It needs Chromium, as the tests of the page do.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPage, button, closeBrowser, openPageAt, serveFolder } from '../test/helpers/web.ts';

const file = join(import.meta.dirname, '../docs/page.png');
const folder = mkdtempSync(join(tmpdir(), 'weft-page-'));
await buildPage(folder);
const host = await serveFolder(folder, { isolated: true });
try {
  const { page } = await openPageAt(
    `${host.address}#v=1&network=cnn&hide=take,runs,recipe,try,confusion,footer`,
    {
      viewport: { width: 1280, height: 1000 },
      colorScheme: 'light',
    },
  );
  await page.waitForFunction(() => /On 48,000 images/.test(document.querySelector('.engine')!.textContent));
  await button(page, 'Train').click();
  await page.waitForFunction(
    () => Number(/Step (\d+)/.exec(document.querySelector('.slider')!.textContent)![1]) > 300,
  );
  await button(page, 'Pause').click();
  await button(page, 'Train').waitFor();
  await button(page, 'Numbers of the first unit of conv2d_1').click();
  await page.locator('.formula').first().waitFor();
  await page.waitForTimeout(2000);
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.mouse.move(0, 0);
  await page.screenshot({ path: file });
  console.log(`written to ${file}`);
} finally {
  await closeBrowser();
  host.close();
  rmSync(folder, { recursive: true });
}
