// 快速离开: at once to a page that anybody could have open, in place of this one; the server and the browser forget.
"use strict";
const exit = document.querySelector("[data-leave]");
const TIMES = 3;
const WITHIN_MS = 1500;

function leave(event) {
  event?.preventDefault();
  document.documentElement.hidden = true;
  document.title = "页面";
  try {
    sessionStorage.clear();
    localStorage.clear();
    window.caches?.keys().then((names) => names.forEach((name) => caches.delete(name)));
    navigator.serviceWorker?.getRegistrations().then((all) => all.forEach((each) => each.unregister()));
  } finally {
    // Goes on when the page is gone; its answer takes the cookies away.
    fetch(exit.action, { method: "POST", keepalive: true, headers: { "x-requested-with": "fetch" } }).catch(() => {});
    location.replace(exit.dataset.leave);
  }
}
if (exit) {
  let pressed = [];
  exit.addEventListener("submit", leave);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const now = event.timeStamp;
    pressed = [...pressed.filter((at) => now - at < WITHIN_MS), now];
    if (pressed.length >= TIMES) leave();
  });
}
// Whoever comes back by the back button gets a page of now, not one that the browser had put by.
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
