import { extname } from 'node:path';

export const formats = ['onnx', 'safetensors', 'json'] as const;
export type Format = (typeof formats)[number];

/** The format that the name of a file ends with; else `onnx`. */
export function formatOf(file: string | undefined): Format {
  const extension = extname(file ?? '')
    .slice(1)
    .toLowerCase();
  return formats.find((format) => format === extension) ?? 'onnx';
}
