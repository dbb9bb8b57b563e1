// The page without a network, and with threads: what was fetched once is kept, and every answer gets the two headers that
// isolate the page from other sites, which some hosts cannot send. Plain JavaScript: browsers load it as it is.
const cacheName = 'weft-1';

addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clearOthers().then(() => clients.claim())));

addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== location.origin) return;
  event.respondWith(answer(request));
});

async function clearOthers() {
  for (const name of await caches.keys()) if (name !== cacheName) await caches.delete(name);
}

/** Names of files have a hash of what is in them, so the kept one is right; pages and the index of the data may change. */
function mayChange({ mode, url }) {
  return mode === 'navigate' || /(\.html|\/index\.json|\/)$/.test(new URL(url).pathname);
}

async function answer(request) {
  const cache = await caches.open(cacheName);
  const kept = await cache.match(request, { ignoreSearch: true });
  if (kept && !mayChange(request)) return isolated(kept);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(request, response.clone());
    return isolated(response);
  } catch (error) {
    if (kept) return isolated(kept);
    throw error;
  }
}

function isolated(response) {
  if (response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
