import type { Storage } from '../../../../tensor/tensor.ts';
import { sideBySide } from '../../wgsl/side-by-side.ts';
import { type Binding, type Call, type Part, storagesOf } from '../call.ts';
import { levelsOf } from '../order.ts';

/** Workgroups up to which a kernel leaves much of a large GPU idle: two for each of the 132 processors of an H100. */
const mostGroups = 264;

/**
 * Joins parts that do not depend on each other, each a single small kernel, such as the two products of a dense layer's
 * backward pass: one dispatch takes the place of two.
 *
 * @returns the parts sorted by level
 */
export function joinSmallParts(parts: readonly Part[], mostBuffers: number): Part[] {
  const levels = levelsOf(parts.map(({ calls }) => calls));
  const sorted = parts
    .map((part, index) => ({ part, level: levels[index]! }))
    .toSorted((a, b) => a.level - b.level);
  const joined: { part: Part; readonly level: number }[] = [];
  for (const next of sorted) {
    const partner = joined.find((other) => other.level === next.level && isSmall(other.part));
    const both = partner && isSmall(next.part) ? join(partner.part, next.part, mostBuffers) : null;
    if (partner && both) partner.part = both;
    else joined.push({ ...next });
  }
  return joined.map(({ part }) => part);
}

function isSmall({ calls }: Part): boolean {
  const [first, ...others] = calls;
  const groups = first!.kernel.groups.reduce((product, count) => product * count, 1);
  return others.length === 0 && groups <= mostGroups;
}

function join(a: Part, b: Part, mostBuffers: number): Part | null {
  const calls = [a.calls[0]!, b.calls[0]!] as const;
  const ids = new Map<Storage, string>();
  const idOf = (binding: Binding): string =>
    storagesOf(binding)
      .map((storage) => {
        const id = ids.get(storage) ?? `${ids.size}`;
        ids.set(storage, id);
        return id;
      })
      .join('+');
  const joined = sideBySide(
    calls.map(({ kernel }) => kernel),
    calls.map(({ storages }) => storages.map(idOf)),
  );
  if (joined === null || joined.kernel.bindings.length > mostBuffers) return null;
  const storages: Binding[] = [];
  for (const [index, call] of calls.entries()) {
    for (const [binding, place] of joined.bindings[index]!.entries())
      storages[place] = call.storages[binding]!;
  }
  const call: Call = { kernel: joined.kernel, storages };
  return {
    name: `${a.name} | ${b.name}`,
    operations: [...a.operations, ...b.operations],
    calls: [call],
  };
}
