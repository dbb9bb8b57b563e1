/** Text from outside (file names, class names, JSON) as people and terminals may safely see it. */

/**
 * Control characters (C0, DEL, C1), line separators, marks that turn the direction of writing or have no width, and
 * halves of surrogate pairs. Terminals obey the first, XML forbids them, and the others let a text look like another one
 * (Unicode Technical Report 36).
 */
const hidden = /[\p{Cc}\p{Cs}\u2028\u2029\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/gu;
const hiddenButNewlines = new RegExp(`(?!\\n)${hidden.source}`, 'gu');

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A name with its control characters written as escapes, as in a string of JavaScript: ESC becomes `\x1b`. */
export function visible(text: string): string {
  return text.replaceAll(hidden, escapeOf);
}

/** The same for text of several lines. */
export function visibleLines(text: string): string {
  return text.replaceAll(hiddenButNewlines, escapeOf);
}

const longestMessage = 300;

/** A message as one line of at most 300 characters. A longer one loses its middle: it begins and ends with our words. */
export function oneLine(message: string): string {
  const text = visible(message.trim().replaceAll(/\s*\n\s*/g, ' '));
  return shortenMiddle(text, longestMessage);
}

/** Shortens text to a number of characters, at least 3. It drops the middle, because names often differ at their end. */
export function shortenMiddle(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const end = Math.floor(characters / 2);
  // a pair of surrogates that is cut leaves a half
  return `${text.slice(0, characters - 1 - end)}…${text.slice(text.length - end)}`.replaceAll(/\p{Cs}/gu, '');
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0)!;
  if (named[character] !== undefined) return named[character];
  const [prefix, digits] = code < 0x100 ? ['\\x', 2] : ['\\u', 4];
  return prefix + code.toString(16).padStart(digits, '0');
}
