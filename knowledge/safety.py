"""Before everything else: is a life in danger, or is somebody being cheated at this moment?

A classifier over many ways of saying it and over the harmless sentences that look alike (``data/safety/``), not a list
of words: 笑死我了 is no danger and 走了算了 may be one. Three opinions weigh the same: the judge's, which knows what a
sentence is nearest to, that of a small network over what it means (``discriminator.py``), and that of a logistic
regression over its characters, which knows what tells the look-alikes apart. A long message is judged whole and by its
most alarming part. What is too unsure for an alarm and too likely to pass over is a hint: it is answered as ever, and
where help is to be had is said after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from knowledge.data_problems import problem, unreadable
from knowledge.datafile import DATA, DataFileError, of_city
from knowledge.discriminator import Directions, Discriminator
from knowledge.encoder import Vectors
from knowledge.judge import Judge, Numbers
from knowledge.query_cleaning import clean_query
from knowledge.text import normalise
from knowledge.wording_model import WordingModel

Alarm = Literal["danger", "fraud_now"]
HARMLESS = "harmless"
FILES = {
    "danger": "danger",
    "fraud": "fraud_now",
    "danger_twin": HARMLESS,
    "fraud_twin": HARMLESS,
    "plain": HARMLESS,
}
# Chosen on the older of the two measuring sets (docs/understanding.md has both kinds of error on both).
# Who reports a fraud that is over sounds much like who is being cheated now: below this their report is taken down.
LEAST_WHOLE: dict[Alarm, float] = {"danger": 0.35, "fraud_now": 0.5}
# Of 1,700 ordinary messages one in a hundred is above these, and of dangers and frauds 98 in a hundred.
LEAST_HINT: dict[Alarm, float] = {"danger": 0.12, "fraud_now": 0.12}
# What is told in a form is short and odd: 再跟你说一声，他昨个又来村里了.
LEAST_TOLD: dict[Alarm, float] = {"danger": 0.5, "fraud_now": 0.85}
# What plainly asks something of the plan: of 4,770 questions 12 are above the bounds for a whole message, 7 above
# these.
LEAST_ASKED: dict[Alarm, float] = {"danger": 0.5, "fraud_now": 0.65}
LEAST_HINT_ASKED: dict[Alarm, float] = {"danger": 0.2, "fraud_now": 0.2}
LEAST_PART: dict[Alarm, float] = {"danger": 0.9, "fraud_now": 0.95}
LONG, WINDOW, STEP = 18, 16, 6
ENDS = re.compile(r"[，。！？；、,.!?;~…\n ]+")


@dataclass(frozen=True)
class Sentence:
    text: str
    label: str


def load_sentences(but_last: Mapping[str, int] | None = None) -> list[Sentence]:
    """The sentences that the classifier is taught on.

    Args:
        but_last: by file, how many lines at its end are left out.

    Raises:
        DataFileError: a file is missing or a sentence stands under two labels.
    """
    folder, found = of_city(DATA / "safety"), dict[str, str]()
    for name, label in FILES.items():
        path = folder / f"{name}.txt"
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise DataFileError(unreadable(path, error)) from error
        lines = lines[: len(lines) - (but_last or {}).get(name, 0)]
        for number, line in enumerate(lines, start=1):
            if line.strip() and found.setdefault(line.strip(), label) != label:
                raise DataFileError(problem(path, f"“{line}”在两个文件里都有。请只留一处", number))
    return [Sentence(text, label) for text, label in found.items()]


@dataclass(frozen=True)
class AlarmModel:
    """The three opinions.

    Attributes:
        labels: in the order of the columns of each.
    """

    labels: tuple[str, ...]
    judge: Judge
    meaning: Discriminator
    wording: WordingModel

    @classmethod
    def train(
        cls, sentences: Sequence[Sentence], ordinary: Sequence[str], encode: Callable[[list[str]], Vectors],
        trusted: Callable[[list[str]], list[int]],
    ) -> AlarmModel:  # fmt: skip
        """Train on labelled sentences and on ordinary messages that are neither.

        Args:
            ordinary: such messages as ``core`` leaves them.
            encode: makes vectors of texts as ``core`` leaves them.
            trusted: the rows of such texts that the encoder was not taught on.
        """
        texts = [clean_query(one.text) for one in sentences] + list(ordinary)
        labels = [one.label for one in sentences] + [HARMLESS] * len(ordinary)
        vectors, judge, wording = encode(texts), Judge(), WordingModel.fit(texts, labels)
        judge.fit(texts, vectors, labels, {}, encode, trusted(texts), discriminate=False)
        right = np.array([wording.labels.index(label) for label in labels])
        meaning = Discriminator.fit(Directions.fit(texts), texts, vectors, right, len(wording.labels))
        return cls(wording.labels, judge, meaning, wording)

    def probabilities(self, texts: list[str], vectors: Vectors) -> Numbers:
        """The normalised geometric mean of the three, shape (n, labels)."""
        meant = np.exp(self.meaning.log_probabilities(texts, vectors))
        mean = np.cbrt(self.judge.probabilities(texts, vectors) * meant * self.wording.probabilities(texts))
        return np.asarray(mean / mean.sum(axis=1, keepdims=True), dtype=np.float32)

    def save(self, path: Path) -> None:
        """Write plain arrays."""
        parts = {
            "judge": self.judge.arrays(), "meaning": self.meaning.arrays(), "wording": self.wording.arrays(),
        }  # fmt: skip
        with path.open("wb") as file:
            np.savez(file, **{f"{part}.{name}": array for part, of in parts.items() for name, array in of.items()})

    @classmethod
    def load(cls, path: Path) -> AlarmModel:
        """Read what ``save`` wrote."""
        parts: dict[str, dict[str, Any]] = {"judge": {}, "meaning": {}, "wording": {}}
        with np.load(path, allow_pickle=False) as stored:
            for name in stored:
                part, _, rest = name.partition(".")
                parts[part][rest] = stored[name]
        wording = WordingModel.of(parts["wording"])
        return cls(wording.labels, Judge.of(parts["judge"]), Discriminator.of(parts["meaning"]), wording)


@dataclass(frozen=True)
class Heard:
    """What is heard in a message: an alarm, which is answered before everything; else perhaps a hint of one."""

    alarm: Alarm | None = None
    hint: Alarm | None = None


class SafetyGuard:
    """Tells danger and fraud under way from ordinary messages."""

    def __init__(self, model: AlarmModel, encode: Callable[[list[str]], Vectors]) -> None:
        self._model, self._encode = model, encode

    def alarm(self, message: str) -> Alarm | None:
        """What a message raises, danger before fraud; None for an ordinary one."""
        return self.heard(message).alarm

    def heard(self, message: str, told: bool = False, asked: bool = False) -> Heard:
        """What a message raises, or may mean all the same.

        Args:
            told: it tells something, in a form or to begin a report: what is not quite sure is taken down, and where
                help is to be had is said.
            asked: it plainly asks something of the plan: what is not quite sure is answered, and the same said.
        """
        text = clean_query(message)
        if not any(char.isalnum() for char in text):
            return Heard()
        likely = self._likely([text])
        found = _above(likely, LEAST_TOLD if told else LEAST_ASKED if asked else LEAST_WHOLE)
        # Every word of a long message, though only its beginning and end are read for what it asks.
        if found is None and len(whole := normalise(message)) > LONG and (parts := self._alarming(whole)):
            found = _above(self._likely(parts), LEAST_PART)
            # 急死人了，方案给了这个权吗: a word in a plain question that sounds harmless as a whole.
            if found and asked and likely[found] < LEAST_HINT[found]:
                return Heard(hint=found)
        return Heard(found, None if found else _above(likely, LEAST_HINT_ASKED if asked else LEAST_HINT))

    def probabilities(self, texts: list[str]) -> Numbers:
        """Probability of each label for normalised texts, shape (n, labels)."""
        return self._model.probabilities(texts, self._encode(texts))

    def _likely(self, texts: list[str]) -> dict[str, float]:
        """The highest probability of each label among some texts."""
        found = self.probabilities(texts).max(axis=0)
        return dict(zip(self._model.labels, map(float, found), strict=True))

    def _alarming(self, text: str) -> list[str]:
        """The part of a long message whose wording is most alarming, one for each alarm: encoding all is slow."""
        parts = [part for part in ENDS.split(text) if len(part) >= 3]
        windows = [
            part[start : start + WINDOW]
            for part in parts
            for start in range(0, max(1, len(part) - WINDOW + STEP), STEP)
        ]
        if not windows:
            return []
        alarming = self._model.wording.probabilities(windows)
        columns = [self._model.labels.index(alarm) for alarm in LEAST_PART]
        return list(dict.fromkeys(windows[int(alarming[:, column].argmax())] for column in columns))


def _above(likely: Mapping[str, float], least: Mapping[Alarm, float]) -> Alarm | None:
    """The first alarm that is as likely as it must be."""
    return next((alarm for alarm, bound in least.items() if likely[alarm] >= bound), None)


def load_guard(path: Path, encode: Callable[[list[str]], Vectors]) -> SafetyGuard:
    """Open a guard that the build wrote."""
    return SafetyGuard(AlarmModel.load(path), encode)
