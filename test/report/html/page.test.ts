import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dataUri, escapeHtml, htmlPage } from '../../../src/report/html/page.ts';

test('text stands between tags and in attributes as it is', () => {
  assert.is(escapeHtml(`a < b && "c" > 'd'`), 'a &lt; b &amp;&amp; &quot;c&quot; &gt; &#39;d&#39;');
  assert.is(escapeHtml('&amp;'), '&amp;amp;');
  assert.is(escapeHtml('Größe 3×3 – 10 %'), 'Größe 3×3 – 10 %');
});

test('a page names its title, language, characters and width, and loads nothing', () => {
  const page = htmlPage({ title: 'Shirts & <coats>', body: '<p>body</p>' });
  assert.match(page, /^<!doctype html>\n<html lang="en">/);
  assert.ok(page.includes('<title>Shirts &amp; &lt;coats&gt;</title>'));
  assert.ok(page.includes('<h1>Shirts &amp; &lt;coats&gt;</h1>\n<p>body</p>'));
  assert.match(page, /<meta charset="utf-8">/);
  assert.match(page, /<meta name="viewport" content="width=device-width, initial-scale=1">/);
  assert.match(page, /prefers-color-scheme: dark/);
  assert.not.match(page, /https?:|url\(|@import|<script|<link/);
});

test('a data URI holds the bytes of its part of a buffer alone', () => {
  assert.is(dataUri(Uint8Array.of(9, 0x89, 0x50, 0xff, 9).subarray(1, 4)), 'data:image/png;base64,iVD/');
});

test.run();
