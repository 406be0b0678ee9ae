"""How fast and how accessible the pages are, from a running server: ``python -m bench.page URL [--no-lighthouse]``.

Largest contentful paint and layout shift on a slow phone (Lighthouse's own profile: 4 times slower processor, 150 ms
to the server, 1.6 Mbit/s), the time from pressing 发送 to the answer drawn, the bytes of script, and its marks.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import subprocess
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from bench.evaluate import read_questions

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "bench" / "questions" / "open" / "answers.jsonl"
LIGHTHOUSE = ROOT / "bench" / "lighthouse"
PAGES = ("/", "/plan", "/tip-off", "/self-check")
MARKS = ("performance", "accessibility", "best-practices", "seo")
PHONE: ViewportSize = {"width": 390, "height": 844}
PROCESSOR_TIMES, LATENCY_MS, BYTES_A_SECOND = 4, 150, 1_638_400 // 8
RUNS, ASKED = 5, 60
# The page's own script, as a phone fetches it; what the desk alone loads is not among it.
SCRIPTS = ("chat.js", "plan.js", "sw.js")
PAINTS = """() => new Promise((done) => {
    const seen = { lcp: 0, cls: 0 };
    new PerformanceObserver((list) => { for (const one of list.getEntries()) seen.lcp = one.startTime; })
        .observe({ type: "largest-contentful-paint", buffered: true });
    const shifted = (one) => { if (!one.hadRecentInput) seen.cls += one.value; };
    new PerformanceObserver((list) => list.getEntries().forEach(shifted))
        .observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(seen), 1500);
})"""
# From the press to the frame in which the answer is drawn.
ASK = """(question) => new Promise((done) => {
    const log = document.getElementById("history");
    const before = log.querySelectorAll("li.reply").length;
    const start = performance.now();
    const watch = new MutationObserver(() => {
        if (log.querySelectorAll("li.reply").length === before) return;
        watch.disconnect();
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
    });
    watch.observe(log, { childList: true });
    document.getElementById("message").value = question;
    document.querySelector("#ask .send").click();
})"""


def paints(browser: Browser, address: str) -> tuple[float, float]:
    """Seconds to the largest paint, and the layout shift, on a slow phone with nothing kept."""
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, is_mobile=True, service_workers="block")
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Emulation.setCPUThrottlingRate", {"rate": PROCESSOR_TIMES})
    line.send("Network.enable")
    speed = {"downloadThroughput": BYTES_A_SECOND, "uploadThroughput": BYTES_A_SECOND // 2}
    line.send("Network.emulateNetworkConditions", {"offline": False, "latency": LATENCY_MS, **speed})
    page.goto(address)
    seen: dict[str, float] = page.evaluate(PAINTS)
    context.close()
    return seen["lcp"] / 1000, seen["cls"]


def answering(browser: Browser, url: str) -> list[float]:
    """Milliseconds from the press to the answer drawn, for questions of the open set."""
    context = browser.new_context(viewport=PHONE, is_mobile=True)
    page = context.new_page()
    page.goto(url)
    asked = [case.text for case in read_questions(QUESTIONS)[:ASKED]]
    times = [page.evaluate(ASK, question) for question in asked]
    context.close()
    return times


def marks(address: str, chromium: str) -> dict[str, int]:
    """Lighthouse's marks of a page on its slow phone, of 100."""
    if not (LIGHTHOUSE / "node_modules" / "lighthouse").exists():
        install = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(install, cwd=LIGHTHOUSE, check=True)
    flags = "--headless=new --no-sandbox --disable-gpu"
    command = [
        "node", "node_modules/lighthouse/cli/index.js", address, "--quiet", "--output=json", f"--chrome-flags={flags}",
        f"--only-categories={','.join(MARKS)}",
    ]  # fmt: skip
    environment = os.environ | {"CHROME_PATH": chromium}
    done = subprocess.run(command, cwd=LIGHTHOUSE, check=True, capture_output=True, text=True, env=environment)
    found: dict[str, Any] = json.loads(done.stdout)
    return {mark: round(100 * found["categories"][mark]["score"]) for mark in MARKS}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("url", nargs="?", default="http://127.0.0.1:8000")
    options.add_argument("--no-lighthouse", action="store_true")
    chosen = options.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or ""
    script = [gzip.compress(httpx.get(f"{chosen.url}/static/{name}").content) for name in SCRIPTS]
    print(f"script {sum(map(len, script)) / 1000:.1f} kB gzipped")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for path in PAGES:
            runs = [paints(browser, chosen.url + path) for _ in range(RUNS)]
            lcp, cls = (median(values) for values in zip(*runs, strict=True))
            print(f"{path}  LCP {lcp:.2f} s  CLS {cls:.3f}")
        times = answering(browser, chosen.url)
        print(f"press to answer  p50 {median(times):.0f} ms  p95 {quantiles(times, n=20)[18]:.0f} ms  of {len(times)}")
        browser.close()
    if not chosen.no_lighthouse:
        for path in PAGES:
            found = marks(chosen.url + path, chromium)
            print(f"{path}  " + "  ".join(f"{mark} {value}" for mark, value in found.items()))


if __name__ == "__main__":
    main()
