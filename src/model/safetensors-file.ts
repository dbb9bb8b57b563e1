import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import {
  decodeSafetensors,
  decodeSafetensorsMetadata,
  type NamedValues,
  WeightsError,
} from './safetensors.ts';

/** The tensors of a safetensors file by name. @throws WeightsError if it cannot be read or breaks the format */
export function readSafetensors(path: string): Map<string, NamedValues> {
  return readWeightsFile(path).weights;
}

/** The tensors and the metadata of a safetensors file. @throws WeightsError as `readSafetensors` */
export function readWeightsFile(path: string): {
  readonly weights: Map<string, NamedValues>;
  readonly metadata: Readonly<Record<string, string>>;
} {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new WeightsError(`${path}: cannot read weights: ${(error as Error).message}`, { cause: error });
  }
  const file = basename(path);
  return { weights: decodeSafetensors(bytes, file), metadata: decodeSafetensorsMetadata(bytes, file) };
}
