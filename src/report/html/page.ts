import { visible } from '../../visible.ts';

/**
 * The style of all pages. It is readable on a phone, and light or dark like the reader's system. Colours are variables, so
 * that SVG figures in the page can use them. The colours of lines are from Okabe and Ito's palette, which people with any
 * kind of colour vision can tell apart.
 */
const style = `
:root {
  color-scheme: light dark;
  --background: #ffffff; --text: #1a1a1a; --quiet: #5a5a5a; --line: #d5d5d5;
  --first: #0072b2; --second: #d55e00; --right: #00704f; --wrong: #b03a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --background: #16181b; --text: #e8e8e8; --quiet: #a5a9ae; --line: #3d4146;
    --first: #56b4e9; --second: #e69f00; --right: #3fc79a; --wrong: #ff9a5c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1rem; max-width: 70rem; background: var(--background); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word;
}
h1 { font-size: 1.6rem; line-height: 1.25; }
h2 { font-size: 1.25rem; margin-top: 2.5rem; }
h3 { font-size: 1rem; }
a { color: var(--first); }
p, li, summary, figcaption { max-width: 45rem; }
code, pre { font-family: ui-monospace, monospace; font-size: 0.9em; }
pre, .scroll { overflow-x: auto; }
summary { cursor: pointer; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); padding-bottom: 0.25rem; }
th, td { padding: 0.2rem 0.7rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
th { font-weight: 600; }
th:first-child, td:first-child, table.text th, table.text td, th.text, td.text { text-align: left; }
figure { margin: 0; }
.scroll + figure { margin-top: 1.25rem; }
figcaption { margin-top: 0.25rem; color: var(--quiet); font-size: 0.9rem; }
details { margin-top: 0.75rem; }
figure > svg, figure > img { display: block; max-width: 100%; height: auto; }
img.pixels { image-rendering: pixelated; }
.figures { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
.figures.small { gap: 0.75rem; grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr)); }
.figures.small img { width: 100%; }
th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-decoration: underline dotted; }
th[aria-sort='ascending'] button::after { content: ' ↑'; }
th[aria-sort='descending'] button::after { content: ' ↓'; }
.quiet { color: var(--quiet); }
.right { color: var(--right); }
.wrong { color: var(--wrong); }
@media (max-width: 30rem) {
  th, td { padding: 0.2rem 0.3rem; font-size: 0.9rem; }
}
`;

export interface HtmlPageOptions {
  /** The title of the page and its first heading; text, not yet escaped. */
  readonly title: string;
  /** HTML. Classes for a `div`: `figures` (a grid), `figures small`, and `scroll` around a wide table. */
  readonly body: string;
  /** The only script that the page may run, and its SHA-256 in base64, by which browsers know it. */
  readonly script?: { readonly code: string; readonly hash: string };
}

/** A page as one HTML file. It loads nothing, and runs no script but the one that is given. */
export function htmlPage({ title, body, script }: HtmlPageOptions): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'${script ? `; script-src 'sha256-${script.hash}'` : ''}">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>${script ? `\n<script>${script.code}</script>` : ''}
</body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Escapes text for HTML or SVG, between tags or in a quoted attribute. XML, and so SVG, forbids most control characters:
 * they are made visible.
 */
export function escapeHtml(text: string): string {
  return visible(text).replaceAll(/[&<>"']/g, (character) => entities[character]!);
}

/** A PNG file as the `src` of an `<img>`. */
export function dataUri(png: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(png.buffer, png.byteOffset, png.byteLength).toString('base64')}`;
}
