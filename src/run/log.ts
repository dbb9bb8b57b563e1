import { appendFileSync, existsSync, readdirSync } from 'node:fs';
import { readRegularFile } from '../read-file.ts';
import type { MetricName } from '../layers/loss.ts';
import type { EpochResult } from '../train/history.ts';
import type { RunFolder } from './folder.ts';
import { csvFile, csvHead, csvLine, historyRow, jsonLine, jsonLinesFile } from './history.ts';
import { eventFileName, firstRecords, isEventFile, scalarsRecord, versionRecord } from './tensorboard.ts';

/** The columns of the history that TensorBoard does not show. */
const notShown = ['epoch', 'seconds', 'images_per_second'];

/** Logs each epoch of a run to three files: `history.csv`, `history.jsonl` and an event file for TensorBoard. */
export class RunLog {
  /** The names of the three files. */
  readonly files: readonly string[];
  readonly #folder: RunFolder;
  readonly #eventFile: string;

  private constructor(folder: RunFolder, eventFile: string) {
    this.#folder = folder;
    this.#eventFile = eventFile;
    this.files = [csvFile, jsonLinesFile, eventFile];
  }

  /**
   * Opens the log of a run that has finished the epochs of `history`. If the files hold later epochs, these are removed:
   * the run was killed after it logged them and before it saved its state, so it trains them again.
   */
  static async open(
    folder: RunFolder,
    history: readonly EpochResult[],
    metric: MetricName = 'accuracy',
  ): Promise<RunLog> {
    const seconds = Date.now() / 1000;
    const log = new RunLog(folder, readdirSync(folder.path).find(isEventFile) ?? eventFileName(seconds));
    const events = folder.file(log.#eventFile);
    await folder.write(csvFile, `${csvHead(metric)}${history.map(csvLine).join('')}`);
    await folder.write(jsonLinesFile, history.map(jsonLine).join(''));
    await folder.write(
      log.#eventFile,
      existsSync(events) ? firstRecords(readEvents(events), 1 + history.length) : versionRecord(seconds),
    );
    return log;
  }

  append(result: EpochResult): void {
    this.#append(csvFile, csvLine(result));
    this.#append(jsonLinesFile, jsonLine(result));
    this.#append(this.#eventFile, eventRecord(result));
  }

  #append(name: string, content: string | Uint8Array): void {
    const path = this.#folder.file(name);
    try {
      appendFileSync(path, content);
    } catch (error) {
      throw new Error(`cannot write ${path}: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** @throws Error that names the file */
function readEvents(path: string): Uint8Array {
  try {
    return readRegularFile(path);
  } catch (error) {
    throw new Error(`${path}: cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function eventRecord(result: EpochResult): Uint8Array {
  const row = historyRow(result);
  const known = Object.entries(row).filter(([name, value]) => value !== null && !notShown.includes(name));
  const scalars = Object.fromEntries(known as [string, number][]);
  return scalarsRecord(result.epoch, scalars, Date.now() / 1000);
}
