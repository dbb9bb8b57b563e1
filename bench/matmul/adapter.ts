import { openDevice } from '../../src/engine/gpu/device.ts';

/** What the rungs on a GPU run on (`software` null: the device does not say), or why there is none. */
export type Adapter =
  { readonly name: string; readonly software: boolean | null } | { readonly missing: string };

let found: Promise<Adapter> | null = null;

/** Looks once: an adapter does not come and go. */
export function findAdapter(): Promise<Adapter> {
  found ??= openDevice().then(
    async ({ gpu, adapter, software }) => {
      await gpu.close();
      return { name: adapter, software };
    },
    (error: unknown) => ({ missing: (error as Error).message }),
  );
  return found;
}

/** Why nothing runs on a GPU here; null if it does. */
export async function noAdapter(): Promise<string | null> {
  const adapter = await findAdapter();
  return 'missing' in adapter ? adapter.missing : null;
}
