/** Prints the output of a command: text for people, or with `--json` one JSON object on each line. */
export class Output {
  readonly #json: boolean;
  readonly #quiet: boolean;

  constructor({ json, quiet }: { json: boolean; quiet: boolean }) {
    this.#json = json;
    this.#quiet = quiet;
  }

  /** A line of text; nothing with `--quiet`. */
  text(line: string): void {
    if (!this.#json && !this.#quiet) console.log(line);
  }

  /** The result as text; also with `--quiet`. */
  result(line: string): void {
    if (!this.#json) console.log(line);
  }

  /** A line of `--json`. */
  event(event: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.#json) console.log(JSON.stringify({ event, ...fields }));
  }

  /** A remark or warning, on stderr. */
  note(line: string): void {
    console.error(`weft: ${line}`);
  }
}
