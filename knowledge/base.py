"""The knowledge base of one version: open it, search it, look things up in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlite_utils import Database

from knowledge.additions import Addition, Additions
from knowledge.clauses import Clause
from knowledge.context import Candidates, Meant, load_weights, readings_of
from knowledge.corrections import Corrections
from knowledge.directory import Directory
from knowledge.documents import QUALIFIER, Document
from knowledge.drafting import DocumentFacts
from knowledge.encoder import Encoder, Vectors, shared_encoder
from knowledge.entries import Entries, Entry, Fact, Overview, load_entries
from knowledge.index import Index, Scores
from knowledge.judge import OUT_OF_SCOPE, Choice, Judge, Judgement
from knowledge.postgres_vectors import PostgresVectors
from knowledge.query_cleaning import clean_query
from knowledge.ranker import Evidence, Ranker
from knowledge.safety import Heard, load_guard
from knowledge.store import find_text, passages, read_directory, read_documents, read_jobs
from knowledge.text import add_words
from knowledge.verdicts import VerdictModel


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

    @property
    def id(self) -> str:
        """The clause's id among those of all documents."""
        return self.document.qualified(self.clause)


class KnowledgeBase:
    """Documents, directory and search of one version; read-only and safe to share between threads."""

    def __init__(
        self, folder: Path, encoder_name: str, encoder: Encoder | None = None, shared: PostgresVectors | None = None
    ) -> None:
        """Open a version that ``knowledge.build`` wrote; ``shared`` is where the vectors of a large one are kept."""
        self.folder = folder
        self.encoder = encoder or shared_encoder(encoder_name)
        self._db_path = folder / "knowledge.db"
        db = Database(self._db_path)
        self.documents = read_documents(db)
        self.directory: Directory = read_directory(db)
        self._jobs = read_jobs(db)
        db.close()
        add_words(list(self.directory.names))
        # A turn asks for the same words several times: to judge what is meant, to answer, to take questions apart.
        self._remembered = lru_cache(maxsize=MOST_JUDGED)(self._search)
        self._judged = lru_cache(maxsize=MOST_JUDGED)(self._judge)
        self._advice: dict[str, str] = {}
        self._clauses = [(document, clause) for document in self.documents for clause in document.clauses]
        self._rows = {clause.id: row for row, (document, clause) in enumerate(self._clauses) if document.is_plan}
        self.entries: Entries = load_entries(self.plan.clauses)
        self.index = Index.load(folder / "index", shared)
        self.judge = Judge.load(folder / "judge.npz")
        self._context = load_weights()
        self.guard = load_guard(folder / "guard.npz", self._vectors)
        verdicts = folder / "verdicts.npz"
        self.verdicts = VerdictModel.load(verdicts, self.directory) if verdicts.is_file() else None
        self.ranker = Ranker(self.index, self.index.sentence_rows(len(self.plan.clauses) - 1).stop)

        # Versions lie side by side in one folder of the data folder.
        self.additions = Additions(folder.parent.parent, self.encoder)
        self.corrections = Corrections(folder.parent.parent)
        self.document_facts = DocumentFacts(folder.parent.parent)

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

    def clauses_of(self, entry_id: str) -> tuple[str, ...]:
        """The clauses that an entry quotes; none for what is no entry or quotes nothing."""
        entry = self.entries.get(entry_id)
        return tuple(quotation.clause for quotation in entry.quotations) if entry else ()

    def cited(self, qualified: str) -> tuple[Document, Clause] | None:
        """The document and the clause of a qualified id; None where there is no such clause any more."""
        key, mark, clause_id = qualified.rpartition(QUALIFIER)
        document = self.document(key) if mark else self.plan
        clause = document.clause(clause_id) if document else None
        return (document, clause) if document and clause else None

    def judgement(self, message: str) -> Judgement:
        """What a message is taken for, in the light of what somebody else has advised."""
        asked = clean_query(message)
        return self._ranked(asked, self._advice.get(asked))

    def choices(self, message: str) -> tuple[Choice, ...]:
        """Every label for a message, the likeliest first: entries, procedures, out of scope."""
        return self.judgement(message).choices

    def heard(self, message: str, in_form: bool = False) -> Heard:
        """What the guard hears in a message, in the light of what the judge takes it for.

        Args:
            in_form: it answers a question of a form.
        """
        judged = self.judgement(message)
        reports, asks = judged.chance_of_report >= SURE_OF_REPORT, judged.chance_of_answer >= SURE_OF_QUESTION
        return self.guard.heard(message, told=in_form or reports, asked=asks)

    def advise(self, message: str, label: str) -> None:
        """Let a label be the likeliest for a message from now on, as somebody else has judged."""
        self._advice[clean_query(message)] = label
        while len(self._advice) > MOST_ADVICE:
            self._advice.pop(next(iter(self._advice)), None)

    def forget_advice(self) -> None:
        """Judge every message by itself again."""
        self._advice.clear()

    def meant(self, message: str, question: str, about: str) -> Meant | None:
        """What a message asks for after a question that an entry answered; None when it is nothing of the plan.

        Args:
            message: the message.
            question: the question before, complete by itself.
            about: id of the entry that answered it.
        """
        found, texts = self.candidates(message, question, about)
        chances = found.probabilities(self._context)
        best = int(chances.argmax())
        label = found.labels[best]
        if label == OUT_OF_SCOPE:
            return None
        return Meant(label, texts[found.reading_of(label)], float(chances[best]))

    def candidates(self, message: str, question: str, about: str) -> tuple[Candidates, tuple[str, ...]]:
        """What a follow-up may ask for, and the readings of it."""
        texts = readings_of(self.directory, self.entries, question, about, message)
        named = bool(self.directory.mentions(texts[0]))
        readings = [self.choices(text) for text in texts]
        return Candidates(readings, texts[0], named, about, self.entries), texts

    def entry(self, entry_id: str) -> Entry | None:
        """An entry, with the office's correction where there is one."""
        entry = self.entries.get(entry_id)
        return self.corrections.applied(entry) if entry else None

    def verdict(self, fact: Fact, text: str) -> tuple[float, float, float] | None:
        """How likely it is that what a normalised question supposes is so by a fact, is not so, or is not decided.

        None where no verdicts were learnt.
        """
        if self.verdicts is None:
            return None
        yes, no, neither = self.verdicts.probabilities(text, fact).tolist()
        return yes, no, neither

    def _vectors(self, texts: list[str]) -> Vectors:
        """Vectors of messages; a single one is remembered, since the judge asks for it next."""
        return self.encoder.query(texts[0])[None, :] if len(texts) == 1 else self.encoder.queries(texts)

    def _ranked(self, asked: str, advised: str | None) -> Judgement:
        judged = self._judged(asked)
        return Judgement(_put_first(judged.choices, advised)) if advised else judged

    def _judge(self, asked: str) -> Judgement:
        return Judgement(tuple(self.judge.ranked(asked, self.encoder.query(asked))))

    def search(self, question: str, limit: int = 5) -> list[Hit]:
        """Find the clauses that answer a question.

        Args:
            question: a citizen's, an enterprise's or an official's words, as typed.
            limit: how many at most.

        Returns:
            Hits, most probable first.
        """
        asked = clean_query(question)
        # What somebody else has advised is part of what is remembered: advice that comes or goes counts at once.
        hits = list(self._remembered(asked, self._advice.get(asked)))
        if added := self.added(asked):
            hits = [self._added_hit(added, asked), *(hit for hit in hits if hit.id != added.clause)]
        return hits[:limit]

    def ahead(self, question: str) -> list[Hit]:
        """The clauses of added documents that answer a question which the plan does not, the likeliest first.

        The plan comes first: a clause of another document is ahead only where it is likely to answer, and likelier by
        PLAN_FIRST than what the plan says. What is abolished comes after what is in force, and never before the plan.
        """
        if len(self.documents) == 1:
            return []
        of_plan = self.judgement(question)
        least = max(LEAST_AHEAD, of_plan.answers[0].probability + PLAN_FIRST)
        hits = [hit for hit in self.search(question, MOST_HITS) if not hit.document.is_plan]
        found = [
            hit
            for hit in hits
            if hit.probability >= least and (hit.document.is_in_force or of_plan.chance_of_answer < NO_PLAN)
        ]
        return sorted(found, key=lambda hit: (not hit.document.is_in_force, -hit.probability))

    def beside(self, question: str) -> list[Hit]:
        """Clauses of added documents in force that surely speak of what the plan answers, to be named beside it."""
        if len(self.documents) == 1:
            return []
        hits = [hit for hit in self.search(question, MOST_HITS) if not hit.document.is_plan]
        return [hit for hit in hits if hit.probability >= SURE_BESIDE and hit.document.is_in_force]

    def within(self, document: Document, question: str) -> list[Hit]:
        """The clauses of one added document by how likely they answer a question that names it."""
        asked = clean_query(question)
        vector = self.encoder.query(asked)
        sentence_words, clause_words = self.index.lexical(asked)
        rows = [
            row
            for row, (owner, clause) in enumerate(self._clauses)
            if owner is document and clause.kind not in NO_NORM and row < self.index.clauses
        ]
        chances = self.ranker.probabilities(Evidence(vector, rows, sentence_words, clause_words))
        best = sorted(zip(rows, chances.tolist(), strict=True), key=lambda found: -found[1])[:MOST_HITS]
        return [self._hit(row, chance, vector, sentence_words) for row, chance in best]

    def added(self, question: str) -> Addition | None:
        """The question that the office added and that this one is, if it is one."""
        match = self.additions.match(clean_query(question))
        return match if match and match.clause in self._rows else None

    def _added_hit(self, added: Addition, asked: str) -> Hit:
        sentence_words, _ = self.index.lexical(asked)
        return self._hit(self._rows[added.clause], 1.0, self.encoder.query(asked), sentence_words)

    def _search(self, asked: str, advised: str | None) -> tuple[Hit, ...]:
        vector = self.encoder.query(asked)
        sentence_words, clause_words = self.index.lexical(asked)
        found = self._of_plan(asked, advised)
        if len(self.documents) > 1:
            found |= self._of_added_documents(asked, vector, sentence_words, clause_words)
        best = sorted(found, key=lambda row: -found[row])[:MOST_HITS]
        return tuple(self._hit(row, found[row], vector, sentence_words) for row in best)

    def _of_plan(self, asked: str, advised: str | None) -> dict[int, float]:
        """The probability of each clause of the plan: that of the entries that rest on it."""
        found = dict.fromkeys(self._rows.values(), 0.0)
        for choice in self._ranked(asked, advised).answers:
            entry = self.entries.get(choice.label)
            if entry and entry.quotations:
                # All that a list is about answers it; a fact or an open question stands in one clause.
                quoted = entry.quotations if isinstance(entry, Overview) else entry.quotations[:1]
                for clause in {quotation.clause for quotation in quoted}:
                    found[self._rows[clause]] += choice.probability
        return found

    def _of_added_documents(
        self, asked: str, vector: Vectors, sentence_words: Scores, clause_words: Scores
    ) -> dict[int, float]:
        # A heading says what stands below it and answers nothing by itself.
        candidates = [
            row
            for row in sorted(self.index.candidates(vector, clause_words))
            if row >= len(self._rows) and self._clauses[row][1].kind not in NO_NORM
        ]
        order = {document.info.id: number for number, document in enumerate(self.documents)}
        owners = [order[self._clauses[row][0].info.id] for row in candidates]
        evidence = Evidence(vector, candidates, sentence_words, clause_words)
        probabilities = self.ranker.probabilities(evidence, owners)
        return dict(zip(candidates, probabilities.tolist(), strict=True))

    def _hit(self, row: int, probability: float, vector: Vectors, sentence_words: Scores) -> Hit:
        document, clause = self._clauses[row]
        rows = self.index.sentence_rows(row)
        near = self.index.sentence_similarities(row, vector)
        score = near + WORDS_IN_QUOTE * sentence_words[rows.start : rows.stop]
        by_text = dict(zip(passages(clause), score.tolist(), strict=True))
        nearest = sorted((s.text for s in clause.sentences), key=lambda text: -by_text[text])
        # A cell of a table says nothing without the others of its row: 办理时限：三十日 of what?
        quote = clause.text if clause.kind == "row" else max(by_text, key=lambda text: by_text[text])
        return Hit(document, clause, probability, quote, tuple(nearest))

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
# A clause of an added document is quoted where it answers with LEAST_AHEAD at least, and with PLAN_FIRST more than what
# the plan says. Set by hand beside the figures of `bench.laws`; what `python -m bench.plan_first` chooses on some laws
# is no better on others (docs/documents.md), and `python -m bench.beside_plan` says what it costs.
LEAST_AHEAD, PLAN_FIRST, NO_PLAN, SURE_BESIDE = 0.35, 0.15, 0.2, 0.5
# From here on a message is taken for a report, or for a question to the plan, unless the guard is surer still of its
# alarm: who reports what is over sounds much like who is in it now.
SURE_OF_REPORT, SURE_OF_QUESTION = 0.7, 0.9
# Messages whose judgement is remembered: 0.1 MB each, for the few turns that are under way.
MOST_JUDGED = 48
# Kinds of clauses that no question is answered with.
NO_NORM = ("heading", "contents", "asked")
# Messages that somebody else has judged, and what their judgement counts for.
MOST_ADVICE, ADVISED = 1024, 0.9


def _put_first(choices: tuple[Choice, ...], label: str) -> tuple[Choice, ...]:
    """The label first with ADVISED as its probability, the others sharing what is left as before."""
    own = next((choice.probability for choice in choices if choice.label == label), 0.0)
    scale = (1 - ADVISED) / max(1 - own, 1e-9)
    others = (Choice(other.label, other.probability * scale) for other in choices if other.label != label)
    return (Choice(label, ADVISED), *others)
