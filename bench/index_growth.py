"""``python -m bench.index_growth``: build time, memory and query time at 50 to 100,000 clauses, flat and HNSW.

Clauses are synthetic: a real clause's sentences in shuffled order with numbers changed, its vectors with noise of
the size that parts two real sentences, so that neither the words nor the vectors repeat.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from statistics import median, quantiles

import faiss
import numpy as np

from bench.evaluate import read_questions
from bench.serving import ANSWERS
from knowledge.encoder import Vectors
from knowledge.index import DENSE_CANDIDATES, Index, build_dense
from knowledge.settings import KnowledgeSettings
from knowledge.shared import shared_knowledge
from knowledge.text import normalise

SIZES = (50, 5_000, 100_000)
NOISE = 0.35
QUERIES = 120


def main() -> int:
    """Print one row a size."""
    knowledge = shared_knowledge(KnowledgeSettings())
    clauses = [clause for clause in knowledge.plan.clauses if clause.id[0] in "一二三四五"]
    base = knowledge.index.vectors
    questions = [normalise(question.text) for question in read_questions(ANSWERS)][:QUERIES]
    asked = [knowledge.encoder.query(question) for question in questions]
    print("| clauses | vectors | build s | MiB | candidates p50 / p95 ms | flat p50 ms | HNSW p50 ms | HNSW recall |")
    print("|---|---|---|---|---|---|---|---|")
    for size in SIZES:
        random = np.random.default_rng(size)
        texts, sentences, owners = [], [], []
        for n in range(size):
            parts = [sentence.text.replace("2016", str(n)) for sentence in clauses[n % len(clauses)].sentences][:3]
            random.shuffle(parts)
            owners += [n] * len(parts)
            sentences += parts
            texts.append(f"第{n}号 " + "".join(parts))
        picked = base[random.integers(0, len(base), len(sentences) + size)]
        noise = random.normal(size=picked.shape).astype(np.float32)
        vectors = picked + NOISE * noise / np.linalg.norm(noise, axis=1, keepdims=True)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        index = Index.build(sentences, owners, texts, vectors)
        built = time.perf_counter() - started
        memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        whole = timed(lambda n: index.candidates(asked[n], index.lexical(questions[n])[1]), len(asked))  # noqa: B023
        flat = faiss.IndexFlatIP(vectors.shape[1])
        flat.add(vectors)
        graph = build_dense(vectors, flat_up_to=0)
        found = [np.stack([i.search(v[None], DENSE_CANDIDATES)[1][0] for v in asked]) for i in (flat, graph)]
        recall = np.mean([len(set(a) & set(b)) / DENSE_CANDIDATES for a, b in zip(*found, strict=True)])
        times = [timed(searcher(i, asked), len(asked)) for i in (flat, graph)]
        print(
            f"| {size:,} | {len(vectors):,} | {built:.1f} | {memory:.0f} "
            f"| {ms(median(whole))} / {ms(quantiles(whole, n=20)[-1])} "
            f"| {ms(median(times[0]))} | {ms(median(times[1]))} | {recall:.3f} |",
            flush=True,
        )
    return 0


def searcher(index: faiss.Index, asked: list[Vectors]) -> Callable[[int], object]:
    return lambda n: index.search(asked[n][None], DENSE_CANDIDATES)


def timed(call: Callable[[int], object], times: int) -> list[float]:
    """Seconds of each of ``times`` calls."""
    seconds = []
    for n in range(times):
        started = time.perf_counter()
        call(n)
        seconds.append(time.perf_counter() - started)
    return seconds


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f}"


if __name__ == "__main__":
    sys.exit(main())
