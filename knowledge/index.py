"""The searchable form of the clauses: vectors with FAISS, words with BM25, and what both say of a clause."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import bm25s
import faiss
import numpy as np
import psycopg2
from numpy.typing import NDArray

from knowledge.encoder import Vectors
from knowledge.postgres_vectors import PostgresVectors
from knowledge.text import as_printed, normalise, words

Scores = NDArray[np.float32]
Say = Callable[[str], None]
log = logging.getLogger(__name__)

logging.getLogger("bm25s").setLevel(logging.WARNING)

# Up to here an exact scan costs a few milliseconds and never misses; the graph is faster and finds 99 % of the nearest
# (docs/measurements.md has the table).
FLAT_UP_TO = 20_000
NEIGHBOURS, EF_CONSTRUCTION, EF_SEARCH = 32, 80, 512
PART = 10_000
# With so many 98 % of what is right is among them (`python -m bench.laws`).
DENSE_CANDIDATES = 192
LEXICAL_CANDIDATES = 32
DENSE_FILE = "dense.faiss"


def silent(message: str) -> None:
    """Say nothing."""


class Dense(Protocol):
    """What finds the nearest vectors: FAISS, PostgreSQL or a scan."""

    def search(self, vectors: Vectors, nearest: int, /) -> tuple[Vectors, NDArray[np.int64]]: ...


@dataclass
class Index:
    """Sentence and clause vectors and words of every document.

    Attributes:
        vectors: unit vectors, sentences first, then one per clause; shape (sentences + clauses, d).
        owners: clause row of each sentence, ascending; shape (sentences,).
        clauses: number of clauses.
    """

    vectors: Vectors
    owners: NDArray[np.int64]
    clauses: int
    dense: Dense
    sentence_words: bm25s.BM25
    clause_words: bm25s.BM25

    @classmethod
    def build(
        cls, sentences: list[str], owners: list[int], clauses: list[str], vectors: Vectors, say: Say = silent,
        shared: PostgresVectors | None = None,
    ) -> Index:  # fmt: skip
        """Build it.

        Args:
            say: is told how far it is where that takes more than a moment.
            shared: where all processes keep the vectors of a large index, if there is such a place.
        """
        return cls(
            vectors=vectors,
            owners=np.asarray(owners, dtype=np.int64),
            clauses=len(clauses),
            dense=_in_postgres(vectors, shared, say) or build_dense(vectors, say=say),
            sentence_words=_bm25(sentences, say),
            clause_words=_bm25(clauses, say),
        )

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "vectors.npy", self.vectors)
        np.save(folder / "owners.npy", self.owners)
        if isinstance(self.dense, faiss.Index):
            faiss.write_index(self.dense, str(folder / DENSE_FILE))
        self.sentence_words.save(str(folder / "sentence_words"), show_progress=False)
        self.clause_words.save(str(folder / "clause_words"), show_progress=False)
        (folder / "index.json").write_text(json.dumps({"clauses": self.clauses}))

    @classmethod
    def load(cls, folder: Path, shared: PostgresVectors | None = None) -> Index:
        vectors = np.load(folder / "vectors.npy", mmap_mode="r")
        dense: Dense | None = _in_postgres(vectors, shared, silent)
        if dense is None:
            here = folder / DENSE_FILE
            dense = faiss.read_index(str(here)) if here.exists() else Scan(vectors)
        return cls(
            vectors=vectors,
            owners=np.load(folder / "owners.npy"),
            clauses=json.loads((folder / "index.json").read_text())["clauses"],
            dense=dense,
            sentence_words=bm25s.BM25.load(str(folder / "sentence_words")),
            clause_words=bm25s.BM25.load(str(folder / "clause_words")),
        )

    def candidates(self, vector: Vectors, lexical: Scores) -> set[int]:
        """Clause rows worth scoring: nearest by vector, best by words. All of a small base."""
        if self.clauses <= DENSE_CANDIDATES:
            return set(range(self.clauses))
        _, found = self._nearest(vector[None, :])
        rows = {self._clause_of(int(entry)) for entry in found[0] if entry >= 0}
        best = np.argpartition(-lexical, LEXICAL_CANDIDATES)[:LEXICAL_CANDIDATES]
        return rows | {int(row) for row in best if lexical[row] > 0}

    def _nearest(self, vectors: Vectors) -> tuple[Vectors, NDArray[np.int64]]:
        try:
            return self.dense.search(vectors, DENSE_CANDIDATES)
        except psycopg2.Error as error:
            log.warning("PostgreSQL cannot be asked for vectors (%s); they are scanned here", type(error).__name__)
            return Scan(self.vectors).search(vectors, DENSE_CANDIDATES)

    def _clause_of(self, entry: int) -> int:
        sentences = len(self.owners)
        return int(self.owners[entry]) if entry < sentences else entry - sentences

    def sentence_rows(self, clause: int) -> range:
        first, last = np.searchsorted(self.owners, [clause, clause + 1])
        return range(int(first), int(last))

    def clause_similarity(self, clause: int, vector: Vectors) -> float:
        return float(self.vectors[len(self.owners) + clause] @ vector)

    def sentence_similarities(self, clause: int, vector: Vectors) -> Scores:
        rows = self.sentence_rows(clause)
        return np.asarray(self.vectors[rows.start : rows.stop] @ vector, dtype=np.float32)

    def lexical(self, question: str) -> tuple[Scores, Scores]:
        """BM25 of every sentence and every clause, per word of the question."""
        asked = words(normalise(question))
        per_word = max(1, len(set(asked)))
        return _scores(self.sentence_words, asked) / per_word, _scores(self.clause_words, asked) / per_word


class Scan:
    """An exact scan of the vectors as they lie on disk."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def search(self, asked: Vectors, nearest: int) -> tuple[Vectors, NDArray[np.int64]]:
        """What FAISS gives: inner products and rows of the nearest, the nearest first."""
        scores = np.asarray(asked @ self._vectors.T, dtype=np.float32)
        rows = np.argsort(-scores, axis=1, kind="stable")[:, :nearest]
        return np.take_along_axis(scores, rows, axis=1), rows


def _in_postgres(vectors: Vectors, shared: PostgresVectors | None, say: Say) -> PostgresVectors | None:
    """Where a large index lies in PostgreSQL; None where it is small, or there is no such place."""
    if shared is None or len(vectors) <= FLAT_UP_TO or not shared.is_possible():
        return None
    try:
        shared.put(vectors, say)
    except psycopg2.Error as error:
        log.warning("vectors could not be put into PostgreSQL: %s", type(error).__name__)
        return None
    return shared


def build_dense(vectors: Vectors, flat_up_to: int = FLAT_UP_TO, say: Say = silent) -> faiss.Index:
    """Exact inner product for a small base, an HNSW graph for a large one."""
    dimension = vectors.shape[1]
    if len(vectors) <= flat_up_to:
        index: faiss.Index = faiss.IndexFlatIP(dimension)
    else:
        graph = faiss.IndexHNSWFlat(dimension, NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
        graph.hnsw.efConstruction = EF_CONSTRUCTION
        graph.hnsw.efSearch = EF_SEARCH
        index = graph
    for start in range(0, len(vectors), PART):
        index.add(np.ascontiguousarray(vectors[start : start + PART]))
        if len(vectors) > flat_up_to:
            say(f"建立向量索引 {min(start + PART, len(vectors)):,}/{len(vectors):,} …")
    return index


def _bm25(texts: list[str], say: Say) -> bm25s.BM25:
    retriever = bm25s.BM25(method="lucene")
    cut = []
    # Each word is kept once, however often it is printed: 100,000 clauses have thirty million of them.
    once: dict[str, str] = {}
    for number, text in enumerate(texts, 1):
        cut.append([once.setdefault(word, word) for word in words(as_printed(text)) or ["　"]])
        if number % PART == 0:
            say(f"切分词语 {number:,}/{len(texts):,} …")
    retriever.index(cut, show_progress=False)
    return retriever


def _scores(retriever: bm25s.BM25, asked: list[str]) -> Scores:
    known = [word for word in asked if word in retriever.vocab_dict]
    if not known:
        return np.zeros(retriever.scores["num_docs"], dtype=np.float32)
    return np.asarray(retriever.get_scores(known), dtype=np.float32)
