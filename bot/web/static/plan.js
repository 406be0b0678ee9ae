// What the plan page does beyond being read: contents that follow, steps through the finds, a clause with its citation.
// Without script every link, the search and the downloads work as they are.
const contents = [...document.querySelectorAll(".contents a")];
const targets = contents.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
const folded = document.querySelector(".contents details");
const side = document.querySelector(".plan-side");
const narrow = matchMedia("(max-width: 959px)");
folded.open = !narrow.matches; // folded as the page comes: to fold it here would push the text up when it is read already
narrow.addEventListener("change", () => (folded.open = !narrow.matches));

let marked;
function follow() {
  const line = innerHeight / 4;
  let at = targets.findLastIndex((target) => target && target.getBoundingClientRect().top <= line);
  if (innerHeight + scrollY >= document.documentElement.scrollHeight - 2) at = contents.length - 1;
  const link = contents[Math.max(at, 0)];
  if (link === marked) return;
  marked?.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  marked = link;
  if (!narrow.matches) {
    const [box, frame] = [link.getBoundingClientRect(), side.getBoundingClientRect()];
    if (box.top < frame.top || box.bottom > frame.bottom) side.scrollTop += box.top - frame.top - frame.height / 2;
  }
}
let waiting = false;
addEventListener("scroll", () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; follow(); });
}, { passive: true });
follow();
for (const link of contents) link.addEventListener("click", () => { if (narrow.matches) folded.open = false; });

const finds = [...document.querySelectorAll(".document mark")];
const steps = document.querySelector(".step");
let now = -1;
function step(by) {
  finds[now]?.classList.remove("now");
  now = (now + by + finds.length) % finds.length;
  finds[now].classList.add("now");
  finds[now].scrollIntoView({ block: "center" });
  steps.querySelector("span").textContent = `第 ${now + 1} 处，共 ${finds.length} 处`;
}
if (steps && finds.length) {
  steps.querySelector("span").textContent = `共 ${finds.length} 处`;
  for (const button of steps.querySelectorAll("button")) {
    button.hidden = false;
    button.addEventListener("click", () => step(now < 0 && button.dataset.step === "-1" ? finds.length : Number(button.dataset.step)));
  }
}

function wordsOf(section) {
  const parts = [...section.querySelectorAll("h2.annex, [data-words]")];
  return parts.map((part) => part.matches("table")
    ? [...part.rows].map((row) => [...row.cells].map((cell) => cell.textContent.trim()).join("\t")).join("\n")
    : part.textContent.trim()).join("\n");
}
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const box = document.createElement("textarea"); // without https there is no clipboard object
  box.value = text;
  document.body.append(box);
  box.select();
  document.execCommand("copy");
  box.remove();
}
const source = document.querySelector(".document").dataset.source;
for (const button of document.querySelectorAll("[data-copy-clause]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const section = button.closest(".clause");
    await copy(`${wordsOf(section)}\n——${source}${section.dataset.cite}`);
    button.textContent = "已复制";
    setTimeout(() => (button.textContent = "复制并注明出处"), 3000);
  });
}
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
