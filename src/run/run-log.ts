import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import type { EpochResult } from '../train/history.ts';
import { firstRecords, scalarsRecord, versionRecord } from './tensorboard.ts';
import type { RunFolder } from './run-folder.ts';

export const csvFile = 'history.csv';
export const jsonLinesFile = 'history.jsonl';

/** What is written down of an epoch, in the order of the columns of `history.csv`; null without validation. */
function rowOf(result: EpochResult): Readonly<Record<string, number | null>> {
  const { epoch, loss, accuracy, validation, learningRate, seconds, imagesPerSecond } = result;
  return {
    epoch,
    loss,
    accuracy,
    val_loss: validation?.loss ?? null,
    val_accuracy: validation?.accuracy ?? null,
    learning_rate: learningRate,
    seconds: Number(seconds.toFixed(3)),
    images_per_second: Math.round(imagesPerSecond),
  };
}

const columns = 'epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds,images_per_second';
const scalars = ['loss', 'accuracy', 'val_loss', 'val_accuracy', 'learning_rate'];

function csvLine(result: EpochResult): string {
  return `${Object.values(rowOf(result)).join(',')}\n`;
}

function jsonLine(result: EpochResult): string {
  return `${JSON.stringify(rowOf(result))}\n`;
}

/** The history of a run, epoch by epoch: as a table, as JSON Lines and for TensorBoard. */
export class RunLog {
  /** The file for TensorBoard, which finds it by its name. */
  readonly eventFile: string;
  readonly #folder: RunFolder;

  private constructor(folder: RunFolder, eventFile: string) {
    this.#folder = folder;
    this.eventFile = eventFile;
  }

  /** Begins with the epochs that are done. What the files say beyond these, of an epoch that will come again, is dropped. */
  static async open(folder: RunFolder, history: readonly EpochResult[]): Promise<RunLog> {
    const seconds = Date.now() / 1000;
    const found = readdirSync(folder.path).find((name) => name.startsWith('events.out.tfevents.'));
    const log = new RunLog(folder, found ?? `events.out.tfevents.${Math.floor(seconds)}.weft`);
    const events = folder.file(log.eventFile);
    await folder.writeBytes(csvFile, `${columns}\n${history.map(csvLine).join('')}`);
    await folder.writeBytes(jsonLinesFile, history.map(jsonLine).join(''));
    await folder.writeBytes(
      log.eventFile,
      existsSync(events) ? firstRecords(readFileSync(events), 1 + history.length) : versionRecord(seconds),
    );
    return log;
  }

  append(result: EpochResult): void {
    const { epoch, ...row } = rowOf(result);
    const values = scalars.flatMap((tag) => (row[tag] === null ? [] : [[tag, row[tag]!] as const]));
    const record = scalarsRecord(epoch!, Object.fromEntries(values), Date.now() / 1000);
    const lines = { [csvFile]: csvLine(result), [jsonLinesFile]: jsonLine(result), [this.eventFile]: record };
    for (const [name, line] of Object.entries(lines)) {
      try {
        appendFileSync(this.#folder.file(name), line);
      } catch (error) {
        throw new Error(`cannot write ${this.#folder.file(name)}: ${(error as Error).message}`, {
          cause: error,
        });
      }
    }
  }
}
