"use strict";
// Keeps the site for use without a connection, and adds the headers that a plain host leaves out.

importScripts("release.js"); // RELEASE: version, files and headers, written by the export

const PREFIX = "living-mirror-";
const CACHE = PREFIX + RELEASE.version;

// A newer version waits until the last page of the older one is closed: a network and its styles belong together.
self.addEventListener("install", (event) => event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(RELEASE.files))));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
  await self.clients.claim();
})()));

// The page names the files of the runtime that this browser takes: the only ones that are large.
self.addEventListener("message", (event) => event.waitUntil((async () => {
  const cache = await caches.open(CACHE);
  const missing = [];
  for (const url of event.data.keep) if (!await cache.match(url)) missing.push(url);
  await cache.addAll(missing);
  event.ports[0].postMessage("kept");
})()));

self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "GET" && new URL(url).origin === self.location.origin) event.respondWith(answer(event.request));
});

async function answer(request) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(request, { ignoreSearch: true }) ?? await fetch(request);
  if (!found.ok || found.redirected) return found;
  const headers = new Headers(found.headers);
  for (const [name, value] of Object.entries(RELEASE.headers)) headers.set(name, value);
  return new Response(found.body, { status: found.status, headers });
}
