import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EpochResult } from '../train/fit.ts';
import { UsageError } from './usage-error.ts';

const historyColumns = 'epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds,images_per_second';

/** The folder that a run leaves behind. Made before training begins, so that nothing is lost at its end. */
export class RunFolder {
  readonly path: string;

  /** @throws UsageError if the folder holds something already, or an error of the file system */
  constructor(path: string) {
    this.path = path;
    try {
      mkdirSync(path, { recursive: true });
      if (readdirSync(path).length > 0) {
        throw new UsageError(`--out ${path}: the folder is not empty; choose a new one or empty it`);
      }
      writeFileSync(join(path, 'history.csv'), `${historyColumns}\n`);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new Error(`cannot write to the folder ${path}: ${(error as Error).message}`, { cause: error });
    }
  }

  writeJson(name: string, content: unknown): void {
    writeFileSync(join(this.path, name), `${JSON.stringify(content, null, 2)}\n`);
  }

  writeBytes(name: string, content: Uint8Array): void {
    writeFileSync(join(this.path, name), content);
  }

  appendHistory(result: EpochResult): void {
    const { epoch, loss, accuracy, validation, learningRate, seconds, imagesPerSecond } = result;
    const row = [
      epoch,
      loss,
      accuracy,
      validation?.loss ?? '',
      validation?.accuracy ?? '',
      learningRate,
      seconds.toFixed(3),
      Math.round(imagesPerSecond),
    ];
    appendFileSync(join(this.path, 'history.csv'), `${row.join(',')}\n`);
  }
}

/** `runs/2026-01-31T12-30-00-mlp`, with a number behind it if that exists. */
export function defaultRunPath(model: string, time: Date): string {
  return join('runs', `${time.toISOString().slice(0, 19).replaceAll(':', '-')}-${model}`);
}
