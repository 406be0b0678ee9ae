"""How a name is written, said behind it: 金是黄金的金 is no part of it."""

from __future__ import annotations

import re

HAN = "\u3400-\u9fff\ue000-\uf8ff\uf900-\ufaff\U00020000-\U000323af"
# 金鼎，金是黄金的金; 胜利的胜: how a name is written is no part of it.
SPELT = re.compile(
    rf"[,，、;； (（]+(?:就?是)?(?:[{HAN}]字?(?:就|呢)?是)?[{HAN}]{{1,6}}"
    rf"的(?P<char>(?![是有在了])[{HAN}])字?(?![{HAN}])[)）]?|"
    # 草字头那个莱, 三点水的汇
    rf"[,，、;； (（]+(?:就?是)?(?:带)?[{HAN}]{{1,3}}(?:头|旁|底|水|框|心)(?:儿)?的?(?:那个|这个)?"
    rf"(?P<part>[{HAN}])字?(?![{HAN}])[)）]?|"
    r"[,，、;； (（]+(?:就?是)?(?:英文)?(?:字母|数字)的?(?P<letter>[A-Za-z0-9])[)）]?(?![A-Za-z0-9])"
)


def without_spelling(text: str) -> str:
    """金鼎财富，金是黄金的金，鼎是三足鼎立的鼎 without what only says how it is written."""

    def of_name(match: re.Match[str]) -> str:
        return "" if (match["char"] or match["part"] or match["letter"]) in text[: match.start()] else match[0]

    while (shorter := SPELT.sub(of_name, text)) != text:
        text = shorter
    return _without_run_on_spelling(text)


def _without_run_on_spelling(text: str) -> str:
    """天天赚天天的天赚钱的赚: the same with nothing between."""
    # A word of two characters first: 金裕满仓富裕的裕.
    ends = range(SHORTEST_SPELT, min(len(text), LONGEST_SPELT))
    for width, end in ((width, end) for width in (2, 3) for end in ends):
        behind = re.fullmatch(rf"(?:[{HAN}]{{1,{width}}}的[{HAN}]字?){{1,6}}", text[end:])
        spelt = re.findall(rf"([{HAN}]{{1,{width}}}?)的([{HAN}])字?", text[end:]) if behind else []
        if spelt and all(char in word and char in text[:end] for word, char in spelt):
            return text[:end]
    return text


SHORTEST_SPELT, LONGEST_SPELT = 2, 20
