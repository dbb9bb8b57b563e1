import { openWebGpu, type WebGpuAdapter } from '../../src/engine/gpu/webgpu/adapter.ts';

export interface CountingAdapter extends WebGpuAdapter {
  /** How often each method of the device and of its queue was called, since the last `reset`. */
  readonly calls: ReadonlyMap<string, number>;
  reset(): void;
}

/** A device that counts the calls of its methods, with other limits if wanted. */
export async function countingAdapter(
  limits: Readonly<Record<string, number>> = {},
): Promise<CountingAdapter> {
  const adapter = await openWebGpu();
  const calls = new Map<string, number>();
  const counted = <T extends object>(target: T, replaced: Readonly<Record<string, unknown>> = {}): T =>
    new Proxy(target, {
      get(object, name: string) {
        if (name in replaced) return replaced[name];
        const value: unknown = Reflect.get(object, name, object);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          calls.set(name, (calls.get(name) ?? 0) + 1);
          return (value as (...given: unknown[]) => unknown).apply(object, args);
        };
      },
      set: (object, name, value) => Reflect.set(object, name, value, object),
    });
  const limited = new Proxy(adapter.device.limits, {
    get: (object, name: string) => limits[name] ?? (Reflect.get(object, name, object) as unknown),
  });
  const device = counted(adapter.device, { queue: counted(adapter.device.queue), limits: limited });
  return { ...adapter, device, calls, reset: () => calls.clear() };
}
