// Keeps the shell of the app, so that it opens without a network: the page and its assets, never what people say.
const cacheName = 'parley-shell-1';
const assets = '/app/assets/';

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(cacheName)
      .then(keepPage)
      .then(() => self.skipWaiting()),
  );
});

/** The page, and the assets that it names: those that it has loaded before there was a worker. */
async function keepPage(cache) {
  const answer = await fetch('/app', { cache: 'no-cache' });
  if (!answer.ok) throw new TypeError(`the page is answered with ${answer.status}`);
  const named = (await answer.clone().text()).matchAll(/"(\/app\/assets\/[^"]+)"/g);
  await cache.put('/app', answer);
  await cache.addAll([...new Set([...named].map(([, path]) => path))]);
}

self.addEventListener('activate', (event) => {
  const others = (names) => names.filter((name) => name.startsWith('parley-shell-') && name !== cacheName);
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(others(names).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (request.mode === 'navigate' && /^\/app(\/|$)/.test(pathname)) event.respondWith(page(request));
  else if (pathname.startsWith(assets)) event.respondWith(asset(request));
});

/** The newest page where there is a network, the kept one where there is none. */
async function page(request) {
  const cache = await caches.open(cacheName);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put('/app', answer.clone());
    return answer;
  } catch {
    return (await cache.match('/app')) ?? Response.error();
  }
}

/** The name of an asset tells its content: what is kept is right. Those of older builds go when there are many. */
async function asset(request) {
  const cache = await caches.open(cacheName);
  // A page asks for scripts with its origin, a worker without; the answer is the same.
  const kept = await cache.match(request, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    await cache.put(request, answer.clone());
    const keys = (await cache.keys()).filter(({ url }) => new URL(url).pathname.startsWith(assets));
    await Promise.all(keys.slice(0, Math.max(0, keys.length - 120)).map((key) => cache.delete(key)));
  }
  return answer;
}

// A notification that a page had shown by this worker: to the conversation, in a page that is open where there is one.
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(goTo(event.notification.data.place));
});

async function goTo(place) {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const page = pages.find(({ url }) => /^\/app(\/|$)/.test(new URL(url).pathname));
  if (!page) return void (await self.clients.openWindow(`/app${place}`));
  await page.focus();
  page.postMessage({ place });
}
