import type { WgslKernel } from './kernel.ts';

/** A storage buffer of a kernel: an array of `type` elements. */
export interface KernelBuffer {
  readonly name: string;
  readonly access: 'read' | 'write';
  readonly type: 'f32' | 'vec4f' | 'u32';
}

/** What every device offers to one kernel. */
export const mostBuffers = 8;

export function read(name: string, type: KernelBuffer['type'] = 'f32'): KernelBuffer {
  return { name, access: 'read', type };
}

/** A buffer that the kernel writes, and may read. */
export function write(name: string, type: KernelBuffer['type'] = 'f32'): KernelBuffer {
  return { name, access: 'write', type };
}

/** A line for each buffer that declares it, at bindings 0, 1, 2 … of group 0. */
export function declare(buffers: readonly KernelBuffer[]): string[] {
  return buffers.map(({ name, access, type }, binding) => {
    const mode = access === 'read' ? 'read' : 'read_write';
    return `@group(0) @binding(${binding}) var<storage, ${mode}> ${name}: array<${type}>;`;
  });
}

/** @throws if there are more than `most` */
export function bindingsOf(
  kernel: string,
  buffers: readonly KernelBuffer[],
  most: number = mostBuffers,
): WgslKernel['bindings'] {
  if (buffers.length > most) {
    throw new RangeError(`${kernel}: ${buffers.length} buffers, but a kernel has ${most} at most`);
  }
  return buffers.map(({ access }) => access);
}
