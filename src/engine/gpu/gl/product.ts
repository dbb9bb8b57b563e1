/** One product on the device, apart from any program: to measure its variants. */
import { Storage } from '../../../tensor/tensor.ts';
import type { DeviceArray, Gpu } from '../gpu-js.ts';
import { matmulLaunches, type MatmulVariant, type Product } from '../kernels/matmul-variants.ts';

/** A · B, on the device. */
export async function computeProduct(
  gpu: Gpu,
  variant: MatmulVariant,
  product: Product,
  a: DeviceArray,
  b: DeviceArray,
): Promise<DeviceArray> {
  const { m, k, n } = product;
  const storages = { a: temporary(m * k), b: temporary(k * n), c: temporary(m * n) };
  const arrays = new Map([
    [storages.a, a],
    [storages.b, b],
  ]);
  let result = a;
  for (const { kernel, inputs, output } of matmulLaunches(variant, product, storages)) {
    const operands = inputs.map((storage) => arrays.get(storage)!);
    result = await gpu.run(kernel, operands);
    for (const operand of operands) if (operand !== a && operand !== b) operand.delete();
    arrays.set(output, result);
  }
  return result;
}

function temporary(length: number): Storage {
  return new Storage('float32', length, null);
}

/** A measurement lasts about this long, so that waiting for the device is a small part of it. */
const sampleSeconds = 0.02;
/** Results may be freed only when the host waits, so that more of them might not fit. */
const mostRepeats = 25;

/** Seconds that one product takes on the device, without copying its operands or building its kernel. */
export async function timeProduct(
  gpu: Gpu,
  variant: MatmulVariant,
  product: Product,
  a: DeviceArray,
  b: DeviceArray,
): Promise<number> {
  const time = async (repeats: number): Promise<number> => {
    const start = performance.now();
    for (let repeat = 0; repeat < repeats; repeat++) {
      (await computeProduct(gpu, variant, product, a, b)).delete();
    }
    await gpu.finish();
    return (performance.now() - start) / 1000 / repeats;
  };
  await time(1);
  const once = await time(1);
  const repeats = Math.min(mostRepeats, Math.round(sampleSeconds / once));
  return repeats > 1 ? time(repeats) : once;
}
