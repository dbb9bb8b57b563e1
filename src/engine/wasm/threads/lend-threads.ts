import type { PoolWorker } from './host.ts';
import { isAboutLentThread, type Offer, type Order, type Report } from './lending.ts';

/**
 * Starts the threads of a worker of this page here, in the page. A worker could start them itself, but in Firefox (153) that may
 * never return: on a busy machine, one `new Worker` in sixty in a worker, and none of hundreds in a page. To be called before any
 * message is sent to the worker.
 */
export function lendThreads(worker: Worker): void {
  const lent = new Map<number, Promise<PoolWorker>>();
  let isWatched = false;
  const endAll = (): void => {
    for (const thread of lent.keys()) end(thread);
  };
  function end(thread: number): void {
    const ending = lent.get(thread);
    lent.delete(thread);
    ending?.then(
      (started) => started.close(),
      () => {},
    );
  }
  function report(thread: number, failure: string | null): void {
    const message: Report = { lentThread: thread, failure };
    worker.postMessage(message);
  }
  async function start({ lentThread: thread, start: how }: Order): Promise<PoolWorker> {
    const { pageThreads } = await import('./page-threads.ts');
    const started = await pageThreads.startWorker(how!);
    started.onFailure = ({ message }) => report(thread, message);
    return started;
  }

  worker.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (!isAboutLentThread(event.data)) return;
    event.stopImmediatePropagation();
    const order = event.data as Order;
    const { lentThread: thread, lock, load } = order;
    if (lock !== undefined && !isWatched) {
      isWatched = true;
      void navigator.locks.request(lock, endAll);
    }
    if (order.start) {
      const starting = start(order);
      lent.set(thread, starting);
      starting.then(
        () => report(thread, null),
        (error: unknown) => report(thread, (error as Error).message),
      );
    }
    if (load) void lent.get(thread)?.then((started) => started.post(load));
    if (order.end) end(thread);
  });
  const offer: Offer = { lendsThreads: true };
  worker.postMessage(offer);
}
