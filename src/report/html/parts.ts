import { escapeHtml } from './page.ts';

export interface HtmlTableOptions {
  /** What the table shows. */
  readonly caption: string;
  readonly head: readonly string[];
  /** Cells as text, not yet escaped. The first cell of a row is its heading. */
  readonly rows: readonly (readonly string[])[];
  /** Number of text columns, from the left; 1 by default. The other columns are numbers, aligned to the right. */
  readonly textColumns?: number;
}

/** A table. If it is wider than the page, it scrolls, and the page does not. */
export function htmlTable({ caption, head, rows, textColumns = 1 }: HtmlTableOptions): string {
  const kind = (column: number): string => (column < textColumns ? ' class="text"' : '');
  const headings = head.map((name, column) => `<th scope="col"${kind(column)}>${escapeHtml(name)}</th>`);
  const body = rows.map(([first = '', ...cells]) => {
    const data = cells.map((cell, index) => `<td${kind(index + 1)}>${escapeHtml(cell)}</td>`);
    return `<tr><th scope="row"${kind(0)}>${escapeHtml(first)}</th>${data.join('')}</tr>`;
  });
  return `<div class="scroll"><table>
<caption>${escapeHtml(caption)}</caption>
<thead><tr>${headings.join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table></div>`;
}

/** Content that is hidden until the reader opens it. The summary is text, the content is HTML. */
export function details(summary: string, content: string): string {
  return `<details><summary>${escapeHtml(summary)}</summary>\n${content}\n</details>`;
}

/** A figure with a caption. The content is HTML, the caption is text. */
export function figure(content: string, caption: string): string {
  return `<figure>\n${content}\n<figcaption>${escapeHtml(caption)}</figcaption>\n</figure>`;
}

/** A part of a page with a heading. The title is text, the content is HTML. */
export function section(title: string, content: string): string {
  return `<section>\n<h2>${escapeHtml(title)}</h2>\n${content}\n</section>`;
}

export function paragraph(text: string): string {
  return `<p>${escapeHtml(text)}</p>`;
}
