"""``python -m bench.index_growth [--postgres URL]``: the index at 50 to 100,000 clauses: build, memory, times, recall.

Clauses are synthetic: a real clause's sentences in shuffled order with numbers changed, its vectors with noise of
the size that parts two real sentences, so that neither the words nor the vectors repeat. What embedding that many would
take is told from a sample of the texts that is really embedded. Each size is measured in a process of its own that says
how far it is, and its row is kept in the data folder: a run that is stopped goes on with the size it was at. Rows of
other code are measured anew, and with ``--again`` all are. With the URL of a PostgreSQL that has pgvector the same
vectors are searched there as well.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median, quantiles

import faiss
import numpy as np

from bench.evaluate import read_questions
from bench.serving import ANSWERS
from knowledge.build import ensure_built, hash_of
from knowledge.bulk_encoding import BulkEncoder
from knowledge.encoder import Vectors
from knowledge.index import DENSE_CANDIDATES, FLAT_UP_TO, Dense, Index
from knowledge.postgres_vectors import PostgresVectors
from knowledge.settings import KnowledgeSettings
from knowledge.shared import shared_knowledge
from knowledge.text import as_printed

SIZES = (50, 5_000, 20_000, 100_000)
NOISE = 0.35
QUERIES = 120
SAMPLE = 1_000
# The modules of knowledge/ whose figures these are.
MEASURED = [Path("knowledge") / f"{name}.py" for name in ("index", "text", "bulk_encoding", "postgres_vectors")]
HEAD = (
    "| clauses | vectors | embedding, s (from a sample) | the rest of the build, s | MiB | candidates p50 / p95, ms "
    "| chosen | p50, ms | recall of the nearest 192 | exact scan p50, ms | PostgreSQL: put s, p50 ms, recall |"
)


def main() -> int:
    """Print one row a size."""
    parser = argparse.ArgumentParser(prog="python -m bench.index_growth", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--only", type=int, help="measure this size here and print its row alone")
    parser.add_argument("--postgres", default="", help="URL of a PostgreSQL with pgvector")
    parser.add_argument("--again", action="store_true", help="measure what was measured before as well")
    options = parser.parse_args()
    if options.only:
        print(row(options.only, options.postgres), flush=True)
        return 0
    ensure_built(KnowledgeSettings(), progress)  # once, before what is measured
    print(HEAD + "\n|" + "---|" * 11, flush=True)
    kept = Rows(KnowledgeSettings().data_dir / "bench" / "index_growth.json")
    for size in options.sizes:
        found = "" if options.again else kept.of(size, options.postgres)
        print(found or kept.keep(size, options.postgres, measured(size, options.postgres)), flush=True)
    return 0


class Rows:
    """The rows that were measured of this code, by size and whether PostgreSQL was asked too."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._code = hash_of([Path(__file__), *MEASURED])

    def of(self, size: int, postgres: str) -> str:
        """The row; empty where it was not measured, or of other code."""
        return self._rows().get(self._key(size, postgres), "")

    def keep(self, size: int, postgres: str, text: str) -> str:
        rows = self._rows() | {self._key(size, postgres): text}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
        part.replace(self._path)
        return text

    def _rows(self) -> dict[str, str]:
        try:
            return {str(key): str(row) for key, row in json.loads(self._path.read_text(encoding="utf-8")).items()}
        except (OSError, ValueError, AttributeError):
            return {}

    def _key(self, size: int, postgres: str) -> str:
        return f"{size} {bool(postgres)} {self._code[:16]}"


def measured(size: int, postgres: str) -> str:
    """The row of a size, measured in a process of its own.

    Raises:
        subprocess.CalledProcessError: it failed; what it said stands above.
    """
    progress(f"== {size:,} 条 ==")
    command = [sys.executable, "-W", "ignore", "-m", "bench.index_growth", "--only", str(size)]
    command += ["--postgres", postgres] if postgres else []
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def row(size: int, postgres: str) -> str:
    """Build an index of that many clauses and ask it."""
    base = shared_knowledge(KnowledgeSettings())
    questions = [as_printed(question.text) for question in read_questions(ANSWERS)][:QUERIES]
    asked = np.stack([base.encoder.query(question) for question in questions])
    sentences, owners, texts = synthetic(size)
    vectors = noisy(base.index.vectors, len(sentences) + size, size)
    before, started = memory(), time.perf_counter()
    index = Index.build(sentences, owners, texts, vectors, progress)
    built, held = time.perf_counter() - started, memory() - before
    progress("检索 …")
    whole = timed(lambda n: index.candidates(asked[n], index.lexical(questions[n])[1]))
    exact = faiss.IndexFlatIP(vectors.shape[1])
    exact.add(vectors)
    right = exact.search(asked, DENSE_CANDIDATES)[1]
    chosen = "exact" if len(vectors) <= FLAT_UP_TO else "HNSW"
    progress("抽样计算句向量 …")
    cells = [
        f"{size:,}", f"{len(vectors):,}", f"{embedding([*sentences, *texts]):.0f}", f"{built:.1f}", f"{held:.0f}",
        f"{ms(median(whole))} / {ms(quantiles(whole, n=20)[-1])}", chosen, *found(index.dense, asked, right),
        found(exact, asked, right)[0], in_postgres(postgres, size, vectors, asked, right) if postgres else "",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def synthetic(size: int) -> tuple[list[str], list[int], list[str]]:
    """Sentences, the clause that each is of, and clauses."""
    clauses = [clause for clause in shared_knowledge(KnowledgeSettings()).plan.clauses if clause.id[0] in "一二三四五"]
    chance = random.Random(size)
    sentences: list[str] = []
    owners: list[int] = []
    texts: list[str] = []
    for n in range(size):
        parts = [sentence.text.replace("2016", str(n)) for sentence in clauses[n % len(clauses)].sentences][:3]
        chance.shuffle(parts)
        owners += [n] * len(parts)
        sentences += parts
        texts.append(f"第{n}号 " + "".join(parts))
    return sentences, owners, texts


def noisy(base: Vectors, count: int, seed: int) -> Vectors:
    """Unit vectors about as far from those of the plan as two of its sentences are from each other."""
    chance = np.random.default_rng(seed)
    vectors: Vectors = base[chance.integers(0, len(base), count)].astype(np.float32)
    for start in range(0, count, 10_000):
        part = vectors[start : start + 10_000]
        noise = chance.normal(size=part.shape).astype(np.float32)
        part += NOISE * noise / np.linalg.norm(noise, axis=1, keepdims=True)
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return vectors


def embedding(texts: Sequence[str]) -> float:
    """Seconds that embedding texts would take, from a sample of them."""
    sample = random.Random(0).sample(texts, min(SAMPLE, len(texts)))
    encoder = BulkEncoder(shared_knowledge(KnowledgeSettings()).encoder)
    encoder.encode("p", sample[:8], of=len(texts))  # loads it
    started = time.perf_counter()
    encoder.encode("p", sample, of=len(texts))
    return (time.perf_counter() - started) * len(texts) / len(sample)


def found(index: Dense, asked: Vectors, right: Vectors) -> tuple[str, str]:
    """Median time of a search, and how many of the nearest it finds."""
    rows = np.stack([index.search(vector[None], DENSE_CANDIDATES)[1][0] for vector in asked])
    times = timed(lambda n: index.search(asked[n][None], DENSE_CANDIDATES))
    wanted = min(DENSE_CANDIDATES, int((right[0] >= 0).sum()))
    recall = np.mean([len({*mine} & {*theirs} - {-1}) / wanted for mine, theirs in zip(rows, right, strict=True)])
    return ms(median(times)), f"{recall:.3f}"


def in_postgres(url: str, size: int, vectors: Vectors, asked: Vectors, right: Vectors) -> str:
    shared = PostgresVectors(url, f"growth_{size}_{time.time_ns()}")
    started = time.perf_counter()
    shared.put(vectors, progress)
    seconds = time.perf_counter() - started
    return ", ".join((f"{seconds:.0f}", *found(shared, asked, right)))


def progress(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def memory() -> float:
    """What this process holds now, in MiB, but for files that it only maps."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    return int(lines["RssAnon"].split()[0]) / 1024


def timed(call: Callable[[int], object], times: int = QUERIES) -> list[float]:
    """Seconds of each call."""
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
