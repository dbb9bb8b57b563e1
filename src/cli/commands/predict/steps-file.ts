import { writeAtomically } from '../../../atomic-write.ts';
import type { PreparationStep } from '../../../data/pictures/prepared-image.ts';
import { stepsSheet, type StepTiles, stepTiles } from '../../../report/pictures/steps-sheet.ts';
import type { Output } from '../../framework/output.ts';

/** A person looks at no more rows than this. */
const maxRows = 100;

/** Writes the PNG file of `--steps`: a row for each picture, a column for each step of its preparation. */
export class StepsFile {
  readonly #path: string | undefined;
  readonly #rows: StepTiles[] = [];
  #names: readonly string[] = [];

  /** @param path without one, nothing is written */
  constructor(path: string | undefined) {
    this.#path = path;
  }

  add(steps: () => readonly PreparationStep[]): void {
    if (this.#path === undefined || this.#rows.length === maxRows) return;
    const taken = steps();
    this.#rows.push(stepTiles(taken.map(({ image }) => image)));
    const names = taken.map(({ name }) => name);
    if (names.length > this.#names.length) this.#names = names;
  }

  /** @param total number of pictures; the sheet shows only the first if there are too many */
  async write(total: number, output: Output): Promise<void> {
    if (this.#path === undefined || this.#rows.length === 0) return;
    try {
      await writeAtomically(this.#path, stepsSheet(this.#rows));
    } catch (error) {
      throw new Error(`--steps ${this.#path}: cannot be written: ${(error as Error).message}`, {
        cause: error,
      });
    }
    const count = this.#rows.length < total ? `the first ${this.#rows.length} pictures` : 'each picture';
    output.text(`written: ${this.#path}, a row for ${count}: ${this.#names.join(', ')}`);
    output.event('steps', { file: this.#path, rows: this.#rows.length, columns: this.#names });
  }
}
