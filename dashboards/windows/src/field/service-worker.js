/* Keeps the shell of the field app on the phone, so that it opens without a network. Data is not kept here;
   what waits in the outbox is sent from here when no page is open (send_asleep.ts, put before this by the build). */
const VERSION = "__VERSION__";
const SHELL = ["__SHELL__"];
const CACHE = `citybrain-field-${VERSION}`;

self.addEventListener("install", (event) => {
  // The first one serves at once; a newer one waits until the app lets it take over.
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL)).then(() => (self.registration.active ? undefined : self.skipWaiting())));
});

self.addEventListener("message", (event) => {
  if (event.data === "take-over") void self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  // The version before stays: a window that still shows it may yet ask for its files.
  const older = (names) => names.filter((name) => name.startsWith("citybrain-field-") && name !== CACHE).slice(0, -1);
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(older(names).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

/* The page itself: the network's newest, else the kept one. */
async function page(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok) (await caches.open(CACHE)).put("/field", answer.clone());
    return answer;
  } catch {
    return (await caches.match("/field")) ?? Response.error();
  }
}

/* Files with a hash in their name never change: the kept one, else the network's, which is kept. */
async function asset(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) (await caches.open(CACHE)).put(request, answer.clone());
  return answer;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && (pathname === "/field" || pathname.startsWith("/field/"))) event.respondWith(page(request));
  else if (pathname.startsWith("/assets/")) event.respondWith(asset(request));
});

/* Background Sync: the outbox is sent from here, unless an open page is at it (one sender at a time); pages look what is left. */
self.addEventListener("sync", (event) => {
  if (event.tag !== "outbox") return;
  const tell = () => self.clients.matchAll({ includeUncontrolled: true }).then((clients) => clients.forEach((client) => client.postMessage("send-outbox")));
  event.waitUntil(asleep.sendAsleep().finally(tell));
});
