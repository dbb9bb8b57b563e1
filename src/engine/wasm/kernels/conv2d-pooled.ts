/**
 * A convolution whose window has few numbers, with bias, max-pooling and ReLU, in one pass: the sums of a whole window of
 * the pool are in registers together, so that the images before the pool, the largest of a network, are never written.
 *
 *     place 0 │ place 1        for each panel of filters: the sums at all places of the window, then the largest of them,
 *     ────────┼────────        and where it was
 *     place 2 │ place 3
 */
import type { FunctionBuilder, Local } from '../assembler/function-builder.ts';
import { type ChannelGroup, emitChannelGroups, emitStoreGroup } from './channels.ts';
import { type ConvSizes, describeConv, maxUnrolled, placeOffset, windowOffsets } from './conv2d.ts';
import { emitAdvance, emitAdvanceBy, emitLoopTo, emitMultiplyAdd, emitRepeat, vectorLocals } from './emit.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from './kernel.ts';
import { tileColumns, widestTile } from './matmul-tiles.ts';
import { describePool, emitLarger, emitNoneYet, fitsInRegisters, type PoolSizes } from './pool.ts';
import { floatBytes, lanes, vectorBytes } from './sizes.ts';

export interface PooledConv {
  readonly sizes: ConvSizes;
  readonly pool: PoolSizes;
  readonly hasBias: boolean;
  readonly hasRelu: boolean;
}

/** Whether the kernel applies: the same for 128 and 256 bits, as other kernels round in another way. */
export function isPooledConv({ sizes, pool }: Pick<PooledConv, 'sizes' | 'pool'>): boolean {
  const window = sizes.kernelHeight * sizes.kernelWidth * sizes.channels;
  return window <= maxUnrolled && fitsInRegisters(pool) && sizes.filters % widestTile === 0;
}

/** The items are images. Addresses: images, filter, bias, y and argmax, both pooled. */
export function conv2dPooledKernel(conv: PooledConv, target: Target): Kernel {
  const { sizes, pool, hasBias, hasRelu } = conv;
  const ending = `${hasBias ? '_bias' : ''}${hasRelu ? '_relu' : ''}`;
  const name = `conv2dPooled_${describeConv(sizes)}_${describePool(pool)}${ending}${targetSuffix(target)}`;
  return {
    name,
    build(module) {
      const names = ['images', 'filter', 'bias', 'y', 'argmax'];
      const { code, addresses, begin, end } = kernelFunction(module, name, names);
      const [images, filter, bias, y, argmax] = addresses as [Local, Local, Local, Local, Local];
      const [row, column] = [code.local('i32', 'row'), code.local('i32', 'column')];
      const panel = new PanelEmitter(code, conv, { images, filter, bias }, target);
      const pixelBytes = pool.width * sizes.strideX * sizes.channels * floatBytes;
      const rowBytes = pool.height * sizes.strideY * sizes.paddedWidth * sizes.channels * floatBytes;
      const imageBytes = sizes.paddedHeight * sizes.paddedWidth * sizes.channels * floatBytes;
      emitAdvanceBy(code, images, begin, imageBytes);
      for (const pointer of [y, argmax]) {
        emitAdvanceBy(code, pointer, begin, pool.oh * pool.ow * sizes.filters * floatBytes);
      }
      emitLoopTo(code, begin, end, 1, () => {
        emitRepeat(code, row, pool.oh, () => {
          emitRepeat(code, column, pool.ow, () => {
            const widest = tileColumns(target) / lanes;
            emitChannelGroups(
              code,
              { channels: sizes.filters, widest },
              [filter, bias, y, argmax],
              (group) => {
                const { largest, place } = panel.emit(group);
                emitStoreGroup(code, y, group, largest);
                emitStoreGroup(code, argmax, group, place);
              },
            );
            for (const pointer of [filter, bias]) emitAdvance(code, pointer, -sizes.filters * floatBytes);
            emitAdvance(code, images, pixelBytes);
          });
          emitAdvance(code, images, rowBytes - pool.ow * pixelBytes);
        });
        emitAdvance(code, images, imageBytes - pool.oh * rowBytes);
      });
      return code;
    },
  };
}

/** Emits the sums of a panel of filters under one window of the pool, and the largest of them. */
class PanelEmitter {
  readonly #code: FunctionBuilder;
  readonly #conv: PooledConv;
  readonly #from: { readonly images: Local; readonly filter: Local; readonly bias: Local };
  readonly #target: Target;
  /** For each place of the window. */
  readonly #sums: readonly (readonly Local[])[];
  readonly #weights: readonly Local[];
  readonly #largest: readonly Local[];
  readonly #place: readonly Local[];
  readonly #larger: readonly Local[];
  readonly #spread: Local;

  constructor(
    code: FunctionBuilder,
    conv: PooledConv,
    from: { readonly images: Local; readonly filter: Local; readonly bias: Local },
    target: Target,
  ) {
    this.#code = code;
    this.#conv = conv;
    this.#from = from;
    this.#target = target;
    const vectors = tileColumns(target) / lanes;
    const { height, width } = conv.pool;
    this.#sums = Array.from({ length: height * width }, (_, place) =>
      vectorLocals(code, `sum${place}_`, vectors),
    );
    [this.#weights, this.#largest, this.#place, this.#larger] = ['w', 'largest', 'place', 'larger'].map(
      (local) => vectorLocals(code, local, vectors),
    ) as [Local[], Local[], Local[], Local[]];
    this.#spread = code.local('v128', 'x_spread');
  }

  emit(group: ChannelGroup): { readonly largest: readonly Local[]; readonly place: readonly Local[] } {
    this.#emitSums(group);
    this.#emitLargest(group);
    return { largest: this.#largest, place: this.#place };
  }

  #emitSums({ vectors }: ChannelGroup): void {
    const code = this.#code;
    const { sizes, pool, hasBias } = this.#conv;
    for (const sum of this.#sums) {
      for (let v = 0; v < vectors; v++) {
        if (hasBias) code.get(this.#from.bias).memory('v128.load', v * vectorBytes);
        else code.f32x4(0);
        code.set(sum[v]!);
      }
    }
    for (const [tap, offset] of windowOffsets(sizes).entries()) {
      for (let v = 0; v < vectors; v++) {
        code.get(this.#from.filter);
        code.memory('v128.load', tap * sizes.filters * floatBytes + v * vectorBytes).set(this.#weights[v]!);
      }
      for (const [place, sum] of this.#sums.entries()) {
        code.get(this.#from.images).memory('v128.load32_splat', offset + placeOffset(sizes, pool, place));
        code.set(this.#spread);
        for (let v = 0; v < vectors; v++) {
          emitMultiplyAdd(
            code,
            this.#target,
            () => code.get(this.#spread),
            () => code.get(this.#weights[v]!),
            () => code.get(sum[v]!),
          );
          code.set(sum[v]!);
        }
      }
    }
  }

  /** Then ReLU. */
  #emitLargest({ vectors }: ChannelGroup): void {
    const code = this.#code;
    const largest = this.#largest
      .slice(0, vectors)
      .map((best, v) => ({ best, place: this.#place[v]!, larger: this.#larger[v]! }));
    for (const vector of largest) emitNoneYet(code, vector);
    for (const [place, sum] of this.#sums.entries()) {
      for (const [v, vector] of largest.entries()) emitLarger(code, sum[v]!, place, vector);
    }
    if (!this.#conv.hasRelu) return;
    for (const { best } of largest) {
      code.get(best).f32x4(0).op('f32x4.pmax').set(best);
    }
  }
}
