import { classNames, gzippedIdx, idx } from './idx.ts';
import { modelFile, savedModel, weightsFile } from './models.ts';
import { jpeg, png } from './pictures.ts';
import type { ReaderCase } from './reader-case.ts';
import { checkpoint, config, history, metrics, numberMetrics, tableConfig } from './runs.ts';
import { table } from './tables.ts';

/** All readers of files that people get from elsewhere, or that a crash or an editor may have changed. */
export const readerCases: readonly ReaderCase[] = [
  png,
  jpeg,
  idx,
  gzippedIdx,
  classNames,
  modelFile,
  weightsFile,
  savedModel,
  table,
  config,
  tableConfig,
  history,
  checkpoint,
  metrics,
  numberMetrics,
];
