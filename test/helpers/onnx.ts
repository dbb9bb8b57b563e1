import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web/wasm';

ort.env.wasm.numThreads = 1;

/** Parts of a graph by name. */
export interface Run {
  readonly [output: string]: Float32Array;
}

/** Runs an ONNX file on images [n, …shape] with onnxruntime. */
export async function runOnnx(
  file: Uint8Array,
  images: Float32Array,
  shape: readonly number[],
): Promise<Run> {
  const session = await ort.InferenceSession.create(file);
  const results = await session.run({ images: new ort.Tensor('float32', images, shape) });
  await session.release();
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]));
}

/** The messages of an ONNX file that the tests read. */
export interface OnnxFile {
  readonly irVersion: number;
  readonly opsetImport: readonly { readonly domain?: string; readonly version: number }[];
  readonly producerName: string;
  readonly producerVersion: string;
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
  readonly graph: {
    readonly node: readonly {
      readonly name: string;
      readonly opType: string;
      readonly input: readonly string[];
      readonly output: readonly string[];
      readonly attribute?: readonly {
        readonly name: string;
        readonly type: string;
        readonly i?: number;
        readonly f?: number;
        readonly ints?: readonly number[];
      }[];
    }[];
    readonly initializer: readonly {
      readonly name: string;
      readonly dims: readonly number[];
      readonly dataType: number;
    }[];
    readonly input: readonly OnnxValue[];
    readonly output: readonly OnnxValue[];
    readonly valueInfo?: readonly OnnxValue[];
  };
}
export interface OnnxValue {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape: { readonly dim: readonly { readonly dimValue?: number; readonly dimParam?: string }[] };
    };
  };
}

interface MessageType {
  decode(bytes: Uint8Array): unknown;
  toObject(message: unknown, options: object): unknown;
}

/** Reads an ONNX file with the message definitions in the package of onnxruntime. */
export function parseOnnx(file: Uint8Array): OnnxFile {
  const { ModelProto } = definitions.onnx;
  return ModelProto.toObject(ModelProto.decode(file), { longs: Number, enums: String }) as OnnxFile;
}

/** `[N, 28, 28, 1]` */
export function shapeOf({ type }: OnnxValue): (number | string | undefined)[] {
  return type.tensorType.shape.dim.map(({ dimValue, dimParam }) => dimParam ?? dimValue);
}

const require = createRequire(import.meta.url);
const definitions = require(
  join(import.meta.dirname, '../../node_modules/onnxruntime-web/lib/onnxjs/ort-schema/protobuf/onnx.js'),
) as { readonly onnx: { readonly ModelProto: MessageType } };
