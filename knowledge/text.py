"""Text as people type it, brought to one form, and cut into words for lexical search."""

from __future__ import annotations

import atexit
import io
import logging
import re
import shutil
import tempfile
import unicodedata
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import IO

import jieba
from opencc import OpenCC

from knowledge.datafile import Data, load, of_city, text_of
from knowledge.spelling import SpellingCorrector

jieba.setLogLevel(logging.WARNING)

# Rarer words of jieba's 349,000 cost 50 MB and no answer: character pairs find them as well.
LEAST_FREQUENT = 50
# How often a term of the plan is taken to occur.
TERM_FREQUENCY = 100_000

INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
SPACE = re.compile(r"\s+")
WORD = re.compile(r"\w")

# Slips that are words themselves, which sound does not tell (spelling.py mends the others); only unambiguous ones.
SLIPS = {
    "网路": "网络",
    "登陆": "登录",
    "网带": "网贷",
    "往贷": "网贷",
    "众酬": "众筹",
    "首付代": "首付贷",
    "举保": "举报",
    "居报": "举报",
    "帐户": "账户",
    "帐号": "账号",
    "自察": "自查",
    "前头单位": "牵头单位",
}


class _CommonWords(jieba.Tokenizer):  # type: ignore[misc]
    """jieba with the common part of its dictionary, and without its cache file in a folder all users share."""

    def __init__(self) -> None:
        super().__init__()
        self.tmp_dir = tempfile.mkdtemp(prefix="segmenter-")
        atexit.register(shutil.rmtree, self.tmp_dir, ignore_errors=True)

    def get_dict_file(self) -> IO[bytes]:
        with super().get_dict_file() as whole:
            return io.BytesIO(b"".join(line for line in whole if int(line.split()[1]) >= LEAST_FREQUENT))


_segmenter = _CommonWords()


@lru_cache(maxsize=1)
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


def clean(text: str) -> str:
    """Remove what a reader cannot see (control and zero-width characters, lone surrogates) and outer white space."""
    return CONTROL.sub("", INVISIBLE.sub("", text)).strip()


LONGEST_MENDED = 240


@lru_cache(maxsize=4096)
def normalise(text: str) -> str:
    """Bring a message to the form that is searched: NFKC, simplified characters, lower case, known slips mended.

    Args:
        text: a message of any length, as typed.

    Returns:
        The normalised message; never longer in meaning than the original, possibly empty.
    """
    text = as_printed(text)
    # What is told at such length is understood without every slip of it, and mending takes time by the letter.
    return _slips().mend(text[:LONGEST_MENDED]) + text[LONGEST_MENDED:]


def as_printed(text: str) -> str:
    """The same form of a document's words, which hold no slips of an input method: 最高刑为 is not 最高行为."""
    text = unicodedata.normalize("NFKC", clean(text))
    text = SPACE.sub(" ", _to_simplified().convert(text)).lower()
    for slip, meant in SLIPS.items():
        text = text.replace(slip, meant)
    return text


class TermsFile(Data):
    """Read from ``data/terms.yml``."""

    terms: list[str]


@lru_cache(maxsize=1)
def _slips() -> SpellingCorrector:
    """Learnt from the files themselves, the city's own before the program's: what reads them needs this module."""
    folder = Path(__file__).parent

    def lines(*paths: Path) -> list[str]:
        return [line for path in paths for line in text_of(path).splitlines()]

    def cut(text: str) -> list[str]:
        return list(_segmenter.lcut(text, HMM=False))  # with it, characters that are no word together become one

    def learn(text: str) -> list[str]:
        return [*_segmenter.lcut(text), *cut(text)]

    terms = load(folder / "data" / "terms.yml", TermsFile).terms
    _added(terms)
    plan = terms + lines(*sorted((folder / "texts").glob("*.txt")), folder / "data" / "directory.yml")
    # The one file of the bank that is written without slips: the others hold the misspellings of their persons.
    bank = of_city(folder / "data" / "questions")
    spoken = lines(*(bank.glob("first_bank.yml") if (bank / "first_bank.yml").exists() else sorted(bank.glob("*.yml"))))
    return SpellingCorrector(plan, spoken, learn, cut, lambda word: bool(_segmenter.FREQ.get(word)))


def words(text: str) -> list[str]:
    """Cut normalised text into jieba's search words plus character pairs, punctuation left out.

    The pairs keep a typo inside a word from losing the whole word.
    """
    found = [word for word in _segmenter.cut_for_search(text) if WORD.search(word)]
    letters = [char for char in text if WORD.match(char)]
    pairs = ["".join(pair) for pair in pairwise(letters) if not "".join(pair).isascii()]
    return found + pairs


def add_words(vocabulary: list[str]) -> None:
    """Teach the segmenter the plan's own terms, so that 股权众筹 or 备付金 stay whole.

    What slips are was learnt without them and is learnt anew, so that a message is mended in the same way whatever
    happened first: by a build that models are trained in, and by a server that answers with them.
    """
    if _added(vocabulary):
        _slips.cache_clear()
        normalise.cache_clear()


def _added(vocabulary: list[str]) -> bool:
    """Whether any of these is new; one that is known is not added again, since each makes all others rarer."""
    new = [word for word in vocabulary if _segmenter.FREQ.get(word) != TERM_FREQUENCY]
    for word in new:
        _segmenter.add_word(word, freq=TERM_FREQUENCY)
    return bool(new)
