import { escapeHtml } from '../html/page.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface FigureOptions extends Size {
  /** Unique in its page. */
  readonly id: string;
  /** What the figure is, in a few words, and what it shows, for those who do not see it. */
  readonly title: string;
  readonly description: string;
  /** SVG elements. */
  readonly body: string;
}

export const fontSize = 13;
/** The font that PNG files are drawn with comes first. */
const fontFamily = 'DejaVu Sans, Verdana, sans-serif';

/** An SVG image with a name. It is as large as `width` and `height` say, or scaled by what it stands in. */
export function svgFigure({ id, title, description, width, height, body }: FigureOptions): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="${id}-title ${id}-description" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${fontFamily}" font-size="${fontSize}">
<title id="${id}-title">${escapeHtml(title)}</title>
<desc id="${id}-description">${escapeHtml(description)}</desc>
${body}
</svg>`;
}

/** A coordinate: hundredths of a pixel are enough. */
export function coordinate(value: number): string {
  return String(Number(value.toFixed(2)));
}

/** Width in pixels, as an estimate: a letter is about this wide in most fonts without serifs. */
export function textWidth(text: string, size: number = fontSize): number {
  return text.length * size * 0.62;
}

/** Text without its middle where it is longer than a label should be: names often differ at their end. */
export function shortened(text: string, letters: number): string {
  if (text.length <= letters) return text;
  const end = Math.floor(letters / 2);
  return `${text.slice(0, letters - 1 - end)}…${text.slice(text.length - end)}`;
}
