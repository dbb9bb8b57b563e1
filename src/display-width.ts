import { shortenMiddle } from './visible.ts';

/** Characters that take two columns: East Asian wide ones (Unicode Standard Annex 11, roughly) and emoji. */
const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303F\uFF01-\uFF60]/u;
/** Marks that are drawn over the character before them. */
const combining = /[\p{M}\u200C\u200D]/u;

/** The columns that a line of text takes in a terminal. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += combining.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return width;
}

/** Shortens a line of text to a number of columns, in its middle. */
export function fitWidth(text: string, columns: number): string {
  let short = text;
  for (let letters = Math.min(text.length - 1, columns); displayWidth(short) > columns; letters--) {
    if (letters < 1) return '';
    short = shortenMiddle(text, letters);
  }
  return short;
}
