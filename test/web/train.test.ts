/** The page as a person uses it: training, going back, branches, what is taken for what, units in numbers, the recipe. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fashionMnist } from '../../src/data/idx/fashion-mnist.ts';
import { decodeSafetensors } from '../../src/model/safetensors.ts';
import { testInBrowser } from '../helpers/browser.ts';
import { assertClose } from '../helpers/close.ts';
import { temporaryFolder } from '../helpers/idx-file.ts';
import {
  buildPage,
  button,
  closeBrowser,
  guessesOf,
  type Host,
  openPageAt,
  seekTo,
  serveFolder,
  steps,
} from '../helpers/web.ts';

const folder = temporaryFolder();
let host: Host;
test.before(async () => {
  await buildPage(folder.path);
  host = await serveFolder(folder.path, { isolated: true });
});
test.after(async () => {
  await closeBrowser();
  host?.close();
  folder.remove();
});

const rightOf = (guesses: readonly string[]): number => guesses.filter((text) => text.includes('✓')).length;

testInBrowser(
  'it opens with a network that knows nothing, and training makes the guesses right',
  async () => {
    const { page, messages, close } = await openPageAt(host.address);
    await page.waitForFunction(() => /of 20 right/.test(document.querySelector('main')!.textContent));
    const untrained = await guessesOf(page);
    assert.is(untrained.length, 20);
    assert.match(
      (await page.textContent('.engine'))!,
      /mlp, 53,354 parameters, on WebAssembly SIMD, .* threads?/,
    );
    await button(page, 'Train').click();
    await page.waitForFunction(
      () => Number(/Step (\d+)/.exec(document.querySelector('.slider')!.textContent)![1]) > 150,
    );
    await button(page, 'Pause').click();
    await button(page, 'Train').waitFor();
    const { step, end } = await steps(page);
    assert.ok(step > 150 && step === end);
    const trained = await guessesOf(page);
    assert.ok(
      rightOf(trained) > rightOf(untrained) + 3 && rightOf(trained) >= 12,
      `${rightOf(untrained)} → ${rightOf(trained)}`,
    );
    await button(page, 'One step').click();
    await page.waitForFunction(
      (last) => document.querySelector('.slider')!.textContent.includes(`Step ${last + 1} of`),
      end,
    );

    // back to the beginning: what was there
    await seekTo(page, 0);
    assert.equal(await guessesOf(page), untrained);
    assert.is((await steps(page)).end, end + 1);
    assert.equal(messages, []);
    await close();
  },
);

testInBrowser('the script of the page has at most 100 kB, compressed', async () => {
  const page = readFileSync(join(folder.path, 'index.html'), 'utf8');
  const scripts = [...page.matchAll(/assets\/[\w-]+\.js/g)].map(([name]) => name);
  assert.ok(scripts.length > 0);
  const bytes = scripts.reduce(
    (sum, name) => sum + gzipSync(readFileSync(join(folder.path, name))).length,
    0,
  );
  assert.ok(bytes <= 100_000, `${bytes} bytes`);
  assert.ok(globSync('data/*.gz', { cwd: folder.path }).length >= 6);
});

testInBrowser('a change in the past begins a branch; both are in the table and can be shown', async () => {
  const { page, close } = await openPageAt(host.address);
  for (let i = 0; i < 3; i++) await button(page, 'One step').click();
  await page.waitForFunction(() => document.querySelector('.slider')!.textContent.includes('Step 3 of 3'));
  await seekTo(page, 1);
  await page.getByLabel('Learning rate').selectOption('0.01');
  await page.waitForFunction(() => document.querySelector('.slider')!.textContent.includes('branch 2'));
  await button(page, 'One step').click();
  await page.waitForFunction(() => document.querySelector('.slider')!.textContent.includes('Step 2 of 2'));
  const rows = page.getByRole('row', { name: /branch 2, from step 1.*adam 0.01/ });
  await rows.first().waitFor();
  await page.getByRole('button', { name: 'show', exact: true }).click();
  await page.waitForFunction(() => document.querySelector('.slider')!.textContent.includes('Step 3 of 3'));
  assert.match(page.url(), /learningRate=0\.01/);
  await close();
});

testInBrowser('the matrix counts the validation images; a cell opens its own, the surest first', async () => {
  const { page, close } = await openPageAt(host.address);
  await page.waitForFunction(() =>
    document.querySelector('.engine')!.textContent.includes('On 48,000 images'),
  );
  const { counts, said } = await matrixAfterStep(page);
  const total = counts.reduce((sum, value) => sum + value, 0);
  const [, accuracy, examples] = /([\d.]+) % of ([\d,]+) validation images/.exec(said)!;
  assert.is(total, Number(examples!.replaceAll(',', '')));
  const right = counts.filter((_, index) => index % 11 === 0).reduce((sum, value) => sum + value, 0);
  assert.is(accuracy, ((100 * right) / total).toFixed(1));
  const most = counts.indexOf(Math.max(...counts.filter((_, index) => index % 11 !== 0)));
  await page.locator('.cell').nth(most).click();
  await page.waitForSelector('.opened .garment');
  const shown = await page.locator('.opened .garment').allTextContents();
  assert.is(shown.length, Math.min(24, counts[most]!));
  assertFalling(shown);

  // it stays open while the network learns, with the images of one judgement at a time
  await page.evaluate(() => {
    const seen: string[][] = [];
    Object.assign(globalThis, { seen });
    const read = (): unknown =>
      seen.push([...document.querySelectorAll('.opened .garment')].map(({ textContent }) => textContent));
    new MutationObserver(read).observe(document.querySelector('.opened')!, {
      characterData: true,
      childList: true,
      subtree: true,
    });
  });
  for (let i = 0; i < 3; i++) await matrixAfterStep(page);
  const seen = await page.evaluate(() => (globalThis as unknown as { seen: string[][] }).seen);
  assert.ok(new Set(seen.map((texts) => texts.join())).size > 1, 'other images');
  for (const texts of seen) assertFalling(texts);
  await close();
});

/** Trains a step; the counts of the matrix after it, row by row, and the line above it. */
async function matrixAfterStep(page: Page): Promise<{ readonly counts: number[]; readonly said: string }> {
  const read = (): Promise<{ readonly labels: string[]; readonly said: string }> =>
    page.evaluate(() => ({
      labels: [...document.querySelectorAll('.cell')].map((cell) => cell.getAttribute('aria-label')!),
      said: document.querySelector('section[aria-labelledby=confusion-title]')!.textContent,
    }));
  await page.waitForSelector('.matrix');
  const before = JSON.stringify(await read());
  await button(page, 'One step').click();
  let after = await read();
  while (JSON.stringify(after) === before) {
    await page.waitForTimeout(50);
    after = await read();
  }
  return { counts: after.labels.map((label) => Number(/: (\d+)$/.exec(label)![1])), said: after.said };
}

function assertFalling(percentages: readonly string[]): void {
  const chances = percentages.map((text) => Number.parseFloat(text));
  assert.equal(
    chances,
    chances.toSorted((a, b) => b - a),
  );
}

testInBrowser('a unit in numbers: its sum is its output, and a nudge shows its derivative', async () => {
  const { page, close } = await openPageAt(host.address);
  for (let i = 0; i < 2; i++) await button(page, 'One step').click();
  await button(page, 'Numbers of the first unit of dense_5').click();
  const formula = page.locator('.formula').first();
  await formula.waitFor();
  const [, sum, bias, output] = /= (\S+) \+ (\S+) = (\S+)/.exec((await formula.textContent())!)!.map(Number);
  assertClose([output!], [sum! + bias!], { rtol: 0.01, atol: 0.002 });
  const row = page.locator('section', { hasText: 'One unit in numbers' }).locator('tbody tr').first();
  const derivative = Number(await row.locator('td').nth(4).textContent());
  await row.getByRole('button', { name: 'nudge' }).click();
  const line = (await page.locator('.formula[role=status]').textContent())!;
  const [, slope] = /a slope of ([-\d.e]+)\. /.exec(line)!;
  const [, backward] = /says ([-\d.e]+)\.$/.exec(line)!;
  assertClose([Number(slope)], [Number(backward)], { rtol: 1e-4, atol: 1e-9 });
  assertClose([Number(backward)], [derivative], { rtol: 0.01, atol: 1e-6 });
  await close();
});

testInBrowser(
  'layers of one’s own: mistakes are one line with a hint, and what was there stays',
  async () => {
    const { page, messages, close } = await openPageAt(host.address);
    await page.getByText('Your own layers').click();
    const layers = page.getByLabel('A list of layers, as a model file has it');
    await layers.fill('[{ "type": "flaten" }]');
    await button(page, 'Train this network').click();
    await page.waitForFunction(() => /flaten.*flatten/.test(document.querySelector('.notices')!.textContent));
    await layers.fill('[{');
    await button(page, 'Train this network').click();
    await page.waitForFunction(() =>
      document.querySelector('.notices')!.textContent.includes('the layers are not JSON'),
    );
    assert.match((await page.textContent('.engine'))!, /^mlp, /);
    await layers.fill(
      '[{"type":"conv2d","filters":4,"stride":2},{"type":"relu"},{"type":"residual","body":[{"type":"conv2d","filters":4,"padding":"same"},{"type":"batch_norm"}]},{"type":"flatten"},{"type":"dense","units":10}]',
    );
    await button(page, 'Train this network').click();
    await page.waitForFunction(() => document.querySelector('.engine')!.textContent.startsWith('network, '));
    await button(page, 'One step').click();
    await page.waitForFunction(() => document.querySelector('.slider')!.textContent.includes('Step 1 of 1'));
    await page.waitForSelector('.layers h3:has-text("residual_1")');
    const titles = await page.locator('.layers h3').allTextContents();
    assert.equal(titles, [
      'image',
      'conv2d_1',
      'relu_1',
      'residual_1',
      'flatten_1',
      'dense_1',
      'probabilities',
    ]);
    assert.equal(messages, []);
    await close();
  },
);

testInBrowser(
  'a picture of one’s own: prepared in steps that are shown; one that is none is one line',
  async () => {
    const { page, close } = await openPageAt(host.address);
    const { x } = fashionMnist().test;
    const picture = new PNG({ width: 112, height: 112 });
    for (let i = 0; i < 112 * 112; i++) {
      const [row, column] = [Math.floor(i / 112 / 4), Math.floor((i % 112) / 4)];
      const grey = 255 - x.values[row * 28 + column]!;
      picture.data.set([grey, grey, grey, 255], 4 * i);
    }
    const input = page.getByLabel('Choose a picture');
    await input.setInputFiles({ name: 'boot.png', mimeType: 'image/png', buffer: PNG.sync.write(picture) });
    await page.waitForFunction(() =>
      /It takes this for .*, [\d.]+ %/.test(document.querySelector('.try')!.textContent),
    );
    await page.locator('.steps').getByText('where it looks').waitFor();
    const names = await page.locator('.steps li span').allTextContents();
    assert.ok(names.includes('picture') && names.includes('where it looks'), names.join());
    await input.setInputFiles({
      name: 'broken.png',
      mimeType: 'image/png',
      buffer: Buffer.from('not a picture'),
    });
    await page.waitForFunction(() =>
      document.querySelector('.notices')!.textContent.includes('broken.png is no picture'),
    );
    await close();
  },
);

/** Waits until the network has answered. */
async function answerOf(page: Page): Promise<string> {
  const answer = page.locator('.try [role=status]');
  await answer.getByText(/It takes this for .*, [\d.]+ %/).waitFor();
  return (await answer.textContent())!;
}

testInBrowser(
  'a drawing, a picture of the camera, and a garment of the data set are taken for something',
  async () => {
    const { page, messages, close } = await openPageAt(host.address);
    await page.context().grantPermissions(['camera']);
    const field = page.getByLabel(/^A field to draw on/);
    await field.scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await field.boundingBox())!;
    await page.mouse.move(x + width / 4, y + height / 4);
    await page.mouse.down();
    for (const [right, down] of [
      [3, 1],
      [3, 3],
      [1, 3],
    ]) {
      await page.mouse.move(x + (right! * width) / 4, y + (down! * height) / 4, { steps: 5 });
    }
    await page.mouse.up();
    await button(page, 'What is it?').click();
    await answerOf(page);
    assert.ok((await page.locator('.steps canvas').count()) > 2);
    await button(page, 'Clear').click();
    assert.is(await page.locator('.steps').count(), 0);
    await button(page, 'Use the camera').click();
    await page.waitForFunction(() => (document.querySelector('video')?.videoWidth ?? 0) > 0);
    await button(page, 'Take the picture').click();
    await answerOf(page);
    assert.is(await page.locator('video').count(), 0);
    await button(page, 'Take the chosen garment').click();
    await page.getByText('an image of the data set, as it is').waitFor();
    await answerOf(page);
    assert.equal(messages, []);
    await close();
  },
);

testInBrowser(
  'it trains at a speed, changes while it trains, and begins again with the same network',
  async () => {
    const { page, messages, close } = await openPageAt(host.address);
    await page.waitForFunction(() => /On 48,000 images/.test(document.querySelector('.engine')!.textContent));
    const untrained = await guessesOf(page);
    await page.getByLabel('Speed').selectOption('5 steps/s');
    await button(page, 'Train').click();
    await page.waitForFunction(() => /Step [2-9] of/.test(document.querySelector('.slider')!.textContent));
    await page.getByLabel('Learning rate').selectOption('0.01');
    await page.getByText('adam 0.01, batch 64').waitFor();
    await page.waitForTimeout(1000);
    await button(page, 'Pause').click();
    await button(page, 'Train').waitFor();
    const { step } = await steps(page);
    assert.ok(step >= 5 && step < 40, `${step} steps`);
    // where the rate has changed, both curves have a mark
    assert.is(await page.locator('.chart path[stroke-dasharray="2 3"]').count(), 2);
    assert.match(page.url(), /learningRate=0\.01/);
    for (const [name, file] of [
      ['network (ONNX)', 'mlp.onnx'],
      ['network (JSON)', 'mlp.json'],
      ['curves (CSV)', 'mlp.csv'],
    ] as const) {
      const [download] = await Promise.all([page.waitForEvent('download'), button(page, name).click()]);
      assert.is(download.suggestedFilename(), file);
      const lines = readFileSync(await download.path(), 'latin1').split('\n');
      if (file === 'mlp.csv') assert.is(lines[0], 'part,step,epoch,loss,accuracy');
    }
    assert.match(
      (await page.textContent('.command'))!,
      /^npm run train -- --model mlp --learning-rate 0\.01$/,
    );
    await page.getByLabel('Erase a rectangle of').selectOption('0.2');
    await page.getByLabel('Black square, pixels a side').selectOption('8'); // in place of the rectangle
    await page.getByLabel('Where an image was moved, show it reflected').check();
    await page.getByLabel('Move images by up to').selectOption('2');
    await page.waitForFunction(() =>
      document.querySelector('.command')!.textContent.endsWith('0.01 --shift 2 --fill reflect --cutout 8'),
    );
    await button(page, 'One step').click();
    await page.getByText(/batch 64, .*cutout 8/).waitFor();
    await page.getByLabel('Learning rate').selectOption('0.001');
    await button(page, 'Reset').click();
    await page.waitForFunction(() => document.querySelector('.slider')!.textContent.includes('Step 0 of 0'));
    await page.waitForTimeout(300);
    assert.equal(await guessesOf(page), untrained);
    assert.equal(messages, []);
    await close();
  },
);

testInBrowser('the report is one page that loads nothing, with the numbers of the run', async () => {
  const { page, close } = await openPageAt(host.address);
  await page.waitForFunction(() => /On 48,000 images/.test(document.querySelector('.engine')!.textContent));
  await button(page, 'One epoch').click();
  await page.waitForFunction(() =>
    /of 12,000 validation images/.test(document.querySelector('main')!.textContent),
  );
  const shown = /([\d.]+ %) of 12,000 validation/.exec((await page.textContent('main'))!)![1]!;
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    button(page, 'report (HTML)').click(),
  ]);
  assert.is(download.suggestedFilename(), 'mlp.html');
  const html = readFileSync(await download.path(), 'utf8');
  assert.not.match(html, /<script|<link|src="(?!data:)/);
  const report = await page.context().newPage();
  await report.setContent(html);
  const rows = await report.locator('table').first().locator('tr').allTextContents();
  assert.ok(rows.includes('validation images12,000'), rows.join());
  const right = rows.find((row) => row.startsWith('right of them'))!;
  assertClose([Number.parseFloat(right.slice('right of them'.length))], [Number.parseFloat(shown)], {
    rtol: 0,
    atol: 0.051,
  });
  const counted = await report.locator('section', { hasText: 'Confusions' }).locator('svg').count();
  assert.is(counted, 1);
  // an earlier run has a mark on its curve and in the table
  await button(page, 'New seed').click();
  await page.waitForFunction(() => document.querySelector('.slider')!.textContent.includes('of 0'));
  await page.getByText('A mlp, seed 1').waitFor();
  assert.is(await page.locator('.chart text', { hasText: /^A$/ }).count(), 2);
  await close();
});

testInBrowser('the weights that are taken along are those of the run, and come back', async () => {
  const { page, close } = await openPageAt(host.address);
  await button(page, 'One step').click();
  await page.waitForFunction(() => document.querySelector('.slider')!.textContent.includes('Step 1 of 1'));
  const before = await guessesOf(page);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    button(page, 'weights (safetensors)').click(),
  ]);
  assert.is(download.suggestedFilename(), 'mlp.safetensors');
  const bytes = readFileSync(await download.path());
  assert.is(decodeSafetensors(bytes, 'download').get('dense_1/kernel')!.values.length, 784 * 32);
  await seekTo(page, 0);
  const input = page.getByLabel(/Weights of another run/);
  await input.setInputFiles({ name: 'mlp.safetensors', mimeType: 'application/octet-stream', buffer: bytes });
  await page.waitForFunction(() => document.querySelector('.slider')!.textContent.includes('branch 2'));
  await page.waitForTimeout(300);
  assert.equal(await guessesOf(page), before);
  await input.setInputFiles({
    name: 'wrong.safetensors',
    mimeType: 'application/octet-stream',
    buffer: Buffer.from([1]),
  });
  await page.waitForFunction(() =>
    document.querySelector('.notices')!.textContent.includes('wrong.safetensors:'),
  );
  await close();
});

test.run();
