import { basename } from 'node:path';
import { readRegularFile } from '../read-file.ts';
import {
  checkFiniteValues,
  decodeSafetensors,
  decodeSafetensorsMetadata,
  type NamedValues,
  WeightsError,
} from './safetensors.ts';

/**
 * The weights in a safetensors file, by name.
 *
 * @throws WeightsError if it cannot be read or breaks the format, or if a weight is not a finite number
 */
export function readSafetensors(path: string): Map<string, NamedValues> {
  const { weights } = readWeightsFile(path);
  checkFiniteValues(weights, basename(path));
  return weights;
}

/**
 * The tensors of a safetensors file, whatever their values, and its metadata.
 *
 * @throws WeightsError if it cannot be read or breaks the format
 */
export function readWeightsFile(path: string): {
  readonly weights: Map<string, NamedValues>;
  readonly metadata: Readonly<Record<string, string>>;
} {
  let bytes: Uint8Array;
  try {
    bytes = readRegularFile(path);
  } catch (error) {
    throw new WeightsError(`${path}: cannot read weights: ${(error as Error).message}`, { cause: error });
  }
  const file = basename(path);
  return { weights: decodeSafetensors(bytes, file), metadata: decodeSafetensorsMetadata(bytes, file) };
}
