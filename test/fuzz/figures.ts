/** What a part of the fuzz suite has done and found: the same form for readers, command lines, kills and locks. */

export interface FuzzOptions {
  /** How long to go on. At least one input is tried, whatever the time. */
  readonly seconds: number;
  /** The same seed tries the same inputs in the same order. */
  readonly seed: number;
  /** How many inputs a reader tries, whatever the time; the other parts go by the time alone. */
  readonly inputs?: number | undefined;
}

export interface Figures {
  /** `reader png`, `command lines`. */
  readonly name: string;
  /** How many inputs, command lines, kills or races were tried. */
  readonly inputs: number;
  /** How many were refused with a message. */
  readonly refused: number;
  /** How many were accepted. */
  readonly accepted: number;
  /** Seconds of the slowest call. */
  readonly slowestSeconds: number;
  /** Largest memory of a process that handled the inputs, in bytes; null if it was not measured. */
  readonly mostBytes: number | null;
  /** Processes that were killed in the middle of their work. */
  readonly kills?: number;
  /** Attempts of several processes at the same time for one thing. */
  readonly races?: number;
  /** What is wrong, each in one line that says which input shows it. Empty if all is well. */
  readonly findings: readonly string[];
}

/** A part of the suite. */
export type FuzzPart = (options: FuzzOptions) => Promise<Figures | readonly Figures[]>;
