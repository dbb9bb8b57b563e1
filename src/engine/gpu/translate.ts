/**
 * gpu.js as a translator: from a kernel written in JavaScript to the text of a WGSL kernel, without a device. Only this
 * file uses what gpu.js keeps inside (`_buildAsync`, `compiledSource`); test/engine/gpu/translate.test.ts checks it
 * with the pinned version.
 */
import { loadGpuJs } from './gpu-js.ts';
import type { GpuKernel } from './kernels/kernel.ts';
import type { WgslKernel } from './wgsl/kernel.ts';

/** The part of gpu.js's kernel for WebGPU that is used here. */
interface Translation {
  build(...inputs: readonly Float32Array[]): Promise<void>;
  readonly compiledSource: string;
}

/** Replaces what would make a pipeline of the text: pipelines.ts makes all pipelines at once. */
const withoutPipeline = { _buildAsync: () => Promise.resolve() };

/** Threads of a workgroup in gpu.js's kernels of one dimension. */
const groupSize = 64;
/** The most workgroups along x. Where there are more, they continue along y. */
const mostGroups = 65_535;

export type Translate = (kernel: GpuKernel, inputLengths: readonly number[]) => WgslKernel;

/** Prepares gpu.js to translate kernels whose arguments are arrays of float32. */
export async function createTranslator(): Promise<Translate> {
  const { GPU } = await loadGpuJs();
  // translating needs no device, so gpu.js must not refuse where WebGPU is missing
  GPU.disableValidation();
  const gpu = new GPU({ mode: 'webgpu' });
  GPU.enableValidation();
  return ({ name, source, constants, length }, inputLengths) => {
    const settings = { output: [length], constants, precision: 'single', pipeline: true, immutable: true };
    const run = gpu.createKernel(source, { ...settings, strictIntegers: true });
    const translation = Object.assign(run.kernel as unknown as Translation, withoutPipeline);
    void translation.build(...inputLengths.map(() => new Float32Array(1)));
    const groups = Math.ceil(length / groupSize);
    const width = Math.min(groups, mostGroups);
    return {
      name,
      code: withConstantSizes(translation.compiledSource, length, width * groupSize, inputLengths),
      bindings: [...inputLengths.map(() => 'read' as const), 'write'],
      groups: [width, Math.ceil(groups / width), 1],
    };
  };
}

const uniformSizes = '@group(0) @binding(0) var<uniform> params : Params;';

/**
 * gpu.js gives a kernel the sizes of its arrays in a uniform buffer, binding 0. Here the sizes are known when the
 * kernel is made. So a constant of the same structure replaces the buffer, and the other bindings move down by one.
 */
function withConstantSizes(
  source: string,
  length: number,
  dispatchWidth: number,
  inputLengths: readonly number[],
): string {
  if (!source.includes(uniformSizes))
    throw new Error('gpu.js: its WGSL has no parameters where they are expected');
  const vectors = inputLengths.map((inputLength) => `vec4<u32>(${inputLength}u, 1u, 1u, ${inputLength}u)`);
  const sizes = [`${length}u, 1u, 1u, ${dispatchWidth}u`, ...vectors].join(', ');
  return source
    .replace(uniformSizes, `const params = Params(${sizes});`)
    .replaceAll(/@binding\((\d+)\)/g, (_, binding: string) => `@binding(${Number(binding) - 1})`);
}
