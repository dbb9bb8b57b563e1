/** What a command says on stdout: text for people, or one JSON object a line for programs. */
export class Output {
  readonly #json: boolean;
  readonly #quiet: boolean;

  constructor({ json, quiet }: { json: boolean; quiet: boolean }) {
    this.#json = json;
    this.#quiet = quiet;
  }

  /** Text that `--quiet` leaves out. */
  text(line: string): void {
    if (!this.#json && !this.#quiet) console.log(line);
  }

  /** The result itself: printed even with `--quiet`. */
  result(line: string): void {
    if (!this.#json) console.log(line);
  }

  /** One line of `--json`. */
  event(event: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.#json) console.log(JSON.stringify({ event, ...fields }));
  }

  /** A remark on what happened, on stderr. */
  note(line: string): void {
    console.error(`weft: ${line}`);
  }
}
