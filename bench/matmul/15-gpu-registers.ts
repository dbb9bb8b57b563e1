/**
 * On a GPU, a tile in registers as well: each thread computes 4 × 4 elements of C instead of one. A workgroup of 16 × 16
 * threads computes a tile of 64 × 64.
 *
 *                    y: 4 numbers of B's row p       Each round of p reads two vectors from workgroup memory, 4 numbers
 *                   ┌───────────────┐                of A and 4 of B, for 16 products and additions: half a number for
 *                   │ y₀ y₁ y₂ y₃   │                each, where one output a thread needs two. Workgroup memory is
 *        x: 4   ┌──┐┌───────────────┐                fast, but not as fast as arithmetic: on most GPUs these reads are
 *     numbers   │x₀││ sum0: x₀·y    │                the limit of a tile without registers.
 *   of A's      │x₁││ sum1: x₁·y    │
 *  column p     │x₂││ sum2: x₂·y    │                The tiles are four times as wide, too: a number from the memory of
 *               │x₃││ sum3: x₃·y    │                the device serves 64 outputs instead of 16.
 *               └──┘└───────────────┘
 *
 * This is rung 07 again: sums in registers, as many as there is room for. A thread needs registers for them, so fewer
 * threads fit on the device. Larger tiles than this gain as long as enough threads are left to hide latency.
 */
import type { Rung } from './rung.ts';
import { wgslRung } from './webgpu.ts';

/** Threads along each side, outputs of a thread along each side, terms of a step. */
const [threads, block, depth] = [16, 4, 16];
const side = threads * block;

export const gpuRegisters: Rung = wgslRung('15-gpu-registers', 'a tile in registers, too', ({ m, k, n }) => ({
  groups: [Math.ceil(n / side), Math.ceil(m / side)],
  code: `
    @group(0) @binding(0) var<storage, read> a: array<f32>;
    @group(0) @binding(1) var<storage, read> b: array<f32>;
    @group(0) @binding(2) var<storage, read_write> c: array<f32>;

    // vectors of 4 rows of A or 4 columns of B, for each p of the step
    var<workgroup> tileA: array<vec4f, ${depth * threads}>;
    var<workgroup> tileB: array<vec4f, ${depth * threads}>;

    fn fromA(i: u32, p: u32) -> f32 {
      if (i < ${m}u && p < ${k}u) { return a[i * ${k}u + p]; }
      return 0.0;
    }

    fn fromB(p: u32, j: u32) -> f32 {
      if (p < ${k}u && j < ${n}u) { return b[p * ${n}u + j]; }
      return 0.0;
    }

    fn store(i: u32, j: u32, values: vec4f) {
      if (i >= ${m}u) { return; }
      for (var column = 0u; column < ${block}u; column++) {
        if (j + column < ${n}u) { c[i * ${n}u + j + column] = values[column]; }
      }
    }

    @compute @workgroup_size(${threads}, ${threads})
    fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_id) thread: vec3u) {
      let i = tile.y * ${side}u;
      let j = tile.x * ${side}u;
      var sum0 = vec4f();
      var sum1 = vec4f();
      var sum2 = vec4f();
      var sum3 = vec4f();
      for (var first = 0u; first < ${k}u; first += ${depth}u) {
        // each thread brings one vector of either tile; neighbours read neighbours in memory
        let column = first + thread.x;
        let rows = i + thread.y * 4u;
        tileA[thread.x * ${threads}u + thread.y] =
          vec4f(fromA(rows, column), fromA(rows + 1u, column), fromA(rows + 2u, column), fromA(rows + 3u, column));
        let row = first + thread.y;
        let columns = j + thread.x * 4u;
        tileB[thread.y * ${threads}u + thread.x] =
          vec4f(fromB(row, columns), fromB(row, columns + 1u), fromB(row, columns + 2u), fromB(row, columns + 3u));
        workgroupBarrier();
        for (var p = 0u; p < ${depth}u; p++) {
          let x = tileA[p * ${threads}u + thread.y];
          let y = tileB[p * ${threads}u + thread.x];
          sum0 += x.x * y;
          sum1 += x.y * y;
          sum2 += x.z * y;
          sum3 += x.w * y;
        }
        workgroupBarrier();
      }
      let top = i + thread.y * 4u;
      let left = j + thread.x * 4u;
      store(top, left, sum0);
      store(top + 1u, left, sum1);
      store(top + 2u, left, sum2);
      store(top + 3u, left, sum3);
    }`,
}));
