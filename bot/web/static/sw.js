// Without a network: a page that says whom to call, and the plan. Nothing of a conversation is ever kept here.
"use strict";
const KEPT = "pages-2";
const OFFLINE = "/offline";
const FILES = [OFFLINE, "/plan", "/look.css", "/static/plan.css", "/static/plan.js", "/icons/icon.svg"];

self.addEventListener("install", (event) => {
  // What is said goes past this worker, which a phone would first have to start (Static Routing API, where there is one).
  if (event.addRoutes) event.waitUntil(event.addRoutes([{ condition: { requestMethod: "POST" }, source: "network" }]).catch(() => {}));
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))));
  event.waitUntil(old.then(() => self.clients.claim()));
});

// The newest from the network, kept for the next time there is none.
const fresh = async (request, path) => {
  try {
    const response = await fetch(request);
    if (response.ok) (await caches.open(KEPT)).put(path, response.clone());
    return response;
  } catch (error) {
    return (await caches.match(path)) || Response.error();
  }
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  // Styles and scripts have their version in the address; a page with one is a search.
  if (FILES.includes(url.pathname) && (!url.search || /\.(css|js)$/.test(url.pathname))) {
    event.respondWith(fresh(request, url.pathname));
  } else if (request.mode === "navigate" && !url.pathname.startsWith("/console") && !url.pathname.startsWith("/files/")) {
    event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  }
});
