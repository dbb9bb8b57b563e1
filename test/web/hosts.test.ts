/** The page on hosts of all kinds, on small screens, by keyboard alone, and for readers of screens. */
import { AxeBuilder } from '@axe-core/playwright';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testInBrowser } from '../helpers/browser.ts';
import { temporaryFolder } from '../helpers/idx-file.ts';
import {
  buildPage,
  button,
  closeBrowser,
  type Host,
  openPageAt,
  serveFolder,
  steps,
} from '../helpers/web.ts';

const folder = temporaryFolder();
const hosts: Host[] = [];
test.before(() => buildPage(folder.path));
test.after(async () => {
  await closeBrowser();
  for (const host of hosts) host.close();
  folder.remove();
});

async function serve(isolated: boolean): Promise<Host> {
  const host = await serveFolder(folder.path, { isolated });
  hosts.push(host);
  return host;
}

testInBrowser(
  'a host without headers: threads after one reload by the service worker, then also without a network',
  async () => {
    const host = await serve(false);
    const { page, close } = await openPageAt(host.address);
    await page.waitForFunction(() => crossOriginIsolated && /\d+ threads \(/.test(document.body.textContent));
    await page.waitForFunction(() => /On 48,000 images/.test(document.querySelector('.engine')!.textContent));
    host.isUp = false;
    await page.reload();
    await page.waitForSelector('.garments li');
    await button(page, 'One step').click();
    await page.waitForFunction(() => document.querySelector('.slider')!.textContent.includes('Step 1 of 1'));
    await close();
  },
);

testInBrowser(
  'where there is no service worker either: one thread, which it says, and it trains',
  async () => {
    const host = await serve(false);
    const { page, messages, close } = await openPageAt(host.address, { serviceWorkers: 'block' });
    assert.match((await page.textContent('.engine'))!, /1 thread \(the page is not isolated: /);
    await button(page, 'One step').click();
    await page.waitForFunction(() => document.querySelector('.slider')!.textContent.includes('Step 1 of 1'));
    assert.equal(
      messages.filter((text) => !/service ?worker/i.test(text)),
      [],
    );
    await close();
  },
);

testInBrowser(
  'an address is a lesson: network, settings and what is hidden; one that cannot be is said',
  async () => {
    const host = await serve(true);
    const lesson = `${host.address}#v=1&network=cnn&seed=3&learningRate=0.01&batchSize=32&hide=try,runs`;
    const first = await openPageAt(lesson);
    assert.match((await first.page.textContent('.engine'))!, /^cnn, 356,234 parameters/);
    assert.is(await first.page.getByLabel('Learning rate').inputValue(), '0.01');
    assert.is(await first.page.getByLabel('Batch size').inputValue(), '32');
    assert.is(await first.page.getByRole('heading', { name: 'Try your own' }).count(), 0);
    assert.is(await first.page.getByRole('heading', { name: 'Recipe' }).count(), 1);
    await first.close();
    const wrong = await openPageAt(`${host.address}#v=1&network=nothing`);
    assert.match((await wrong.page.textContent('.notices'))!, /there is no network nothing; there are mlp, /);
    assert.match((await wrong.page.textContent('.engine'))!, /^mlp, /);
    await wrong.close();
  },
);

testInBrowser('on a phone nothing is wider than the screen', async () => {
  const host = await serve(true);
  for (const width of [360, 768]) {
    const { page, close } = await openPageAt(host.address, { viewport: { width, height: 640 } });
    await button(page, 'One step').click();
    await page.waitForSelector('.matrix');
    const widest = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(widest <= width, `${widest} of ${width}`);
    // words of a table stay whole: it scrolls
    const heading = await page.locator('.matrix tbody th').first().boundingBox();
    assert.ok(heading!.height < 40, `a heading of ${heading!.height} pixels`);
    await close();
  }
});

testInBrowser('by keyboard alone: train, stop, a step back, choose an image', async () => {
  const host = await serve(true);
  const { page, close } = await openPageAt(host.address);
  const focusOn = async (name: RegExp): Promise<void> => {
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press('Tab');
      const text = await page.evaluate(() => {
        const { activeElement } = document;
        return `${activeElement?.textContent ?? ''} ${(activeElement as HTMLInputElement).type ?? ''}`;
      });
      if (name.test(text)) return;
    }
    throw new Error(`${name} is not reached by the Tab key`);
  };
  await focusOn(/^Train /);
  await page.keyboard.press('Enter');
  await page.waitForFunction(
    () => Number(/Step (\d+)/.exec(document.querySelector('.slider')!.textContent)![1]) > 20,
  );
  await page.keyboard.press('Enter');
  await button(page, 'Train').waitFor();
  await page.waitForTimeout(500);
  const { step } = await steps(page);
  await focusOn(/range/);
  await page.keyboard.press('ArrowLeft');
  await page.waitForFunction(
    (wanted) => document.querySelector('.slider')!.textContent.includes(`Step ${wanted} of`),
    step - 1,
  );
  await focusOn(/[✓✗]/);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  assert.is(await page.locator('.garment[aria-pressed=true]').count(), 1);
  await close();
});

testInBrowser('chapters: each link leads somewhere, and nothing is wider than a phone', async () => {
  const host = await serve(true);
  const { page, messages, close } = await openPageAt(`${host.address}learn/index.html`, {
    waitFor: 'main',
    viewport: { width: 360, height: 640 },
  });
  const chapters = await page
    .locator('main li a')
    .evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href));
  assert.ok(chapters.length >= 12);
  for (const address of chapters) {
    await page.goto(address);
    const widest = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(widest <= 360, `${address}: ${widest}`);
    const links = await page
      .locator('a')
      .evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href));
    for (const link of links.filter((one) => one.startsWith(host.address))) {
      const { status } = await fetch(link);
      assert.is(status, 200, `${address} links to ${link}`);
    }
    assert.is(await page.getByText('<!--').count(), 0);
  }
  assert.equal(messages, []);
  await close();
});

testInBrowser('a chapter opens the page in a state, in its place', async () => {
  const host = await serve(true);
  const { page, messages, close } = await openPageAt(`${host.address}learn/pixels.html`, { waitFor: 'main' });
  await page.locator('.embedded summary').click();
  const inside = page.frameLocator('.embedded iframe');
  await inside.getByRole('button', { name: 'One step', exact: true }).click();
  await inside.getByText('Step 1 of 1').waitFor();
  assert.match((await inside.locator('.engine').textContent())!, /network, 7,850 parameters/);
  assert.equal(await inside.locator('h2').allTextContents(), [
    'Its guesses',
    'One image, layer by layer',
    'One unit in numbers',
  ]);
  assert.equal(messages, []);
  await close();
});

testInBrowser(
  'the cells of a chapter run, see those before them, can be changed, and say what is wrong',
  async () => {
    const host = await serve(true);
    const { page, messages, close } = await openPageAt(`${host.address}learn/pixels.html`, {
      waitFor: '.code-cell button:enabled',
    });
    const cell = (index: number) => page.locator('.code-cell').nth(index);
    await cell(0).locator('button').click();
    await page.waitForFunction(() => /784 for each/.test(document.querySelector('.result')!.textContent));
    assert.is(await cell(0).locator('canvas').count(), 1);
    await cell(3).locator('button').click();
    await page.waitForFunction(() =>
      /of 100 right/.test(document.querySelectorAll('.result')[3]!.textContent),
    );
    await cell(0).locator('textarea').fill('let n = 0;\nconsole.log("changed", n.x.y);');
    await cell(0).locator('button').click();
    await page.waitForFunction(() =>
      document.querySelector('.result')!.textContent.startsWith('TypeError: '),
    );
    await cell(0).locator('textarea').fill('for (;;) {}');
    await cell(0).locator('button').click();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.waitForFunction(() => document.querySelector('.code-cell button')!.textContent === 'Run');
    assert.equal(messages, []);
    await close();
  },
);

testInBrowser(
  'the ladder is measured on the device, a rung at a time, with its source beside it',
  async () => {
    const host = await serve(true);
    const { page, messages, close } = await openPageAt(`${host.address}kernels/`, { waitFor: 'button.main' });
    await button(page, 'Measure').click();
    await page.getByRole('button', { name: 'Copy as JSON' }).waitFor({ timeout: 240_000 });
    const rows = await page.locator('tbody tr').allTextContents();
    assert.ok(rows.length >= 15, `${rows.length} rungs`);
    assert.match(rows[0]!, /01-naive/);
    assert.match(
      rows.find((row) => row.includes('09-256-bit'))!,
      /not here: /,
    );
    const [simd] = await page
      .locator('tbody tr', { hasText: '06-simd' })
      .locator('td')
      .nth(4)
      .allTextContents();
    assert.match(simd!, /^[\d.]+[\d.]–[\d.]+$/);
    assert.ok(Number.parseFloat(simd!) > 0.1, simd);
    // on a phone the table scrolls, and the page does not
    await page.setViewportSize({ width: 360, height: 640 });
    const widest = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(widest <= 360, `${widest}`);
    await page.getByText('01-naive').click();
    await page.waitForFunction(() =>
      /for \(let p = 0; p < k; p\+\+\)/.test(document.querySelector('pre')?.textContent ?? ''),
    );
    assert.equal(messages, []);
    await close();
  },
);

for (const colorScheme of ['light', 'dark'] as const) {
  testInBrowser(`axe finds nothing, ${colorScheme}`, async () => {
    const host = await serve(true);
    const { page, close } = await openPageAt(host.address, { colorScheme });
    await button(page, 'One step').click();
    await page.waitForSelector('.matrix');
    await button(page, 'Numbers of the first unit of dense_1').click();
    await page.locator('.formula').first().waitFor();
    await page.getByText('Your own layers').click();
    const { violations } = await new AxeBuilder({ page }).analyze();
    assert.equal(
      violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`),
      [],
    );
    await close();
  });
}

test.run();
