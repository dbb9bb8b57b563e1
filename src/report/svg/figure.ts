import { escapeHtml } from '../html/page.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface FigureOptions extends Size {
  /** Unique in its page. */
  readonly id: string;
  /** What the figure is. */
  readonly title: string;
  /** What the figure shows, for readers who do not see it. */
  readonly description: string;
  /** SVG elements. */
  readonly body: string;
}

export const fontSize = 13;
/** First the font that `renderPng` has. */
const fontFamily = 'DejaVu Sans, Verdana, sans-serif';

/** An SVG figure with a title and a description. A page may scale it. */
export function svgFigure({ id, title, description, width, height, body }: FigureOptions): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="${id}-title ${id}-description" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${fontFamily}" font-size="${fontSize}">
<title id="${id}-title">${escapeHtml(title)}</title>
<desc id="${id}-description">${escapeHtml(description)}</desc>
${body}
</svg>`;
}

/** A coordinate, rounded to hundredths of a pixel. */
export function coordinate(value: number): string {
  return String(Number(value.toFixed(2)));
}

/** An estimate of the width of text, in pixels, for most fonts without serifs. */
export function textWidth(text: string, size: number = fontSize): number {
  return text.length * size * 0.62;
}
