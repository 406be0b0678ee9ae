"""The searchable form of the clauses: vectors with FAISS, words with BM25, and what both say of a clause."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path

import bm25s
import faiss
import numpy as np
from numpy.typing import NDArray

from knowledge.encoder import Vectors
from knowledge.text import normalise, words

Scores = NDArray[np.float32]

logging.getLogger("bm25s").setLevel(logging.WARNING)

# Up to here an exact scan costs a few milliseconds and never misses; the graph is faster but finds 92 % of
# the nearest 48 (docs/measurements.md has the table).
FLAT_UP_TO = 20_000
# With so many 98 % of what is right is among them (`python -m bench.laws`).
DENSE_CANDIDATES = 192
LEXICAL_CANDIDATES = 32


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
    dense: faiss.Index
    sentence_words: bm25s.BM25
    clause_words: bm25s.BM25

    @classmethod
    def build(cls, sentences: list[str], owners: list[int], clauses: list[str], vectors: Vectors) -> Index:
        return cls(
            vectors=vectors,
            owners=np.asarray(owners, dtype=np.int64),
            clauses=len(clauses),
            dense=build_dense(vectors),
            sentence_words=_bm25(sentences),
            clause_words=_bm25(clauses),
        )

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "vectors.npy", self.vectors)
        np.save(folder / "owners.npy", self.owners)
        faiss.write_index(self.dense, str(folder / "dense.faiss"))
        self.sentence_words.save(str(folder / "sentence_words"), show_progress=False)
        self.clause_words.save(str(folder / "clause_words"), show_progress=False)
        (folder / "index.json").write_text(json.dumps({"clauses": self.clauses}))

    @classmethod
    def load(cls, folder: Path) -> Index:
        return cls(
            vectors=np.load(folder / "vectors.npy", mmap_mode="r"),
            owners=np.load(folder / "owners.npy"),
            clauses=json.loads((folder / "index.json").read_text())["clauses"],
            dense=faiss.read_index(str(folder / "dense.faiss")),
            sentence_words=bm25s.BM25.load(str(folder / "sentence_words")),
            clause_words=bm25s.BM25.load(str(folder / "clause_words")),
        )

    def candidates(self, vector: Vectors, lexical: Scores) -> set[int]:
        """Clause rows worth scoring: nearest by vector, best by words. All of a small base."""
        if self.clauses <= DENSE_CANDIDATES:
            return set(range(self.clauses))
        _, found = self.dense.search(vector[None, :], DENSE_CANDIDATES)
        rows = {self._clause_of(int(entry)) for entry in found[0] if entry >= 0}
        best = np.argpartition(-lexical, LEXICAL_CANDIDATES)[:LEXICAL_CANDIDATES]
        return rows | {int(row) for row in best if lexical[row] > 0}

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


def build_dense(vectors: Vectors, flat_up_to: int = FLAT_UP_TO) -> faiss.Index:
    """Exact inner product for a small base, an HNSW graph for a large one."""
    dimension = vectors.shape[1]
    if len(vectors) <= flat_up_to:
        index: faiss.Index = faiss.IndexFlatIP(dimension)
    else:
        graph = faiss.IndexHNSWFlat(dimension, 32, faiss.METRIC_INNER_PRODUCT)
        graph.hnsw.efConstruction = 80
        graph.hnsw.efSearch = 96
        index = graph
    index.add(np.ascontiguousarray(vectors))
    return index


def _bm25(texts: list[str]) -> bm25s.BM25:
    retriever = bm25s.BM25(method="lucene")
    retriever.index([words(normalise(text)) or ["　"] for text in texts], show_progress=False)
    return retriever


def _scores(retriever: bm25s.BM25, asked: list[str]) -> Scores:
    known = [word for word in asked if word in retriever.vocab_dict]
    if not known:
        return np.zeros(retriever.scores["num_docs"], dtype=np.float32)
    return np.asarray(retriever.get_scores(known), dtype=np.float32)
