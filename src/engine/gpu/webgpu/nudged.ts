import { turn } from '../../../breathe.ts';
import { inNode } from '../../node.ts';

/** Firefox looks only about every 100 ms whether a device is done, and each time something is submitted (bug 1870699). */
const isFirefox: boolean = !inNode && /\bFirefox\//.test(navigator.userAgent);

/**
 * Waits for a device. Where the browser does not look by itself, empty submits remind it.
 *
 * @param promise of the device: that its work is done, or that a buffer is mapped
 */
export async function nudged<T>(
  { queue }: Pick<GPUDevice, 'queue'>,
  promise: Promise<T>,
  isNeeded: boolean = isFirefox,
): Promise<T> {
  if (!isNeeded) return promise;
  const state = { isDone: false };
  const done = promise.finally(() => (state.isDone = true));
  // whoever waits gets the error below; this keeps it from being nobody's meanwhile
  done.catch(() => {});
  while (!state.isDone) {
    queue.submit([]);
    await turn();
  }
  return done;
}
