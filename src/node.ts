/** The library for Node: all of index.ts, and what reads and writes files or prints tables. */
export * from './index.ts';
export { fashionMnist, fashionMnistFolder } from './data/idx/fashion-mnist.ts';
export { DataError, type Idx, readIdx } from './data/idx/idx.ts';
export { readIdxFolder } from './data/idx/idx-folder.ts';
export { ImageError } from './data/pictures/image-error.ts';
export { decodeImage } from './data/pictures/image-file.ts';
export { type ImageFolderOptions, readImageFolder } from './data/pictures/image-folder.ts';
export { readDataset } from './data/read-dataset.ts';
export {
  readTable,
  type TableDataset,
  type TableExamples,
  type TableFormat,
  type TableOptions,
} from './data/table/table-dataset.ts';
export { readModelFile } from './model/model-file.ts';
export { readSafetensors } from './model/safetensors-file.ts';
export { loadModel, saveModel } from './model/saved-model-file.ts';
export { summarize, type SummaryOptions } from './model/summary.ts';
export { loadWeights, saveWeights } from './model/weights-file.ts';
export { encodeCheckpoint, readCheckpoint } from './run/checkpoint.ts';
export type { RunConfiguration, TableSettings } from './run/config.ts';
export { readRunDataset } from './run/dataset.ts';
export { RunError } from './run/errors.ts';
export { readRun, type SavedRun } from './run/saved-run.ts';
export type { CategoryColumn, FeatureColumn, NumberColumn } from './data/table/features.ts';
