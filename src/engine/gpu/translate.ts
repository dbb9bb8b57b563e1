/**
 * gpu.js as a translator: from a kernel written in JavaScript to WGSL text, without a device. This file alone knows what
 * gpu.js keeps inside (`_buildAsync`, `compiledSource`, `paramsLayout`); test/engine/gpu/translate.test.ts holds it
 * against the pinned version.
 */
import { loadGpuJs } from './gpu-js.ts';
import type { GpuKernel } from './kernels/kernel.ts';
import type { WgslKernel } from './wgsl/kernel.ts';

/** The part of gpu.js's kernel for WebGPU that is used here. */
interface Translation {
  /** Makes the pipeline, once the text is there: replaced, since pipelines are made elsewhere, all at once. */
  _buildAsync: () => Promise<void>;
  build(...inputs: readonly Float32Array[]): Promise<void>;
  readonly compiledSource: string;
  readonly paramsLayout: {
    readonly scalarArgs: readonly unknown[];
    readonly bufferConstants: readonly unknown[];
  };
}

/** Threads of a workgroup in gpu.js's kernels of one dimension. */
const groupSize = 64;
/** Workgroups along x; what is more goes on along y. */
const mostGroups = 65_535;

export type Translate = (kernel: GpuKernel, inputLengths: readonly number[]) => WgslKernel;

/** Prepares gpu.js to translate kernels whose arguments are arrays of float32. */
export async function createTranslator(): Promise<Translate> {
  const { GPU } = await loadGpuJs();
  const gpu = new GPU({ mode: 'webgpu' });
  return ({ name, source, constants, length }, inputLengths) => {
    const settings = { output: [length], constants, precision: 'single', pipeline: true, immutable: true };
    const run = gpu.createKernel(source, { ...settings, strictIntegers: true });
    const translation = run.kernel as unknown as Translation;
    translation._buildAsync = () => Promise.resolve();
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
 * gpu.js hands a kernel the sizes of its arrays as a uniform buffer, binding 0. They are known when the kernel is made:
 * a constant of the same structure takes the buffer's place, and the other bindings move down by one.
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
