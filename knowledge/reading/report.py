"""What an add shows before a document is live: its outline, what was counted, what was left out, what to look at."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.clauses import Clause
from knowledge.reading.blocks import LeftOut, Reading, letters
from knowledge.reading.structure import Cut

MOST_OUTLINE, MOST_WORDS, MOST_DOUBTS = 80, 60, 40


@dataclass(frozen=True)
class Report:
    """How a document was read.

    Attributes:
        letters: visible characters in the file, without what was left out.
        in_clauses: of these, how many stand in a clause; always all of them.
        outline: a line for each part, chapter and table.
        left_out: what stands in no clause, with the reason.
        doubts: what a person should look at.
        doubtful: words that character recognition was unsure of.
    """

    letters: int
    in_clauses: int
    clauses: int
    outline: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    doubts: tuple[str, ...]
    doubtful: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """The report as text, in Chinese."""
        yield f"读到 {self.letters:,} 字，{self.in_clauses:,} 字在 {self.clauses} 条中，没有遗漏。"
        yield "结构："
        yield from (f"  {line}" for line in self.outline[:MOST_OUTLINE])
        if len(self.outline) > MOST_OUTLINE:
            yield f"  ……共 {len(self.outline)} 行"
        yield "没有收入条文的文字：" + ("" if self.left_out else "无")
        yield from (f"  {line}" for line in _left_out(self.left_out))
        yield "请核对：" + ("" if self.doubts or self.doubtful else "没有发现可疑之处")
        yield from (f"  {line}" for line in self.doubts[:MOST_DOUBTS])
        if self.doubtful:
            shown = "，".join(self.doubtful[:MOST_DOUBTS])
            yield f"  识别没有把握的字（〔〕内）共 {len(self.doubtful)} 处：{shown}"


def report_of(reading: Reading, cut: Cut) -> Report:
    """Describe how a document was read and cut."""
    count = sum(letters(block.printed for block in reading.blocks).values())
    kept = sum(letters(clause.text for clause in cut.clauses).values()) - sum(cut.repeated.values())
    doubtful = tuple(word for block in reading.blocks for word in block.doubtful)
    doubts = [*reading.doubts, *cut.doubts]
    if not any(_is_numbered(clause) for clause in cut.clauses):
        doubts.append("全文没有条款编号，按自然段引用（第1段、第2段……）。")
    return Report(count, kept, len(cut.clauses), tuple(outline(cut.clauses)), reading.left_out, tuple(doubts), doubtful)


def _is_numbered(clause: Clause) -> bool:
    return bool(re.search(r"第[^段]+[条章]|[一二三四五六七八九十]|\d+$|\d+（", clause.id)) and not re.fullmatch(
        r".*第\d+段", clause.id
    )


def outline(clauses: Sequence[Clause]) -> Iterator[str]:
    """Headings as they stand, and under each from which clause to which."""
    waiting: list[Clause] = []
    for clause in clauses:
        if clause.kind == "heading":
            yield from _run(waiting)
            waiting = []
            yield (
                f"{clause.id}　{_short(clause.text)}" if not clause.text.startswith(clause.id) else _short(clause.text)
            )
        else:
            waiting.append(clause)
    yield from _run(waiting)


def _run(clauses: Sequence[Clause]) -> Iterator[str]:
    rows: Counter[str] = Counter()
    names = []
    for clause in clauses:
        if clause.kind == "row":
            rows[re.sub(r"第\d+行$", "", clause.id)] += 1
        else:
            names.append(clause.id)
    if len(names) > 3:
        yield f"　{names[0]} 至 {names[-1]}（{len(names)} 条）"
    elif names:
        yield "　" + "、".join(names)
    yield from (f"　{name}（{count} 行）" for name, count in rows.items())


def _left_out(left_out: Sequence[LeftOut]) -> Iterator[str]:
    """Each kind of what was left out once, with its first words."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for one in left_out:
        kinds.setdefault((one.what, one.why), []).append(" ".join(one.words.split()))
    for (what, why), words in kinds.items():
        times = f" {len(words)} 处" if len(words) > 1 else ""
        yield f"{what}{times}（{why}）：{_short('；'.join(words))}"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= MOST_WORDS else text[:MOST_WORDS] + "……"
