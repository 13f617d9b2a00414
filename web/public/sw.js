// The service worker: the app's shell, kept for when there is no network. The build writes the list and its version.
// Answers of the API are never kept here, but for a line's number for its second; what must be readable offline
// (tickets) keeps itself.
const VERSION = "dev";
const SHELL = [];
const CACHE = `shell-${VERSION}`;
// What reads codes where the browser cannot: kept by scanners alone (shared/gate/use-camera.ts), over releases.
const READER = "";
const READERS = "reader";
const NAVIGATION_MS = 4000;
// A file's name says what is in it, however it was asked for.
const KEPT = { cacheName: CACHE, ignoreVary: true };

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(SHELL))
      .then(bringReader),
  );
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("shell-") && name !== CACHE;
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
      .then(dropOldReaders)
      .then(() => self.clients.claim()),
  );
});

// A new version waits until somebody says so: nobody's page changes under their hands.
self.addEventListener("message", (event) => {
  if (event.data === "take-over") self.skipWaiting();
});

// What a page said while nobody looked leads back to that page, or to a new one of it.
self.addEventListener("notificationclick", (event) => {
  const { notification } = event;
  notification.close();
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then((pages) => {
      const page = pages.find(({ url }) => url === notification.data);
      return page ? page.focus() : self.clients.openWindow(notification.data);
    }),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (isPage(url.pathname)) event.respondWith(page(request));
  } else if (url.pathname.startsWith("/assets/")) event.respondWith(asset(request));
  else if (LINE.test(url.pathname)) event.respondWith(lineNumber(request));
});

// What all who wait ask for, and may be a second old: several tabs of one browser ask once.
const LINE = /^\/api\/v1\/events\/[0-9a-f-]{36}\/queue\/serving$/;
const LINE_MS = 1000;
let lastLine = { url: "", at: 0, answer: undefined };

async function lineNumber(request) {
  const now = Date.now();
  if (lastLine.url !== request.url || now - lastLine.at >= LINE_MS || now < lastLine.at)
    lastLine = { url: request.url, at: now, answer: fetch(request) };
  const asked = lastLine;
  try {
    const answer = await asked.answer;
    if (!answer.ok) asked.at = 0;
    return answer.clone();
  } catch (error) {
    asked.at = 0;
    throw error;
  }
}

const isPage = (path) => !/^\/(api|docs|health|metrics|socket\.io|\.well-known)(\/|$)/.test(path);

/** The network's page, with what the server says of it; without an answer the shell. */
async function page(request) {
  const shell = () => caches.match("/", KEPT);
  const patience = new Promise((resolve) => setTimeout(resolve, NAVIGATION_MS)).then(shell);
  try {
    const answer = fetch(request);
    return (await Promise.race([answer, patience])) ?? (await answer);
  } catch {
    return (await shell()) ?? Response.error();
  }
}

/** Its name says what is in it: what is kept is right for ever. */
async function asset(request) {
  return (await keptAsset(request)) ?? fetch(request);
}

async function keptAsset(request) {
  try {
    return (
      (await caches.match(request, KEPT)) ??
      (await caches.match(request, { cacheName: READERS, ignoreVary: true }))
    );
  } catch {
    // A browser that cannot read its storage has the network.
    return undefined;
  }
}

/** A device that scans has the new version's reader before that version; a full storage stops no version. */
async function bringReader() {
  try {
    if (READER === "" || !(await caches.has(READERS))) return;
    const cache = await caches.open(READERS);
    if ((await cache.match(READER, { ignoreVary: true })) === undefined) await cache.add(READER);
  } catch {
    // The scanner asks for it again when it is opened.
  }
}

async function dropOldReaders() {
  try {
    if (!(await caches.has(READERS))) return;
    const cache = await caches.open(READERS);
    const old = (await cache.keys()).filter(({ url }) => new URL(url).pathname !== READER);
    await Promise.all(old.map((request) => cache.delete(request)));
  } catch {
    // What is left over takes room, and is never asked for.
  }
}
