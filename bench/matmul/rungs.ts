/** All rungs in the order of the ladder: each family from its first idea to the kernel of weft, where it has one. */
import { naive } from './01-naive.ts';
import { loopOrder } from './02-loop-order.ts';
import { blocked } from './03-blocked.ts';
import { registers } from './04-registers.ts';
import { scalarWasm } from './05-scalar-wasm.ts';
import { simd } from './06-simd.ts';
import { tile } from './07-tile.ts';
import { relaxedFma } from './08-relaxed-fma.ts';
import { packed } from './09-256-bit.ts';
import { threaded } from './10-threads.ts';
import { gpu } from './11-gpu.ts';
import { gpuFour } from './12-gpu-four.ts';
import { gpuResident } from './13-gpu-resident.ts';
import { gpuWorkgroup } from './14-gpu-workgroup.ts';
import { gpuRegisters } from './15-gpu-registers.ts';
import { engineGpu, engineLoops, engineThreads, engineWasm } from './engine.ts';
import type { Rung } from './rung.ts';

export const ladder: readonly Rung[] = [
  naive,
  loopOrder,
  blocked,
  registers,
  engineLoops,
  scalarWasm,
  simd,
  tile,
  relaxedFma,
  packed,
  threaded,
  engineWasm,
  engineThreads,
  gpu,
  gpuFour,
  gpuResident,
  gpuWorkgroup,
  gpuRegisters,
  engineGpu,
];
