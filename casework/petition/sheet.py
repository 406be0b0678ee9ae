"""Explanations as a sheet to print or to hand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from casework.document_blocks import Block, Paragraph, heading, title
from casework.petition.explanations import Explanations, Situation

NAME = "信访标准口径"
DRAFT = "草案，尚未审定，对外使用前请由市领导小组办公室审定"


def blocks_of(
    situations: Sequence[Situation], of: Explanations, today: date, standings: Mapping[str, str]
) -> list[Block]:
    """The sheet for one case, which may have several sides.

    Args:
        standings: by situation, whether it is approved and by whom.
    """
    blocks: list[Block] = [title(NAME)]
    for number, situation in enumerate(situations, start=1):
        prefix = f"{number}. " if len(situations) > 1 else ""
        blocks += [
            heading(f"{prefix}{situation.title}"),
            Paragraph(f"【{standings.get(situation.id, DRAFT)}】", size=11),
            Paragraph(f"可以这样说：{situation.explain}"),
        ]
        blocks += [Paragraph(f"依据【{quote.clause}】{quote.quote}", size=11) for quote in situation.quotes]
        blocks += [
            Paragraph(f"不能说：{'；'.join(situation.avoid)}。"),
            Paragraph(f"负责单位：{'、'.join(situation.units)}。{situation.refer}"),
            Paragraph(f"请来访人：{'；'.join(situation.next)}。"),
            Paragraph(f"语气：{situation.tone}"),
        ]
    blocks.append(Paragraph(f"一律不得承诺：{'；'.join(of.promise)}。", bold=True))
    printed = f"{today.year}年{today.month}月{today.day}日打印"
    blocks.append(Paragraph(f"第 {of.version} 版（{of.date:%Y-%m-%d}），{of.source} {printed}", size=10))
    return blocks
