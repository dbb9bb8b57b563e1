import { type Operation, outputsOf } from '../../../../tensor/operation.ts';
import type { Program } from '../../../../tensor/program.ts';
import { formatShape } from '../../../../tensor/shape.ts';
import { poolBeforeRelu } from '../../../fusion/rewrite.ts';
import type { Part } from '../call.ts';
import type { Translate } from '../../translate.ts';
import { Graph } from './graph.ts';
import type { Fused, Lowering, TileChoice } from './rule.ts';
import { lowerOperation } from './rules.ts';

export interface PlanOptions {
  readonly translate: Translate;
  /** Operations that the host carries out. */
  readonly onHost: ReadonlySet<Operation>;
  /** Storage buffers that the device lets a kernel have. */
  readonly mostBuffers: number;
  readonly tileFor: TileChoice;
}

/** A program as parts, each some operations that are carried out together, in an order that keeps their dependencies. */
export function planParts(program: Program, { onHost, ...options }: PlanOptions): Part[] {
  const outputs = program.outputs.map(({ storage }) => storage);
  const operations = poolBeforeRelu(program.operations, new Set(outputs));
  const lowering: Lowering = { ...options, graph: new Graph(operations, outputs) };
  const done = new Set<Operation>(onHost);
  const parts: Part[] = [];
  for (const operation of operations) {
    if (done.has(operation)) continue;
    const fused = lowerOperation(operation, lowering);
    for (const each of fused.operations) done.add(each);
    parts.push({ name: describe(fused), ...fused });
  }
  return parts;
}

/** `matmul [64, 32] + addBias + relu`. */
function describe({ operations: [first, ...others] }: Fused): string {
  const shape = formatShape(outputsOf(first!)[0]!.shape);
  return [`${first!.kind} ${shape}`, ...others.map(({ kind }) => kind)].join(' + ');
}
