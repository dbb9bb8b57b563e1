/** The service worker: the page works without a network after the first visit, and is isolated on hosts that send no headers. */

const reloaded = 'weft-reloaded-for-isolation';

/** The folder of the page, from whatever place below it. */
const root = new URL(/\/(kernels|learn)\/[^/]*$/.test(location.pathname) ? '../' : './', location.href);

/** Registers it in the built page. Where the host does not isolate the page, one reload does, through the service worker. */
export async function keepOffline(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register(new URL('sw.js', root));
    await navigator.serviceWorker.ready;
  } catch {
    return; // a browser may forbid it: the page works, but not offline
  }
  if (crossOriginIsolated || sessionStorage.getItem(reloaded)) return;
  // once in this tab, whatever comes of it
  sessionStorage.setItem(reloaded, 'yes');
  location.reload();
}
