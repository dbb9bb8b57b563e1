/**
 * The messages of the ONNX format as TypeScript objects, and their encoding: protocol buffers, with the field numbers of
 * onnx.proto (onnx/onnx, IR version 8). Only the fields that a network like ours needs.
 */
import { PbfWriter } from 'pbf';
import type { Shape } from '../../tensor/shape.ts';

/** A size, or the name of one that is only known when the network runs. */
type Dimension = number | string;

export interface ValueInfo {
  readonly name: string;
  /** Of float32 values. */
  readonly shape: readonly Dimension[];
  readonly documentation?: string;
}

export interface Initializer {
  readonly name: string;
  readonly shape: Shape;
  readonly values: Float32Array | BigInt64Array;
}

/** An attribute of a node: whole numbers, one or several, or one real number. */
export type Attribute =
  { readonly int: number } | { readonly ints: readonly number[] } | { readonly float: number };

export type Attributes = Readonly<Record<string, Attribute>>;

export interface Node {
  readonly name: string;
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

export interface Graph {
  readonly name: string;
  /** Each after those whose outputs it reads. */
  readonly nodes: readonly Node[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** The shapes of the results in between, for tools that draw the graph. */
  readonly values: readonly ValueInfo[];
}

export interface Model {
  readonly irVersion: number;
  /** Version of the standard operators. */
  readonly operatorSet: number;
  readonly producer: string;
  readonly producerVersion: string;
  readonly documentation: string;
  readonly graph: Graph;
  readonly metadata: Readonly<Record<string, string>>;
}

export function encodeModel(model: Model): Uint8Array {
  const writer = new PbfWriter();
  writeModel(model, writer);
  return writer.finish();
}

function writeModel(model: Model, writer: PbfWriter): void {
  writer.writeVarintField(1, model.irVersion);
  writer.writeStringField(2, model.producer);
  writer.writeStringField(3, model.producerVersion);
  writer.writeStringField(6, model.documentation);
  writer.writeMessage(7, writeGraph, model.graph);
  writer.writeMessage(8, writeOperatorSet, model.operatorSet);
  for (const entry of Object.entries(model.metadata)) writer.writeMessage(14, writeEntry, entry);
}

/** Without a domain: that of the standard operators. */
function writeOperatorSet(version: number, writer: PbfWriter): void {
  writer.writeVarintField(2, version);
}

function writeEntry([key, value]: readonly [string, string], writer: PbfWriter): void {
  writer.writeStringField(1, key);
  writer.writeStringField(2, value);
}

function writeGraph(graph: Graph, writer: PbfWriter): void {
  for (const node of graph.nodes) writer.writeMessage(1, writeNode, node);
  writer.writeStringField(2, graph.name);
  for (const initializer of graph.initializers) writer.writeMessage(5, writeTensor, initializer);
  for (const input of graph.inputs) writer.writeMessage(11, writeValueInfo, input);
  for (const output of graph.outputs) writer.writeMessage(12, writeValueInfo, output);
  for (const value of graph.values) writer.writeMessage(13, writeValueInfo, value);
}

function writeNode(node: Node, writer: PbfWriter): void {
  for (const input of node.inputs) writer.writeStringField(1, input);
  for (const output of node.outputs) writer.writeStringField(2, output);
  writer.writeStringField(3, node.name);
  writer.writeStringField(4, node.type);
  for (const attribute of Object.entries(node.attributes)) writer.writeMessage(5, writeAttribute, attribute);
}

/** AttributeProto.AttributeType */
const attributeTypes = { float: 1, int: 2, ints: 7 };

function writeAttribute([name, attribute]: readonly [string, Attribute], writer: PbfWriter): void {
  writer.writeStringField(1, name);
  if ('float' in attribute) {
    writer.writeFloatField(2, attribute.float);
    writer.writeVarintField(20, attributeTypes.float);
  } else if ('int' in attribute) {
    writer.writeVarintField(3, attribute.int);
    writer.writeVarintField(20, attributeTypes.int);
  } else {
    for (const value of attribute.ints) writer.writeVarintField(8, value);
    writer.writeVarintField(20, attributeTypes.ints);
  }
}

/** TensorProto.DataType */
const dataTypes = { float32: 1, int64: 7 };

function writeTensor({ name, shape, values }: Initializer, writer: PbfWriter): void {
  for (const size of shape) writer.writeVarintField(1, size);
  writer.writeVarintField(2, values instanceof Float32Array ? dataTypes.float32 : dataTypes.int64);
  writer.writeStringField(8, name);
  writer.writeBytesField(9, littleEndian(values));
}

function littleEndian(values: Float32Array | BigInt64Array): Uint8Array {
  const bytes = new Uint8Array(values.byteLength);
  const view = new DataView(bytes.buffer);
  if (values instanceof Float32Array) {
    for (const [i, value] of values.entries()) view.setFloat32(4 * i, value, true);
  } else {
    for (const [i, value] of values.entries()) view.setBigInt64(8 * i, value, true);
  }
  return bytes;
}

function writeValueInfo({ name, shape, documentation }: ValueInfo, writer: PbfWriter): void {
  writer.writeStringField(1, name);
  writer.writeMessage(2, writeType, shape);
  if (documentation !== undefined) writer.writeStringField(3, documentation);
}

function writeType(shape: readonly Dimension[], writer: PbfWriter): void {
  writer.writeMessage(1, writeTensorType, shape);
}

function writeTensorType(shape: readonly Dimension[], writer: PbfWriter): void {
  writer.writeVarintField(1, dataTypes.float32);
  writer.writeMessage(2, writeShape, shape);
}

function writeShape(shape: readonly Dimension[], writer: PbfWriter): void {
  for (const dimension of shape) writer.writeMessage(1, writeDimension, dimension);
}

function writeDimension(dimension: Dimension, writer: PbfWriter): void {
  if (typeof dimension === 'number') writer.writeVarintField(1, dimension);
  else writer.writeStringField(2, dimension);
}
