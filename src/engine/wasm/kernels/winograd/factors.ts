import type { Local } from '../../assembler/function-builder.ts';
import { emitAdvance, emitAdvanceBy, emitLoopTo, emitPlace, emitRepeat } from '../emit.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from '../kernel.ts';
import { tileColumns } from '../matmul-tiles.ts';
import { packKernel } from '../pack.ts';
import { floatBytes } from '../sizes.ts';
import { filterLayout, planeOffset } from './planes.ts';
import { groupFloats, kernelSize } from './tiles.ts';
import { transformPlanes } from './transforms.ts';
import { scratchBytes } from './square-transform.ts';

const taps = kernelSize ** 2;

/** How the taps of a filter are read as matrices B [k, n]: as they are, [c, o], or transposed. */
export interface FactorSizes {
  readonly channels: number;
  readonly filters: number;
  readonly transposed: boolean;
}

/** Floats of the workspace of one panel, for its packed taps and the scratch of the transform. */
export function factorScratchFloats({ channels, filters, transposed }: FactorSizes, target: Target): number {
  const k = transposed ? filters : channels;
  return taps * k * tileColumns(target) + scratchBytes / floatBytes;
}

/**
 * U = G·g·Gᵀ, in panels as the products read them. Each tap of a panel is packed, then all are transformed. The items
 * are panels. Addresses: filter, factors, workspace.
 */
export function winogradFactorsKernel(factors: FactorSizes, target: Target): Kernel {
  const { channels, filters, transposed } = factors;
  const name = `winogradFactors_${channels}x${filters}${transposed ? '_transposed' : ''}${targetSuffix(target)}`;
  const [k, n] = transposed ? [filters, channels] : [channels, filters];
  const width = tileColumns(target);
  const panelBytes = k * width * floatBytes;
  return {
    name,
    build(module) {
      const pack = packKernel({ k, n, width, transposed }).build(module);
      const layout = filterLayout(k, n);
      const toFactors = transformPlanes(module, 'filter', target, {
        from: (i, j) => (i * kernelSize + j) * panelBytes,
        to: (i, j) => planeOffset(layout, i, j),
      });
      const { code, addresses, begin, end } = kernelFunction(module, name, [
        'filter',
        'factors',
        'workspace',
      ]);
      const [filter, u, workspace] = addresses as [Local, Local, Local];
      const [from, to, scratch, tap] = ['from', 'to', 'scratch', 'tap'].map((local) =>
        code.local('i32', local),
      ) as [Local, Local, Local, Local];
      emitAdvanceBy(code, u, begin, panelBytes);
      emitAdvanceBy(code, workspace, begin, factorScratchFloats(factors, target) * floatBytes);
      emitPlace(code, scratch, workspace, taps * panelBytes);
      emitLoopTo(code, begin, end, 1, () => {
        emitPlace(code, from, filter, 0);
        emitPlace(code, to, workspace, 0);
        // `pack` adds the distance to panel `begin` to both addresses; the workspace has one panel, so it is subtracted
        emitAdvanceBy(code, to, begin, -panelBytes);
        emitRepeat(code, tap, taps, () => {
          code.get(from).get(to).get(begin).get(begin).i32(1).op('i32.add').call(pack);
          emitAdvance(code, from, channels * filters * floatBytes);
          emitAdvance(code, to, panelBytes);
        });
        code.get(workspace).get(u).i32(0).get(scratch);
        code.i32((k * width) / groupFloats).call(toFactors);
        emitAdvance(code, u, panelBytes);
      });
      return code;
    },
  };
}
