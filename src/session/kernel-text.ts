import { ModuleBuilder } from '../engine/wasm/assembler/module-builder.ts';
import { loadLowerings } from '../engine/wasm/plan/lower/lower.ts';
import { lowerProgram } from '../engine/wasm/plan/plan.ts';
import type { Sequential } from '../layers/sequential.ts';
import { Recorder } from '../tensor/recorder.ts';
import { Tensor } from '../tensor/tensor.ts';

/** From a layer to the machine: what it writes down, and the code that is generated for exactly these shapes. */
export interface KernelText {
  readonly layer: string;
  /** The operations of its forward pass, one a line. */
  readonly operations: string;
  /** The functions of WebAssembly that carry them out, as text. */
  readonly code: string;
  /** Of the module. */
  readonly bytes: number;
}

/**
 * The code for a layer of a network, for batches of a size, in vectors of 128 bits with fused multiply-add.
 *
 * @throws RangeError if there is no such layer
 */
export async function kernelText(model: Sequential, name: string, batchSize: number): Promise<KernelText> {
  const index = model.layers.findIndex((layer) => layer.name === name);
  if (index < 0) {
    const names = model.layers.map((layer) => layer.name).join(', ');
    throw new RangeError(`there is no layer ${name}; the layers are ${names}`);
  }
  const ops = new Recorder();
  const inputShape = index === 0 ? model.inputShape : model.layers[index - 1]!.outputShape;
  const x = Tensor.zeros('float32', [batchSize, ...inputShape], 'x');
  const y = model.layers[index]!.forward(ops, x, { training: false });
  const program = ops.finish(`${name}, batch ${batchSize}`, [y]);
  await loadLowerings(program);
  const module = new ModuleBuilder({ initial: 1, maximum: 1, shared: true });
  const calls = lowerProgram(program, { fma: true, wide: false }, 1).flatMap((task) => task.calls);
  const kernels = new Map(calls.map(({ kernel }) => [kernel.name, kernel]));
  for (const kernel of kernels.values()) kernel.build(module);
  return {
    layer: name,
    operations: program.toString(),
    code: kernels.size === 0 ? ';; nothing to compute: the numbers stay where they are' : module.print(),
    bytes: module.encode().length,
  };
}
