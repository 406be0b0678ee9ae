// What the console does beyond plain pages and forms: copying, printing, keyboard shortcuts. All else works without.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy);
    // Without https there is no clipboard object; the selection still copies.
    if (navigator.clipboard) await navigator.clipboard.writeText(text.textContent);
    else {
      getSelection().selectAllChildren(text);
      document.execCommand("copy");
    }
    button.textContent = "已复制";
  });
}
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
// On a phone the tabs are one row: the one that is open is brought into view.
const tab = document.querySelector(".tabs [aria-current]");
if (tab) tab.closest("ul").scrollLeft = tab.offsetLeft - innerWidth / 3;
// A message is said once: a reload or a bookmark of the page does not say it again.
const here = new URL(location.href);
if (here.searchParams.has("done")) {
  here.searchParams.delete("done");
  history.replaceState(null, "", here);
}

// Single keys can be turned off (WCAG 2.1.4), since speech input and slips press them.
const OFF = "shortcuts-off";
const table = document.getElementById("shortcuts");
const opener = document.querySelector("[data-shortcuts]");
const GO = { t: "/console/today", c: "/console/cases", r: "/console/tasks" };
let going = false;
let row = -1;

function move(by) {
  const links = [...document.querySelectorAll(".rows tbody tr")].map((line) => line.querySelector("a, summary")).filter(Boolean);
  if (!links.length) return;
  row = Math.min(Math.max(row + by, 0), links.length - 1);
  links[row].focus();
  links[row].scrollIntoView({ block: "nearest" });
}
function act(key) {
  const found = document.querySelector(`[data-key="${key}"]`);
  if (!found) return;
  if (found.matches("details")) {
    found.open = true;
    found.querySelector("textarea, select")?.focus();
  } else found.focus(); // a button is pressed by Enter: nothing is decided by one key
}
function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, textarea, select, [contenteditable]") || table.open) return;
  const key = event.key;
  if (going) {
    going = false;
    const link = document.querySelector(`.tabs a[href="${GO[key]}"]`);
    if (link) location.href = link.href;
    return;
  }
  if (key === "g") { going = true; setTimeout(() => (going = false), 1500); }
  else if (key === "j") move(1);
  else if (key === "k") move(-1);
  else if (key === "?") table.showModal();
  else if (key === "/") {
    const box = document.querySelector('[role="search"] input:not([type="hidden"])');
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  } else if ("ashnzb".includes(key)) {
    if (document.querySelector(`[data-key="${key}"]`)) event.preventDefault();
    act(key);
  }
}
if (table && opener) {
  const on = table.querySelector("[data-shortcuts-on]");
  on.checked = !localStorage.getItem(OFF);
  const listen = () => {
    document.removeEventListener("keydown", pressed);
    if (on.checked) document.addEventListener("keydown", pressed);
  };
  on.addEventListener("change", () => {
    if (on.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
    listen();
  });
  opener.hidden = false;
  opener.addEventListener("click", () => table.showModal());
  listen();
}
