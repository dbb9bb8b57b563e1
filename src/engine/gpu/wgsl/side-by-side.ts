/**
 * Two kernels as one: the first workgroups run the one, the rest the other. A dispatch costs the host some microseconds,
 * and small kernels leave most of a GPU idle; what does not depend on each other can share both.
 *
 *     if (workgroup < 32) { … the first … } else { … the second … }
 *
 * All threads of a workgroup take the same branch, so that barriers are allowed in it. Kernels must have the same number
 * of threads, and use no memory that threads share but the array `memory`, which they have one after the other.
 */
import type { WgslKernel } from './kernel.ts';

/** A kernel in pieces. */
interface Pieces {
  readonly buffers: readonly { readonly name: string; readonly mode: string; readonly type: string }[];
  /** Vectors of `memory`; 0 without it. */
  readonly memory: number;
  readonly threads: number;
  /** Statements of `main`, whose workgroup is `group` and whose thread `t`. */
  readonly body: string;
}

const bufferPattern = /^@group\(0\) @binding\(\d+\) var<storage, (\w+)> (\w+): array<(\w+)>;$/gm;
const memoryPattern = /^var<workgroup> memory: array<vec4f, (\d+)>;$/m;
const mainPattern =
  /^@compute @workgroup_size\((\d+)\)\nfn main\(@builtin\(workgroup_id\) group: vec3u, @builtin\(local_invocation_index\) t: u32\) \{\n([^]*)^\}\n$/m;

/** The pieces of a kernel; null if it is written in another way than those of the tiles. */
function piecesOf({ code }: WgslKernel): Pieces | null {
  const main = mainPattern.exec(code);
  if (main === null) return null;
  const buffers = [...code.matchAll(bufferPattern)].map(([, mode, name, type]) => ({
    name: name!,
    mode: mode!,
    type: type!,
  }));
  const memory = Number(memoryPattern.exec(code)?.[1] ?? 0);
  return { buffers, memory, threads: Number(main[1]), body: main[2]! };
}

/** A kernel that does the work of others, and for each of their bindings which of its own takes its buffer. */
export interface Joined {
  readonly kernel: WgslKernel;
  readonly bindings: readonly (readonly number[])[];
}

/**
 * @param buffers names of the buffers that each kernel is bound to: what both read is bound once
 * @returns null if the kernels cannot be joined
 */
export function sideBySide(
  kernels: readonly WgslKernel[],
  buffers: readonly (readonly string[])[],
): Joined | null {
  const pieces = kernels.map(piecesOf);
  const [first] = pieces;
  if (!pieces.every((piece) => piece !== null && piece.threads === first!.threads)) return null;
  const whole = pieces as readonly Pieces[];

  const declared: { readonly key: string; readonly mode: string; readonly type: string }[] = [];
  const bindings = whole.map((piece, index) =>
    piece.buffers.map(({ mode, type }, binding) => {
      const key = `${buffers[index]![binding]!} ${mode} ${type}`;
      const known = declared.findIndex((other) => other.key === key);
      return known >= 0 && mode === 'read' ? known : declared.push({ key, mode, type }) - 1;
    }),
  );
  let begin = 0;
  const branches = whole.map(({ buffers: own, body }, index) => {
    const [x, y, z] = kernels[index]!.groups;
    const own0 = begin === 0 ? 'workgroup.x' : `(workgroup.x - ${begin}u)`;
    begin += x * y * z;
    const names = new Map(own.map(({ name }, binding) => [name, `buffer${bindings[index]![binding]!}`]));
    // a buffer is always followed by an index, and nothing else of its name is
    const renamed = body.replaceAll(/\b(\w+)\[/g, (_, name: string) => `${names.get(name) ?? name}[`);
    const test = index === whole.length - 1 ? '' : `if (workgroup.x < ${begin}u) `;
    const group = `vec3u(${own0} % ${x}u, ${own0} / ${x}u % ${y}u, ${own0} / ${x * y}u)`;
    return `${test}{\n  let group = ${group};\n${renamed}}`;
  });
  const memory = Math.max(...whole.map((piece) => piece.memory));
  const code = `${declared
    .map(
      ({ mode, type }, binding) =>
        `@group(0) @binding(${binding}) var<storage, ${mode}> buffer${binding}: array<${type}>;`,
    )
    .join('\n')}
${memory > 0 ? `var<workgroup> memory: array<vec4f, ${memory}>;\n` : ''}
@compute @workgroup_size(${first!.threads})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) t: u32) {
${branches.join(' else ')}
}
`;
  const shared = bindings.map((own) => own.join(',')).join(' ');
  return {
    kernel: {
      name: `${kernels.map(({ name }) => name).join(' | ')} | buffers ${shared}`,
      code,
      bindings: declared.map(({ mode }) => (mode === 'read' ? 'read' : 'write')),
      groups: [begin, 1, 1],
    },
    bindings,
  };
}
