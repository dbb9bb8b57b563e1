/** The smoke part of the page in Firefox. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openInFirefox, testInFirefox } from '../helpers/firefox.ts';
import { temporaryFolder } from '../helpers/idx-file.ts';
import { buildPage, serveFolder } from '../helpers/web.ts';

/** The text of a part of the page, once it matches. */
const textOf = (selector: string, pattern: RegExp): string => `new Promise((resolve) => {
  const look = () => {
    const text = document.querySelector(${JSON.stringify(selector)})?.textContent ?? '';
    if (${String(pattern)}.test(text)) resolve(text);
    else setTimeout(look, 50);
  };
  look();
})`;
const press = (name: string): string =>
  `[...document.querySelectorAll('button')].find(({ textContent }) => textContent === ${JSON.stringify(name)}).click()`;

testInFirefox('the page opens, trains, stops and goes back', async () => {
  const folder = temporaryFolder();
  await buildPage(folder.path);
  const host = await serveFolder(folder.path, { isolated: true });
  try {
    await openInFirefox(
      host.address,
      async (evaluate) => {
        const engine = await evaluate(textOf('.engine', /^mlp, 53,354 parameters/));
        assert.match(engine as string, /on WebAssembly SIMD, .*\d threads? \(/);
        await evaluate(press('Train'));
        await evaluate(textOf('.slider', /Step [1-9]\d+ of/));
        await evaluate(press('Pause'));
        await evaluate(textOf('.run-bar', /^Train/));
        await evaluate(`(() => {
          const slider = document.querySelector('.slider input');
          slider.value = 3;
          slider.dispatchEvent(new Event('input', { bubbles: true }));
        })()`);
        await evaluate(textOf('.slider', /Step 3 of/));
        await evaluate(textOf('main', /of 20 right/));
      },
      `document.querySelector('.garments li') !== null`,
    );
  } finally {
    host.close();
    folder.remove();
  }
});

test.run();
