import { accessesOf, type Call, type Part } from './call.ts';
import { byLevel, countBarriers, levelsOf } from './order.ts';
import { planWithoutDevice } from './plan/without-device.ts';
import { inputsOf, outputsOf } from '../../../tensor/operation.ts';
import type { Program } from '../../../tensor/program.ts';
import type { Storage } from '../../../tensor/tensor.ts';

/** Letters of a kernel's name that are shown: those of an optimizer list all of its parameters. */
const longestName = 110;
/** Tensors that are listed of those that a dispatch reads, or writes. */
const mostTensors = 3;

/**
 * What the gpu engine records for a program on WebGPU, level by level: each dispatch with its kernel, the operations of
 * its part, its workgroups, and the tensors that it reads and writes.
 */
export async function listDispatches(program: Program): Promise<string> {
  const parts = await planWithoutDevice(program);
  const partOf = new Map(parts.flatMap((part) => part.calls.map((call) => [call, part] as const)));
  const order = [...partOf.keys()];
  const levels = levelsOf(order.map((call) => [call]));
  const names = namesOf(parts);
  const lines = ['\non the gpu engine (WebGPU), with the tiles that it takes before it has measured any:'];
  const count = Math.max(...levels) + 1;
  for (let level = 0; level < count; level++) {
    const calls = order.filter((_, index) => levels[index] === level);
    lines.push(`\nlevel ${level + 1}${calls.length > 1 ? ': these may overlap' : ''}`);
    for (const call of calls) lines.push(...describe(call, partOf.get(call)!, names));
  }
  const barriers = countBarriers(byLevel(order));
  lines.push(
    `\n${program.operations.length} operations in ${parts.length} parts: ${order.length} dispatches in ` +
      `${count} levels, with ${barriers} barriers`,
  );
  return lines.join('\n');
}

function describe(call: Call, part: Part, names: ReadonlyMap<Storage, string>): string[] {
  const { name, groups } = call.kernel;
  const { reads, writes } = accessesOf(call);
  // what passes from one dispatch of a part to the next is no tensor of the program
  const list = (storages: readonly Storage[]): string => {
    const listed = storages.slice(0, mostTensors).map((storage) => names.get(storage) ?? 'scratch');
    const rest = storages.length - listed.length;
    return listed.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
  };
  const { calls } = part;
  const which = calls.length === 1 ? '' : ` (${calls.indexOf(call) + 1} of ${calls.length})`;
  return [
    `  ${part.name}${which}`,
    `      ${name.length > longestName ? `${name.slice(0, longestName - 1)}…` : name}`,
    `      ${groups.join('×')} workgroups; reads ${list(reads)}; writes ${list(writes)}`,
  ];
}

/** The names of tensors by their storage: the first, where several share one. */
function namesOf(parts: readonly Part[]): ReadonlyMap<Storage, string> {
  const names = new Map<Storage, string>();
  const operations = parts.flatMap((part) => part.operations);
  for (const { name, storage } of operations.flatMap((operation) => [
    ...inputsOf(operation),
    ...outputsOf(operation),
  ])) {
    if (!names.has(storage)) names.set(storage, name);
  }
  return names;
}
