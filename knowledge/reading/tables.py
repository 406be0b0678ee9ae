"""A table's rows as they are cited: 表1第3行, each with the words of the header above its cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.reading.blocks import Block, Cell

HEADS = re.compile(
    r"序\s*号|编号|名称|项目|内容|单位|部门|任务|时间|责任|姓\s*名|职务|电话|备\s*注|类别|标准|金额|指标|事项|地区|要求|措施|期限|阶段|"
    r"依据|类型|数量|合计|区县|日期|联系|情形|裁量|违法|处罚|等次|目标|权重|分值|频次|对象|方式|步骤|来源|结果|领域|业态|机构|年度|行业"
)
LONGEST_HEAD = 24


@dataclass(frozen=True)
class Row:
    """One row as a clause: its words, and of them what is printed elsewhere and only repeated here."""

    words: str
    repeated: str = ""
    header: bool = False


def rows_of(blocks: Sequence[Block], numbered: bool = False) -> list[Row]:
    """The rows of one table; the header's words stand before each cell below it.

    Args:
        numbered: whether its title has a number (表2, 表A.1): such a table has a header, whatever words it has.
    """
    headers = _headers(blocks, numbered)
    labels = _labels([block.cells for block in blocks[:headers]])
    rows = [Row(_plain(block.cells), header=True) for block in blocks[:headers]]
    return [*rows, *(_labelled(block.cells, labels) for block in blocks[headers:])]


def _headers(blocks: Sequence[Block], numbered: bool) -> int:
    marked = 0
    while marked < len(blocks) and blocks[marked].heading:
        marked += 1
    if marked:
        return marked if marked < len(blocks) else 0
    if len(blocks) < 2 or not _is_header(blocks[0].cells, blocks[1].cells, numbered):
        return 0
    spans = any(cell.repeated for cell in blocks[0].cells)
    below = [cell.text for cell, above in zip(blocks[1].cells, blocks[0].cells, strict=False) if cell == above]
    second = (
        spans and len(blocks) > 2 and bool(below) and all(len(cell.text) <= LONGEST_HEAD for cell in blocks[1].cells)
    )
    return 2 if second or (spans and len(blocks) > 2 and _continues_down(blocks[0].cells, blocks[1].cells)) else 1


def _continues_down(above: Sequence[Cell], below: Sequence[Cell]) -> bool:
    return any(b.repeated and b.text == a.text for a, b in zip(above, below, strict=False))


def _is_header(first: Sequence[Cell], second: Sequence[Cell], numbered: bool) -> bool:
    texts = [cell.text.strip() for cell in first]
    if len(texts) < 2 or len(first) != len(second) or not all(texts):
        return False
    named = numbered or any(HEADS.search(text) for text in texts)
    return named and max(map(len, texts)) <= LONGEST_HEAD and not any(text[-1] in "：:。；" for text in texts)


def _labels(headers: Sequence[Sequence[Cell]]) -> list[str]:
    if not headers:
        return []
    labels = []
    for column in range(max(len(cells) for cells in headers)):
        words = dict.fromkeys(cells[column].text.strip() for cells in headers if column < len(cells))
        labels.append(" ".join(word for word in words if word))
    return labels


def _plain(cells: Sequence[Cell]) -> str:
    return "\t".join(cell.text.strip() for cell in cells if not cell.repeated and cell.text.strip())


def _labelled(cells: Sequence[Cell], labels: Sequence[str]) -> Row:
    words, repeated, before = [], [], None
    for column, cell in enumerate(cells):
        text = cell.text.strip()
        if not text or (cell.repeated and before == text):
            continue
        before = text
        label = labels[column] if column < len(labels) else ""
        added = f"{label}：" if label else ""
        words.append(added + text)
        repeated.append(added + (text if cell.repeated else ""))
    between = "；" if labels else "\t"
    return Row(between.join(words), "".join(repeated) + between.strip() * (len(words) - 1 if words else 0))
