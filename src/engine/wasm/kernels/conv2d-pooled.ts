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
import { type ConvSizes, describeConv, maxUnrolled, windowOffsets } from './conv2d.ts';
import { emitAdvance, emitAdvanceBy, emitLoopTo, emitMultiplyAdd, emitRepeat, vectorLocals } from './emit.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from './kernel.ts';
import { tileColumns } from './matmul-tiles.ts';
import { describePool, isTiled, type PoolSizes } from './pool.ts';
import { floatBytes, lanes, vectorBytes } from './sizes.ts';

export interface PooledConv {
  readonly sizes: ConvSizes;
  readonly pool: PoolSizes;
  readonly hasBias: boolean;
  readonly hasRelu: boolean;
}

/** Places of a window: with a panel for each, the sums fit in the registers. */
const mostPlaces = 4;

/** Whether the kernel applies. */
export function isPooledConv({ sizes, pool }: Pick<PooledConv, 'sizes' | 'pool'>, target: Target): boolean {
  const window = sizes.kernelHeight * sizes.kernelWidth * sizes.channels;
  return (
    window <= maxUnrolled &&
    isTiled(pool) &&
    pool.height * pool.width <= mostPlaces &&
    sizes.filters % tileColumns(target) === 0
  );
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
    const { sizes, hasBias } = this.#conv;
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
        code.get(this.#from.images).memory('v128.load32_splat', offset + this.#offsetOf(place));
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

  /** The first of equals, as in max-pool.ts; then ReLU. */
  #emitLargest({ vectors }: ChannelGroup): void {
    const code = this.#code;
    for (let v = 0; v < vectors; v++) {
      code.f32x4(-Infinity).set(this.#largest[v]!).i32x4(0, 0, 0, 0).set(this.#place[v]!);
    }
    for (const [place, sum] of this.#sums.entries()) {
      for (let v = 0; v < vectors; v++) {
        code.get(sum[v]!).get(this.#largest[v]!).op('f32x4.gt').set(this.#larger[v]!);
        code.get(sum[v]!).get(this.#largest[v]!).get(this.#larger[v]!).op('v128.bitselect');
        code.set(this.#largest[v]!);
        code.i32x4(place, place, place, place).get(this.#place[v]!).get(this.#larger[v]!);
        code.op('v128.bitselect').set(this.#place[v]!);
      }
    }
    if (!this.#conv.hasRelu) return;
    for (const largest of this.#largest.slice(0, vectors)) {
      code.get(largest).f32x4(0).op('f32x4.pmax').set(largest);
    }
  }

  /** From the first pixel of the window to the one at a place, in bytes of the images. */
  #offsetOf(place: number): number {
    const { sizes, pool } = this.#conv;
    const [y, x] = [Math.floor(place / pool.width), place % pool.width];
    return (y * sizes.strideY * sizes.paddedWidth + x * sizes.strideX) * sizes.channels * floatBytes;
  }
}
