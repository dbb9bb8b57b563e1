/**
 * On a GPU, in WGSL, the language of WebGPU: a tile in workgroup memory. The threads of a workgroup share a small, fast
 * memory, which gpu.js does not have. A workgroup of 16 × 16 threads computes a tile of 16 × 16 elements of C, one a thread.
 *
 *                        B ┌────┐         A step: each thread loads one number of A's tile and one of B's. A barrier makes
 *                          │░░░░│ 16 rows all threads wait until both tiles are there. Then each thread takes 16 products
 *                          └────┘         from them, and a second barrier keeps the next loads away until all are done.
 *          A  ┌────┐       ┌────┐
 *             │░░░░│       │ C  │         Each number that comes from the memory of the device serves 16 threads: 2 loads
 *             └────┘       └────┘         for 16 products and additions, where a thread on its own needs 32.
 *           16 columns
 *
 * Tiles at the edges are filled up with zeros, so that the loop over a tile needs no conditions.
 */
import type { Rung } from './rung.ts';
import { wgslRung } from './webgpu.ts';

const side = 16;

export const gpuWorkgroup: Rung = wgslRung(
  '14-gpu-workgroup',
  'a tile in workgroup memory',
  ({ m, k, n }) => ({
    groups: [Math.ceil(n / side), Math.ceil(m / side)],
    code: `
    @group(0) @binding(0) var<storage, read> a: array<f32>;
    @group(0) @binding(1) var<storage, read> b: array<f32>;
    @group(0) @binding(2) var<storage, read_write> c: array<f32>;

    var<workgroup> tileA: array<f32, ${side * side}>;
    var<workgroup> tileB: array<f32, ${side * side}>;

    @compute @workgroup_size(${side}, ${side})
    fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_id) thread: vec3u) {
      let i = tile.y * ${side}u + thread.y;
      let j = tile.x * ${side}u + thread.x;
      let own = thread.y * ${side}u + thread.x;
      var sum = 0.0;
      for (var first = 0u; first < ${k}u; first += ${side}u) {
        let column = first + thread.x;
        let row = first + thread.y;
        tileA[own] = 0.0;
        tileB[own] = 0.0;
        if (i < ${m}u && column < ${k}u) { tileA[own] = a[i * ${k}u + column]; }
        if (row < ${k}u && j < ${n}u) { tileB[own] = b[row * ${n}u + j]; }
        workgroupBarrier();
        for (var p = 0u; p < ${side}u; p++) {
          sum += tileA[thread.y * ${side}u + p] * tileB[p * ${side}u + thread.x];
        }
        workgroupBarrier();
      }
      if (i < ${m}u && j < ${n}u) { c[i * ${n}u + j] = sum; }
    }`,
  }),
);
