/**
 * Patterns for kernels that go from pixel to pixel (or row to row), with vectors along its channels, the last
 * dimension.
 */
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import { emitAdvance, emitLoadLanes, emitLoopTo, emitLoopWhole, emitRepeat, emitStoreLanes } from './emit.ts';
import { floatBytes, lanes, vectorBytes } from './sizes.ts';

/** Channels that are treated together: some neighbouring vectors, each with `count` channels. */
export interface ChannelGroup {
  readonly vectors: number;
  readonly count: number;
}

/**
 * Covers all channels of a pixel by groups: as many as possible of `widest` vectors (a power of two), then of half as
 * many, and so on. The last group may be part of a vector. `body` emits the code for a group at `pointers`. These move
 * from group to group, and end one pixel further.
 */
export function emitChannelGroups(
  code: FunctionBuilder,
  { channels, widest }: { readonly channels: number; readonly widest: number },
  pointers: readonly Local[],
  body: (group: ChannelGroup) => void,
): void {
  const counter = code.local('i32', 'groups');
  const emitGroup = (group: ChannelGroup): void => {
    body(group);
    for (const pointer of pointers) emitAdvance(code, pointer, group.vectors * group.count * floatBytes);
  };
  let left = channels;
  for (let vectors = widest; vectors >= 1; vectors /= 2) {
    const times = Math.floor(left / (vectors * lanes));
    if (times > 0) emitRepeat(code, counter, times, () => emitGroup({ vectors, count: lanes }));
    left -= times * vectors * lanes;
  }
  if (left > 0) emitGroup({ vectors: 1, count: left });
}

/** Leaves vector `index` of a group on the stack. */
export function emitLoadVector(
  code: FunctionBuilder,
  pointer: Local,
  { count }: ChannelGroup,
  index: number,
  offset = 0,
): void {
  emitLoadLanes(code, pointer, count, offset + index * vectorBytes);
}

/** Loads the vectors of a group. */
export function emitLoadGroup(
  code: FunctionBuilder,
  pointer: Local,
  group: ChannelGroup,
  values: readonly Local[],
): void {
  for (let v = 0; v < group.vectors; v++) {
    emitLoadVector(code, pointer, group, v);
    code.set(values[v]!);
  }
}

/** Sets the vectors of a group to 0. */
export function emitZeroGroup(
  code: FunctionBuilder,
  { vectors }: ChannelGroup,
  values: readonly Local[],
): void {
  for (const value of values.slice(0, vectors)) code.f32x4(0).set(value);
}

/** Adds the vectors of a group to `sums`. */
export function emitAddGroup(
  code: FunctionBuilder,
  pointer: Local,
  group: ChannelGroup,
  sums: readonly Local[],
): void {
  for (let v = 0; v < group.vectors; v++) {
    code.get(sums[v]!);
    emitLoadVector(code, pointer, group, v);
    code.op('f32x4.add').set(sums[v]!);
  }
}

/** Stores the vectors of a group. Of each pair, the upper half is stored first: V8 packs them in that order. */
export function emitStoreGroup(
  code: FunctionBuilder,
  pointer: Local,
  { vectors, count }: ChannelGroup,
  values: readonly Local[],
  offset = 0,
): void {
  const order = vectors === 1 ? [0] : Array.from({ length: vectors }, (_, index) => index ^ 1);
  for (const index of order) {
    emitStoreLanes(code, pointer, values[index]!, count, offset + index * vectorBytes);
  }
}

/**
 * Covers the columns from `begin` to `end` by groups in the same way. Their number is only known when the code runs.
 * `begin` moves with the pointers.
 */
export function emitColumnGroups(
  code: FunctionBuilder,
  { begin, end, widest }: { readonly begin: Local; readonly end: Local; readonly widest: number },
  pointers: readonly Local[],
  body: (group: ChannelGroup) => void,
): void {
  const emitGroup = (group: ChannelGroup): void => {
    body(group);
    for (const pointer of pointers) emitAdvance(code, pointer, group.vectors * group.count * floatBytes);
  };
  for (let vectors = widest; vectors >= 1; vectors /= 2) {
    emitLoopWhole(code, begin, end, vectors * lanes, () => emitGroup({ vectors, count: lanes }));
  }
  emitLoopTo(code, begin, end, 1, () => emitGroup({ vectors: 1, count: 1 }));
}

/** Emits a loop over rows around `body`, with pointers that start at `starts` and go from row to row. */
export function emitEachRow(
  code: FunctionBuilder,
  { rows, channels }: { readonly rows: number; readonly channels: number },
  starts: readonly Local[],
  body: (pointers: readonly Local[]) => void,
): void {
  const counter = code.local('i32', 'row');
  const pointers = starts.map(({ name }) => code.local('i32', `${name}_row`));
  for (const [index, start] of starts.entries()) code.get(start).set(pointers[index]!);
  emitRepeat(code, counter, rows, () => {
    body(pointers);
    for (const pointer of pointers) emitAdvance(code, pointer, channels * floatBytes);
  });
}
