"""Mends what an input method or the ear makes of the plan's words: 资金迟 and zijinchi are 资金池.

A run of characters that is no word, but sounds like a word of the plan or of the question bank, is that word. Sounds
by pypinyin, without tones; pairs that many speakers do not tell apart (zh/z, ch/c, sh/s, -ing/-in, -eng/-en) are one.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import product

# Single characters are enough here; the phrases would take 40 MB.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
from pypinyin import Style, pinyin

LONGEST_WORD, MOST_READINGS = 5, 8
LEAST_LATIN = 4
# A word said so often in the bank may be one character inside a run of pinyin: shui, neng, ma.
COMMON = 15
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
LATIN = re.compile(r"[a-z]{2,}(?: [a-z]{2,})*")
# Characters that stand beside every other: what they sound like together with a neighbour means nothing.
EVERYWHERE = set("的了是我你他她它们不在有由和就都而及与还也能会被把给让对说人谁哪个这那要去来到上下里吗呢吧啊呀么什")
BLURRED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ing", "in"), ("eng", "en"))


def sound(syllable: str) -> str:
    """A syllable in the form in which sounds are compared."""
    for exact, blurred in BLURRED:
        syllable = syllable.replace(exact, blurred)
    return syllable


@lru_cache(maxsize=8192)
def _sound_of(character: str) -> str:
    """How a character by itself is read most often, in the form in which sounds are compared."""
    return sound(pinyin(character, style=Style.NORMAL)[0][0])


class SpellingCorrector:
    """What is mended, for one vocabulary.

    Args:
        plan: texts whose words are meant where characters only sound like one.
        spoken: texts whose words, besides those, are meant where somebody types letters.
        learn: cuts those texts into words.
        cut: cuts a message into words; characters that are no word together must stay apart.
        is_word: whether characters are a word of the language as they stand.
    """

    def __init__(
        self,
        plan: Sequence[str],
        spoken: Sequence[str],
        learn: Callable[[str], list[str]],
        cut: Callable[[str], list[str]],
        is_word: Callable[[str], bool],
    ) -> None:
        self._cut, self._is_word = cut, is_word
        of_plan = Counter(word for text in plan for word in learn(text) if CHINESE.fullmatch(word))
        counts = of_plan + Counter(word for text in spoken for word in learn(text) if CHINESE.fullmatch(word))
        self._said = "\n".join([*plan, *spoken])
        self._by_sound: dict[str, str] = {}
        self._by_letters: dict[str, str] = {}
        # The more frequent of two words with one sound is meant.
        for word, count in sorted(counts.items(), key=lambda item: item[1]):
            if len(word) > LONGEST_WORD or (len(word) == 1 and count < COMMON):
                continue
            for syllables in self._readings(word):
                self._by_letters["".join(syllables)] = word
                if len(word) > 1 and word in of_plan and not set(word) & EVERYWHERE:
                    self._by_sound[" ".join(map(sound, syllables))] = word

    @staticmethod
    def _readings(word: str) -> list[tuple[str, ...]]:
        readings = pinyin(word, style=Style.NORMAL, heteronym=True)
        return list(product(*readings))[:MOST_READINGS]

    def mend(self, text: str) -> str:
        """The text with its slips mended; text without any comes back as it is.

        Args:
            text: simplified, lower case (see ``text.normalise``).
        """
        text = LATIN.sub(lambda found: self._from_letters(found[0]) or found[0], text)
        return CHINESE.sub(lambda found: self._from_sounds(found[0]), text)

    def _from_letters(self, run: str) -> str | None:
        """The words that a whole run of letters spells; None when it spells none."""
        letters = run.replace(" ", "")
        if len(letters) < LEAST_LATIN:
            return None
        # The fewest words up to each place.
        best: list[list[str] | None] = [[], *[None] * len(letters)]
        for end in range(1, len(letters) + 1):
            for start in range(max(0, end - LONGEST_WORD * 6), end):
                before, word = best[start], self._by_letters.get(letters[start:end])
                if before is not None and word and (best[end] is None or len(before) + 1 < len(best[end] or ())):
                    best[end] = [*before, word]
        found = best[-1]
        return "".join(found) if found and (len(found) == 1 or any(len(word) > 1 for word in found)) else None

    def _from_sounds(self, run: str) -> str:
        """A run of characters with those windows replaced that are no words and sound like one."""
        tokens = self._cut(run)
        if all(len(token) > 1 for token in tokens):
            return run
        mended, at = "", 0
        while at < len(tokens):
            taken, word = self._window(tokens, at)
            mended += word or tokens[at]
            at += taken
        return mended

    def _window(self, tokens: list[str], at: int) -> tuple[int, str | None]:
        """How many tokens from a place sound like one word, and which; the longest first."""
        for count in range(min(LONGEST_WORD, len(tokens) - at), 1, -1):
            window = tokens[at : at + count]
            text = "".join(window)
            if not 2 <= len(text) <= LONGEST_WORD or all(len(token) > 1 for token in window):
                continue
            if EVERYWHERE.intersection(text) or self._is_word(text):
                continue
            meant = self._by_sound.get(" ".join(map(_sound_of, text)))
            # At least one character as it should be, or the sound alone would say too much. What is said so somewhere
            # is looked for last: it is a search of all the texts.
            if meant and (len(text) > 2 or set(text) & set(meant)) and text not in self._said:
                return count, meant
        return 1, None
