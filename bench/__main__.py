"""``make bench``: this assistant beside its alternatives on the same questions, in one run.

One table (comparison.py): BM25, the encoder alone, their plain fusion, SetFit, stock Rasa's DIET pipeline with
ResponseSelector, ours. Then throughput: our REST contract beside stock ``rasa run`` with an HTTP action server. Stock
Rasa runs in an environment of its own (``.bench``), made at the first run.
"""

from __future__ import annotations

import sys
import uuid

import httpx

from bench.comparison import HEAD, PLAIN, SETFIT, Answer, in_its_own_process, measured
from bench.peers import StockRasa
from bench.serving import measure, resident, serve_ours


def main() -> int:
    """Measure and print; with ``--no-stock`` stock Rasa is left out."""
    print(HEAD, flush=True)
    for method in (*PLAIN, SETFIT):
        print(f"{method:<34}{in_its_own_process(method)}", flush=True)
    served = []
    if "--no-stock" not in sys.argv:
        with StockRasa.prepare() as stock:
            row = measured(stock.answer, lambda: sum(map(resident, stock.pids)))
            print(f"{'Rasa, DIET + ResponseSelector':<34}{row}", flush=True)
            served.append(("stock", measure(stock.url, stock.pids)))
    with serve_ours() as (url, pid):
        print(f"{'ours':<34}{measured(over_rest(url), lambda: resident(pid))}", flush=True)
        served.append(("ours", measure(url, [pid])))
    for name, serving in served:
        print(f"{name:<8}{serving}")
    return 0


def over_rest(url: str) -> Answer:
    """Ask over the REST contract, every question in a conversation of its own."""
    client = httpx.Client(base_url=url, timeout=60)

    def answer(text: str) -> str | None:
        reply = client.post("/webhooks/rest/webhook", json={"sender": uuid.uuid4().hex, "message": text})
        reply.raise_for_status()
        custom = [one["custom"] for one in reply.json() if "custom" in one]
        cited = [citation["clause"] for one in custom for citation in one.get("citations", [])]
        return None if custom[0]["job"] == "oos" else next(iter(cited), "")

    return answer


if __name__ == "__main__":
    sys.exit(main())
