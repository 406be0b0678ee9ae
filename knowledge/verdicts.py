"""Whether what a question supposes or asks for is so, by the norm that answers it: yes, no, or neither.

县里只管摸底不管整，对吧 and 县里管不管摸底 rest on the same norm and are answered by 不对 and 对. Which it is depends
on question and norm together; it is learnt from questions of the bank whose verdict was written down by readers of both
(``data/verdicts``). A logistic regression reads the characters of the question, which of them the norm has and has not,
what the directory knows of the names in both, and how the questions that are spelt most like it were answered.
Source of the features: n-grams beside the overlap of both texts, as in the baselines of recognising textual entailment
(Dagan et al. 2013, doi:10.2200/S00509ED1V01Y201305HLT023).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import RootModel
from scipy import sparse
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import LogisticRegression

from knowledge.data_problems import problem_at
from knowledge.datafile import DATA, DataFileError, city_folder, load
from knowledge.directory import Directory
from knowledge.entries import Entries, Fact
from knowledge.judge import Numbers, softmax
from knowledge.ngrams import COLUMNS as NGRAMS
from knowledge.ngrams import CharNgrams
from knowledge.question_bank import BankQuestion
from knowledge.question_form import ASKS_BREACH, opening, read_question_form
from knowledge.text import normalise
from knowledge.values import values_named

Verdict = Literal["yes", "no", "neither"]
VERDICTS: tuple[Verdict, ...] = ("yes", "no", "neither")
# The words under which questions are written down in the data.
WRITTEN: dict[str, Verdict] = {
    "对": "yes", "可以": "yes", "应当": "yes", "不对": "no", "不可以": "no", "不必": "no",
    "看条件": "neither", "不定": "neither",
}  # fmt: skip
# Asked whether it is a breach, 不可以 means yes: it is one.
BREACH_ANSWERED: dict[str, Verdict] = {"可以": "no", "不可以": "yes"}
# With fewer nothing is learnt (a city that has none of its own).
FEWEST = 300
COLUMNS, STRENGTH, STEPS, TOLERANCE = 2**17, 2.0, 100, 1e-3
# Questions whose likeness to all others is laid out at once.
CHUNK = 500
# Questions of the same norm, and of any, by which another is judged: the nearest by spelling.
NEAREST_OF_NORM, NEAREST_OF_ALL = 8, 5
LONGEST = 3
VOTES = 3 * len(VERDICTS)
# What the votes weigh beside the other features, which have lengths of about one.
STRETCH = 2.0
TURNS = re.compile(
    r"只|光|仅|就|一律|全都|统统|都|一概|单|唯|所有|全部|任何|随便|自己|直接|不|没|无|非|别|甭|对吧|是吧|吗"
)
DENIED = re.compile(r"不|未|无|没|禁|除外|非")
NEGATION = re.compile(r"不|没|无|未|甭|别")
# 能不能, 有没有, and 不 at the end ask and deny nothing.
ASKING = re.compile(r"(.)不\1|有没有|不[?？]?$|没有?[?？]?$")
ONLY, WHOLLY = re.compile(r"只|光|仅|就(?:是|行|够|完|成)"), re.compile(r"一律|全都|统统|都|一概|所有|全部")


class VerdictFile(RootModel[dict[str, list[str]]]):
    """Questions of the bank by the word that answers them."""


class Labelled(NamedTuple):
    """A question of the bank with the norm it hangs on and its verdict."""

    text: str
    fact: Fact
    verdict: Verdict


def load_verdicts(bank: Sequence[BankQuestion], entries: Entries) -> list[Labelled]:
    """The questions whose verdict is known; none for a city with a bank of its own and no verdicts on it.

    Raises:
        DataFileError: an unknown word, a question that the bank does not have under a fact, or one with two verdicts.
    """
    own = city_folder()
    folder = own / "verdicts" if own and (own / "questions").is_dir() else DATA / "verdicts"
    labels = {asked.text: asked.label for asked in bank}
    found: dict[str, Labelled] = {}
    problems = []
    for path in sorted(folder.glob("*.yml")):
        for word, questions in load(path, VerdictFile).root.items():
            if word not in WRITTEN:
                problems.append(problem_at(path, f"“{word}”不是{'、'.join(WRITTEN)}之一。请改成其中之一", word))
                continue
            for question in questions:
                fact, text = entries.get(labels.get(question, "")), normalise(question)
                verdict = verdict_of(word, text)
                if not isinstance(fact, Fact):
                    what = f"题库里没有“{question}”，或它不在结论下。请先加入题库，或删去"
                    problems.append(problem_at(path, what, question))
                elif found.setdefault(text, Labelled(text, fact, verdict)).verdict != verdict:
                    problems.append(problem_at(path, f"“{question}”有两个不同的判断。请只留一个", question))
    if problems:
        raise DataFileError("\n".join(problems))
    return list(found.values())


def verdict_of(word: str, text: str) -> Verdict:
    """What a word of WRITTEN says of what is asked."""
    return BREACH_ANSWERED.get(word, WRITTEN[word]) if ASKS_BREACH.search(text) else WRITTEN[word]


@dataclass(frozen=True)
class VerdictModel:
    """What was learnt.

    Attributes:
        words: n-grams of the labelled questions, transposed, shape (NGRAMS, n).
        facts: ids of their norms, shape (n,).
        verdicts: columns of VERDICTS, shape (n,).
        coefficients: shape (COLUMNS + VOTES, 3).
        intercepts: shape (3,).
    """

    directory: Directory
    ngrams: CharNgrams
    words: sparse.csr_matrix
    facts: NDArray[np.str_]
    verdicts: NDArray[np.int64]
    coefficients: Numbers
    intercepts: Numbers

    @classmethod
    def fit(cls, directory: Directory, labelled: Sequence[Labelled]) -> VerdictModel:
        """Learn from labelled questions; each is left out where it is judged by its nearest."""
        ngrams = CharNgrams(LONGEST, least_texts=2)
        rows = ngrams.fit_transform([one.text for one in labelled])
        facts = np.array([one.fact.id for one in labelled])
        verdicts = np.array([VERDICTS.index(one.verdict) for one in labelled])
        votes = np.zeros((len(labelled), VOTES), dtype=np.float32)
        for start in range(0, len(labelled), CHUNK):
            alike = np.asarray((rows[start : start + CHUNK] @ rows.T).toarray(), dtype=np.float32)
            for row, near in enumerate(alike, start=start):
                near[row] = 0
                votes[row] = _votes(near, facts == facts[row], verdicts)
        features = _hashed([(one.text, one.fact) for one in labelled], directory)
        model = LogisticRegression(C=STRENGTH, max_iter=STEPS, tol=TOLERANCE)
        model.fit(sparse.hstack([features, sparse.csr_matrix(STRETCH * votes)]).tocsr(), verdicts)
        coefficients = np.zeros((COLUMNS + VOTES, len(VERDICTS)), dtype=np.float32)
        intercepts = np.full(len(VERDICTS), NEVER, dtype=np.float32)
        coefficients[:, model.classes_], intercepts[model.classes_] = model.coef_.T, model.intercept_
        return cls(directory, ngrams, rows.T.tocsr(), facts, verdicts, coefficients, intercepts)

    def probabilities(self, text: str, fact: Fact) -> Numbers:
        """Of yes, no and neither for a normalised question and the norm that answers it, shape (3,)."""
        alike = np.asarray((self.ngrams.transform([text]) @ self.words).toarray()[0], dtype=np.float32)
        votes = STRETCH * _votes(alike, self.facts == fact.id, self.verdicts)
        told = _hashed([(text, fact)], self.directory)
        found = told @ self.coefficients[:COLUMNS] + votes @ self.coefficients[COLUMNS:] + self.intercepts
        return np.asarray(softmax(np.asarray(found, dtype=np.float32))[0], dtype=np.float32)

    def save(self, path: Path) -> None:
        """Write plain arrays."""
        words = {"data": self.words.data, "indices": self.words.indices, "indptr": self.words.indptr}
        with path.open("wb") as file:
            np.savez(
                file, facts=self.facts, verdicts=self.verdicts, coefficients=self.coefficients,
                intercepts=self.intercepts, **self.ngrams.arrays(), **words,
            )  # fmt: skip

    @classmethod
    def load(cls, path: Path, directory: Directory) -> VerdictModel:
        """Read what ``save`` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            shape = (NGRAMS, len(stored["facts"]))
            words = sparse.csr_matrix((stored["data"], stored["indices"], stored["indptr"]), shape=shape)
            ngrams = CharNgrams.of(LONGEST, stored)
            return cls(
                directory, ngrams, words, stored["facts"], stored["verdicts"], stored["coefficients"],
                stored["intercepts"],
            )  # fmt: skip


# The intercept of a verdict that no question has.
NEVER = -30.0


@lru_cache(maxsize=2048)
def _letters(words: str) -> str:
    """What a norm says, as a message is read."""
    return normalise(words)


def _votes(alike: Numbers, same: NDArray[np.bool_], verdicts: NDArray[np.int64]) -> Numbers:
    """How the nearest questions of the norm, the nearest of any, and all of the norm were answered, shape (VOTES,)."""
    found = np.zeros((3, len(VERDICTS)), dtype=np.float32)
    for part, near in enumerate((np.where(same, alike, 0), alike)):
        most = (NEAREST_OF_NORM, NEAREST_OF_ALL)[part]
        best = np.argpartition(-near, min(most, len(near) - 1))[:most]
        np.add.at(found[part], verdicts[best], near[best])
    np.add.at(found[2], verdicts[same & (alike > 0)], 1)
    found[2] /= 1 + found[2].sum()
    return found.ravel()


def _hashed(asked: Sequence[tuple[str, Fact]], directory: Directory) -> sparse.csr_matrix:
    """Features of questions and their norms, shape (n, COLUMNS)."""
    told = (_features(text, fact, directory) for text, fact in asked)
    return FeatureHasher(COLUMNS, alternate_sign=False, dtype=np.float32).transform(told)


def _features(text: str, fact: Fact, directory: Directory) -> Mapping[str, float]:
    """Named features; those of a text have a length of one together."""
    told = _letters(f"{fact.conclusion}{fact.quote}{fact.who}")
    kind = f"{fact.modality}{fact.may}{fact.must}{'N' if DENIED.search(fact.conclusion) else ''}"
    grams = [text[at : at + size] for size in (1, 2, 3) for at in range(len(text) - size + 1)]
    pairs = ["".join(pair) for pair in pairwise(text)]
    beside = [f"{kind}|{gram}" for gram in grams if TURNS.search(gram)]
    beside += [f"{'in' if pair in told else 'out'}|{pair}" for pair in pairs]
    beside += [f"kind|{kind}", f"ends|{text[-4:]}", f"{kind}|ends|{text[-2:]}"]
    return {
        **dict.fromkeys(grams, len(set(grams)) ** -0.5),
        **dict.fromkeys(beside, len(set(beside)) ** -0.5),
        **dict(_known(text, fact, told, pairs, directory)),
    }


def _known(
    text: str, fact: Fact, message: str, pairs: Sequence[str], directory: Directory
) -> Iterator[tuple[str, float]]:
    """What is known of question and norm beside their letters."""
    form = read_question_form(text).form
    right, competing = values_named(directory, fact, text, directory.mentions(text))
    word = opening(fact, text, right, competing)
    negations = len(NEGATION.findall(ASKING.sub("", text)))
    odd, denied = negations % 2, bool(DENIED.search(fact.conclusion))
    yield "share", sum(pair in message for pair in pairs) / max(1, len(pairs))
    yield "negations", min(negations, 3) / 3
    yield "length", len(text) / 40
    flags = {
        "right": right, "competing": competing, "right and competing": right and competing, "odd": odd,
        "only": ONLY.search(text), "wholly": WHOLLY.search(text), "denied": denied, "odd and denied": odd and denied,
        f"form {form}": True, f"word {word}": True, f"modality {fact.modality}": True,
        f"form {form} modality {fact.modality}": True, f"form {form} word {word}": True,
        f"competing form {form}": competing, f"odd modality {fact.modality}": odd,
    }  # fmt: skip
    yield from ((name, 1.0) for name, flag in flags.items() if flag)
