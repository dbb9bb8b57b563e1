/**
 * Adds up the parts of a product whose sum over k was split: C = Σ over parts of scratch [parts][rows][n], then the
 * epilogue. Column sums, if there are any, are the last row of each part.
 *
 * Groups of threads in a workgroup take every groups-th part and the first of them adds up what they have: the order
 * is fixed, so that a product has the same bits each time.
 */
import { bindingsOf, declare, read, write } from './buffers.ts';
import { type Epilogue, epilogueInputs, epilogueName, finish, storeWidth } from './epilogue.ts';
import type { ProductBuffer, ProductKernel } from './product-kernel.ts';
import { format, when } from './source.ts';
import { limits } from './tile.ts';

export interface SumParts {
  readonly m: number;
  readonly n: number;
  readonly parts: number;
  readonly epilogue: Epilogue;
}

/** The fewest parts that a thread adds up by itself: fewer are not worth a barrier. */
const fewestParts = 4;
const mostGroups = 16;
const threads = 256;

export function sumPartsKernel({ m, n, parts, epilogue }: SumParts): ProductKernel {
  const width = storeWidth(n);
  const rows = epilogue.columnSums ? m + 1 : m;
  const count = (rows * n) / width;
  const groups = Math.min(mostGroups, 2 ** Math.floor(Math.log2(Math.max(1, parts / fewestParts))));
  const outputs = threads / groups;
  const workgroups = Math.ceil(count / outputs);
  const name = `sum_parts_${parts}x${m}x${n}${epilogueName(epilogue)}`;
  if (workgroups > limits.groups) throw new RangeError(`${name}: ${workgroups} workgroups`);

  const type = width === 4 ? 'vec4f' : 'f32';
  const reads: ProductBuffer[] = ['scratch', ...epilogueInputs(epilogue)];
  const writes: ProductBuffer[] = ['c', ...(epilogue.columnSums ? ['sums' as const] : [])];
  const own = Math.ceil(parts / groups);
  const add = [`total += scratch[part * ${count}u + output];`];
  const stored = [
    `let index = output * ${width}u;`,
    `let column = index % ${n}u;`,
    ...(epilogue.columnSums
      ? [
          `if (index >= ${m * n}u) {`,
          `sums[column / ${width}u] = value;`,
          '} else {',
          ...finish(epilogue, n, { value: 'value', index: 'index', column: 'column' }),
          '}',
        ]
      : finish(epilogue, n, { value: 'value', index: 'index', column: 'column' })),
  ];
  const buffers = [
    ...reads.map((buffer) => read(buffer, type)),
    ...writes.map((buffer) => write(buffer, type)),
  ];
  const code = format([
    ...declare(buffers),
    ...(groups > 1 ? [`var<workgroup> memory: array<${type}, ${threads}>;`] : []),
    '',
    `@compute @workgroup_size(${threads})`,
    'fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) t: u32) {',
    `let output = group.x * ${outputs}u + t % ${outputs}u;`,
    `var total = ${type}();`,
    `if (output < ${count}u) {`,
    `for (var i = 0u; i < ${own}u; i++) {`,
    `let part = i * ${groups}u + t / ${outputs}u;`,
    ...when(own * groups === parts ? [] : [`part < ${parts}u`], add),
    '}',
    '}',
    ...(groups > 1
      ? [
          'memory[t] = total;',
          'workgroupBarrier();',
          ...when(
            [`t < ${outputs}u`, `output < ${count}u`],
            [
              `var value = ${type}();`,
              `for (var i = 0u; i < ${groups}u; i++) {`,
              `value += memory[i * ${outputs}u + t % ${outputs}u];`,
              '}',
              ...stored,
            ],
          ),
        ]
      : when([`output < ${count}u`], ['let value = total;', ...stored])),
    '}',
  ]);
  return {
    name,
    code,
    bindings: bindingsOf(name, buffers),
    buffers: [...reads, ...writes],
    groups: [workgroups, 1, 1],
  };
}
