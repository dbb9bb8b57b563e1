import { inNode } from '../../node.ts';
import { lentThreads } from './borrow-threads.ts';
import type { ThreadHost } from './host.ts';

/** The host of this program. A page does not load what Node needs, nor Node what a page needs. */
export async function threadHost(): Promise<ThreadHost> {
  if (inNode) return (await import('./node-threads.ts')).nodeThreads;
  return lentThreads() ?? (await import('./page-threads.ts')).pageThreads;
}
