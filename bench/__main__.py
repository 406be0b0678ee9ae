"""``make bench``: this assistant beside its alternatives on the same questions, in one run.

First clause right: BM25, the encoder alone, their plain fusion, stock Rasa's DIET pipeline with
ResponseSelector, ours. Latency, memory and throughput: our REST contract beside stock ``rasa run`` with an
HTTP action server. Stock Rasa runs in an environment of its own (``.bench``), made at the first run.
"""

from __future__ import annotations

import sys

from bench.peers import StockRasa
from bench.ranking import clause_accuracy
from bench.serving import measure_ours, measure_stock


def main() -> int:
    """Measure and print; with ``--no-stock`` stock Rasa is left out."""
    print("First citation right, by kind (bench/questions/open/answers.jsonl):", flush=True)
    for name, row in clause_accuracy().items():
        print(f"  {name:<28}{row}", flush=True)
    ours = measure_ours()
    print(f"ours:   {ours}", flush=True)
    if "--no-stock" in sys.argv:
        return 0
    with StockRasa.prepare() as stock:
        print(f"  {'Rasa DIET + ResponseSelector':<28}{stock.clause_accuracy()}", flush=True)
        theirs = measure_stock(stock)
    print(f"stock:  {theirs}")
    print(f"latency p50 ours/stock: {ours.p50 / theirs.p50:.2f}   p95: {ours.p95 / theirs.p95:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
