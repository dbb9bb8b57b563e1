import { nameOf, type Operation, outputsOf } from '../../../../tensor/operation.ts';
import type { Program } from '../../../../tensor/program.ts';
import { formatShape } from '../../../../tensor/shape.ts';
import { poolBeforeRelu } from '../../../fusion/rewrite.ts';
import { Storage } from '../../../../tensor/tensor.ts';
import { read, write } from '../../wgsl/buffers.ts';
import { flatKernel } from '../../wgsl/flat.ts';
import type { WgslKernel } from '../../wgsl/kernel.ts';
import { accessesOf, type Call, type Part, storagesOf } from '../call.ts';
import type { Translate } from '../../translate.ts';
import { Graph } from './graph.ts';
import { joinSmallParts } from './join.ts';
import type { Fused, Lowering, TileChoice } from './rule.ts';
import { lowerOperation } from './rules.ts';

export interface PlanOptions {
  readonly translate: Translate;
  /** Operations that the host carries out before each run. */
  readonly onHost: ReadonlySet<Operation>;
  /** Storage buffers that a kernel may have on the device. */
  readonly mostBuffers: number;
  readonly tileFor: TileChoice;
}

/** A program as parts, in an order in which they may run. */
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
    const calls = fused.calls.flatMap(withoutAliases);
    parts.push({ name: describe(fused), operations: fused.operations, calls });
  }
  return joinSmallParts(parts, options.mostBuffers);
}

/**
 * WebGPU refuses a kernel that reads by one binding what it writes by another, such as target ← target + target. Such a
 * kernel reads a copy.
 */
function withoutAliases(call: Call): Call[] {
  const { writes } = accessesOf(call);
  const copies: Call[] = [];
  const storages = call.storages.map((binding, index) => {
    if (call.kernel.bindings[index] === 'write' || !storagesOf(binding).some((own) => writes.includes(own))) {
      return binding;
    }
    const [original] = storagesOf(binding);
    const copy = new Storage('float32', original!.length, null);
    copies.push({ kernel: copyKernel(copy), storages: [original!, copy] });
    return copy;
  });
  return [...copies, { kernel: call.kernel, storages }];
}

function copyKernel({ length }: Storage): WgslKernel {
  return flatKernel({
    name: `copy ${length}`,
    items: length,
    buffers: [read('x'), write('y')],
    body: 'y[index] = x[index];',
  });
}

/** `matmul [64, 32] + addBias + relu`; for ten parameters `adamUpdate [784, 32] + 9 × adamUpdate`. */
function describe({ operations: [first, ...others] }: Fused): string {
  const shape = formatShape(outputsOf(first!)[0]!.shape);
  const runs: { readonly name: string; count: number }[] = [];
  for (const name of others.map(nameOf)) {
    const last = runs.at(-1);
    if (last?.name === name) last.count += 1;
    else runs.push({ name, count: 1 });
  }
  const names = runs.map(({ name, count }) => (count === 1 ? name : `${count} × ${name}`));
  return [`${nameOf(first!)} ${shape}`, ...names].join(' + ');
}
