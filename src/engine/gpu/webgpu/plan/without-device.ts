import type { Program } from '../../../../tensor/program.ts';
import { createTranslator } from '../../translate.ts';
import { mostBuffers } from '../../wgsl/buffers.ts';
import { candidatesFor } from '../../wgsl/candidates.ts';
import type { Part } from '../call.ts';
import { planParts } from './plan.ts';

/**
 * A program as an engine plans it that can measure nothing: each product has the tile that the estimate prefers, and a
 * kernel has the eight buffers that every device offers.
 */
export async function planWithoutDevice(program: Program): Promise<readonly Part[]> {
  const translate = await createTranslator();
  return planParts(program, {
    translate,
    onHost: new Set(),
    mostBuffers,
    tileFor: (_key, size) => candidatesFor(size)[0]!,
  });
}
