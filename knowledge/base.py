"""The knowledge base of one version: open it, search it, look things up in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from sqlite_utils import Database

from knowledge.additions import Addition, Additions
from knowledge.classifier import TextClassifier
from knowledge.clauses import Clause
from knowledge.core import core
from knowledge.directory import Directory
from knowledge.documents import Document
from knowledge.encoder import Encoder, Vectors, shared_encoder
from knowledge.index import Index, Scores
from knowledge.ranker import Bank, Evidence, Ranker, mention_keys, spread
from knowledge.store import find_text, passages, read_directory, read_documents, read_questions
from knowledge.text import add_words


@dataclass(frozen=True)
class Hit:
    """A clause that may answer a question.

    Attributes:
        probability: calibrated probability that the clause answers it, 0 to 1.
        quote: the clause's words nearest to the question, a verbatim substring of its text.
        sentences: the clause's sentences, nearest to the question first.
    """

    document: Document
    clause: Clause
    probability: float
    quote: str
    sentences: tuple[str, ...]

    @property
    def url(self) -> str:
        return self.document.url(self.clause)


class KnowledgeBase:
    """Documents, directory and search of one version; read-only and safe to share between threads."""

    def __init__(self, folder: Path, encoder_name: str, encoder: Encoder | None = None) -> None:
        """Open a version that ``knowledge.build`` wrote."""
        self.folder = folder
        self.encoder = encoder or shared_encoder(encoder_name)
        self._db_path = folder / "knowledge.db"
        db = Database(self._db_path)
        self.documents = read_documents(db)
        self.directory: Directory = read_directory(db)
        questions = read_questions(db)
        mentions = [set(_strings(row["mentions"])) for row in db["clauses"].rows]
        db.close()
        self.questions = questions
        add_words(list(self.directory.names))
        # A turn searches for the same words twice: once to judge the scope, once to answer.
        self._remembered = lru_cache(maxsize=512)(self._search)
        self._jobs: dict[str, list[str]] = {}
        for _, job, ids in questions:
            for clause in ids:
                if job not in self._jobs.setdefault(clause, []):
                    self._jobs[clause].append(job)
        self._clauses = [(document, clause) for document in self.documents for clause in document.clauses]
        self._rows = {clause.id: row for row, (document, clause) in enumerate(self._clauses) if document.is_plan}
        self.index = Index.load(folder / "index")
        self.clause_classifier = TextClassifier.load(folder / "clause_classifier.npz")
        bank = Bank(np.load(folder / "bank.npy"), _answers(questions, self._rows, len(self._clauses)))
        self.ranker = Ranker(self.index, bank, mentions).load(folder / "ranker.json")

        # Versions lie side by side in one folder of the data folder.
        self.additions = Additions(folder.parent.parent, self.encoder)

    @property
    def version(self) -> str:
        return self.folder.name

    @property
    def plan(self) -> Document:
        return self.documents[0]

    def document(self, document_id: str) -> Document | None:
        return next((document for document in self.documents if document.info.id == document_id), None)

    def jobs_of_clause(self, clause_id: str) -> list[str]:
        """The jobs (policy, duty, deadline) whose bank questions this clause answers."""
        return self._jobs.get(clause_id, [])

    def job_of(self, question: str, clause_id: str) -> str:
        """The job of the bank question nearest to a question among those that a clause answers."""
        answered = [(job, ids) for _, job, ids in self.questions if ids]
        nearness = self.ranker.bank.vectors @ self.encoder.query(core(question))
        of_clause = [row for row, (_, ids) in enumerate(answered) if clause_id in ids]
        return answered[max(of_clause, key=lambda row: nearness[row])][0] if of_clause else "policy"

    def search(self, question: str, limit: int = 5) -> list[Hit]:
        """Find the clauses that answer a question.

        Args:
            question: a citizen's, an enterprise's or an official's words, as typed.
            limit: how many at most.

        Returns:
            Hits, most probable first.
        """
        asked = core(question)
        hits = list(self._remembered(asked))
        if added := self.added(asked):
            hits = [self._added_hit(added, asked), *(hit for hit in hits if hit.clause.id != added.clause)]
        return hits[:limit]

    def added(self, question: str) -> Addition | None:
        """The question that the office added and that this one is, if it is one."""
        found = self.additions.match(core(question))
        return found if found and found.clause in self._rows else None

    def _added_hit(self, added: Addition, asked: str) -> Hit:
        sentence_words, _ = self.index.lexical(asked)
        return self._hit(self._rows[added.clause], 1.0, self.encoder.query(asked), sentence_words)

    def _search(self, asked: str) -> tuple[Hit, ...]:
        vector = self.encoder.query(asked)
        by_label = self.clause_classifier.predict([asked], vector[None, :])
        known = spread(by_label, self.clause_classifier, self._rows, len(self._clauses))[0]
        sentence_words, clause_words = self.index.lexical(asked)
        likely = {int(row) for row in np.argsort(-known)[:10]}
        candidates = sorted(self.index.candidates(vector, clause_words) | likely)
        evidence = Evidence(
            vector, candidates, sentence_words, clause_words, mention_keys(self.directory, asked), known
        )
        probabilities = self.ranker.probabilities(evidence)
        best = np.argsort(-probabilities)[:MOST_HITS]
        return tuple(self._hit(candidates[n], float(probabilities[n]), vector, sentence_words) for n in best)

    def _hit(self, row: int, probability: float, vector: Vectors, sentence_words: Scores) -> Hit:
        document, clause = self._clauses[row]
        rows = self.index.sentence_rows(row)
        near = self.index.sentence_similarities(row, vector)
        score = near + WORDS_IN_QUOTE * sentence_words[rows.start : rows.stop]
        by_text = dict(zip(passages(clause), score.tolist(), strict=True))
        nearest = sorted((s.text for s in clause.sentences), key=lambda text: -by_text[text])
        return Hit(document, clause, probability, max(by_text, key=lambda text: by_text[text]), tuple(nearest))

    def find(self, words: str, limit: int = 20) -> list[tuple[str, str]]:
        """Clauses that contain the words literally, as (document id, clause id)."""
        db = Database(self._db_path)
        try:
            return find_text(db, words, limit)
        finally:
            db.close()


# BM25 per word of the question is 0 to about 2 and cosines differ by about 0.1: equal say for both.
WORDS_IN_QUOTE = 0.05
MOST_HITS = 10


def _strings(text: str) -> list[str]:
    return [str(item) for item in json.loads(text)]


def _answers(
    questions: list[tuple[str, str, list[str]]], rows: dict[str, int], clauses: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    answered = [ids for _, _, ids in questions if ids]
    answers = np.zeros((len(answered), clauses), dtype=np.bool_)
    for question, ids in enumerate(answered):
        answers[question, [rows[clause] for clause in ids]] = True
    return answers
