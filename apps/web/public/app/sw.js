// Keeps the shell of the app, so that it opens without a network: the page and its assets, never what people say.
const cacheName = 'parley-shell-2';
const shell = '/app';
const assets = '/app/assets/';
/** So many assets are kept; those of older builds go first. */
const maxAssets = 200;
/** A network that gives no page within this time (ms) is taken for none, where there is a page that is kept. */
const patienceMs = 5_000;

self.addEventListener('install', (event) => {
  event.waitUntil(fetch(shell, { cache: 'no-cache' }).then(keepShell));
  self.skipWaiting();
});

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
  if (request.mode === 'navigate' && isPlace(pathname)) event.respondWith(page(event));
  else if (pathname.startsWith(assets)) event.respondWith(asset(event));
});

/** Whether the server answers with the page: a path that names a file, as `/app/icon.svg`, may be opened in a tab too. */
const isPlace = (pathname) => /^\/app(\/|$)/.test(pathname) && !/^\/app\/([\w-]+\.[\w.-]+$|assets\/)/.test(pathname);

/** The newest page where there is a network and a server behind it, the kept one where there is none. */
async function page(event) {
  const answered = fetch(event.request).catch(() => undefined);
  event.waitUntil(answered.then((answer) => answer && keepShell(answer.clone())).catch(() => undefined));
  const kept = await keptAs(shell);
  const answer = await (kept ? Promise.race([answered, after(patienceMs)]) : answered);
  return answer && answer.status < 500 ? answer : (kept ?? answer ?? Response.error());
}

/** The name of an asset tells its content: what is kept is right. */
async function asset(event) {
  const { request } = event;
  const kept = await keptAs(request);
  if (kept) return kept;
  const answer = await fetch(request);
  const copy = answer.clone();
  const keeping = caches.open(cacheName).then((cache) => keepAsset(cache, request, copy));
  event.waitUntil(keeping.catch(() => undefined));
  return answer;
}

/** Keeps a page with all that it begins with; nothing else that may come in its place, as the page of a proxy or of a network that wants a password. */
async function keepShell(answer) {
  if (!answer.ok || answer.redirected) return;
  const text = await answer.clone().text();
  const named = [...text.matchAll(/(?:src|href)="(\/app\/assets\/[\w.-]+)"/g)].map(([, path]) => path);
  if (!named.some((path) => path.endsWith('.js'))) return;
  const cache = await caches.open(cacheName);
  for (const path of named) if (!(await keptAs(path))) await keepAsset(cache, path, await fetch(path));
  await cache.put(shell, answer);
  const others = (await cache.keys()).map(({ url }) => new URL(url).pathname).filter((path) => path !== shell && !named.includes(path));
  await Promise.all(others.slice(0, Math.max(0, others.length - maxAssets)).map((path) => cache.delete(path)));
}

/** Throws where it is none: what is kept under its name is never asked for again. */
async function keepAsset(cache, request, answer) {
  if (!answer.ok || answer.redirected || /html/.test(answer.headers.get('content-type') ?? 'html')) throw new Error('no asset');
  await cache.put(request, answer);
}

/** What is kept; nothing where the browser keeps nothing. A page asks for scripts with its origin, a worker without: the answer is the same. */
const keptAs = (request) =>
  caches
    .open(cacheName)
    .then((cache) => cache.match(request, { ignoreVary: true }))
    .catch(() => undefined);

const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

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
