import { oneLine, visible, visibleLines } from '../../visible.ts';

/**
 * Prints the output of a command: text for people, or with `--json` one JSON object on each line. Names from outside may
 * be in it: no control character in them reaches the terminal.
 */
export class Output {
  readonly #json: boolean;
  readonly #quiet: boolean;

  constructor({ json, quiet }: { json: boolean; quiet: boolean }) {
    this.#json = json;
    this.#quiet = quiet;
  }

  /** Whether only results are wanted, or JSON: then no progress is shown. */
  get isSilent(): boolean {
    return this.#json || this.#quiet;
  }

  /** A line of text; nothing with `--quiet`. */
  text(line: string): void {
    this.picture(visible(line));
  }

  /** Several lines of text, such as a table; nothing with `--quiet`. */
  block(lines: string): void {
    this.picture(visibleLines(lines));
  }

  /** Lines with colours: control characters are left as they are. Nothing with `--quiet`. */
  picture(lines: string): void {
    if (!this.#json && !this.#quiet) console.log(lines);
  }

  /** The result as text; also with `--quiet`. */
  result(line: string): void {
    if (!this.#json) console.log(visible(line));
  }

  /** A line of `--json`. */
  event(event: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.#json) console.log(jsonLine({ event, ...fields }));
  }

  /** A remark or warning, on stderr. It takes the line of a progress bar, which is drawn again on the next one. */
  note(line: string): void {
    console.error(`${process.stderr.isTTY ? clearLine : ''}${oneLine(`weft: ${line}`)}`);
  }
}

const clearLine = '\r\u001B[K';

/** JSON leaves DEL and the control characters from 128 to 159 as they are, and terminals may obey them. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007F-\u009F]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  );
}
