"""What the office wrote wrongly into its files is said in Chinese: which file, which line, what, and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from actions import wording
from casework.self_check.definition import self_check_definition
from casework.workflows import hold_against_plan
from knowledge.base import KnowledgeBase
from knowledge.datafile import DataFileError
from knowledge.directory import load_directory
from knowledge.documents import load_plan

ROOT = Path(__file__).parent.parent
LEAD = "    lead: 洛阳银监分局\n"
# The file, what of ours is changed, to what, and what the office is told.
SLIPS: dict[str, tuple[str, str, str, str]] = {
    "a misspelt key": ("directory.yml", LEAD, "    leed: 洛阳银监分局\n", "没有“leed”这一项，可能拼错了"),
    "a key left out": ("directory.yml", LEAD, "", "缺少“lead”。请补上"),
    "two colons": ("directory.yml", LEAD, "    lead: 洛阳: 银监分局\n", "一行里有两个冒号"),
    "a tab": ("directory.yml", LEAD, "\tlead: 洛阳银监分局\n", "缩进请用空格"),
    "an open quotation mark": (
        "directory.yml",
        LEAD,
        '    lead: "洛阳银监分局\n',
        "引号没有配对",
    ),
    "a unit that is none": ("directory.yml", LEAD, "    lead: 洛阳银监局\n", "没有“洛阳银监局”这个单位"),
    "no text": ("directory.yml", LEAD, "    lead: 2016\n", "“lead”应当是文字"),
    "other words than the plan's": ("reasons.yml", "quote: ", "quote: 方案没有这句话", "请从方案原文逐字复制"),
    "no such fact": ("reasons.yml", "facts: [", "facts: [no.such, ", "没有编号为 no.such 的结论"),
    "a contact's misspelt key": ("contacts.yml", "name:", "nam:", "没有“nam”这一项"),
    "a red line's other words": ("red_lines.yml", "不得设立资金池", "不可设立资金池", "请从方案原文逐字复制"),
    "a red line without words": (
        "red_lines.yml",
        "{clause: 二（一）1, quote:",
        "{clause: 二（一）1, qoute:",
        "没有“qoute”这一项",
    ),
}
WHERE = {"contacts.yml": "actions/data", "red_lines.yml": "casework/data"}


def own_files(city: Path, name: str, ours: str, theirs: str) -> tuple[Path, int]:
    """A city's folder with our file changed at one place, and the line of that place."""
    text = (ROOT / WHERE.get(name, "knowledge/data") / name).read_text(encoding="utf-8")
    assert ours in text
    city.mkdir()
    (city / name).write_text(text.replace(ours, theirs, 1), encoding="utf-8")
    return city / name, text[: text.index(ours)].count("\n") + 1


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_in_a_citys_file_is_told_in_chinese_with_file_line_and_what_to_do(
    slip: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge: KnowledgeBase
) -> None:
    name, ours, theirs, told = SLIPS[slip]
    path, line = own_files(tmp_path / "city", name, ours, theirs)
    monkeypatch.setenv("ASSISTANT_CITY_DIR", str(path.parent))
    readers: dict[str, Callable[[], object]] = {
        "contacts.yml": wording.contacts.__wrapped__,
        "red_lines.yml": lambda: hold_against_plan(knowledge),
    }
    self_check_definition.cache_clear()
    try:
        with pytest.raises(DataFileError) as raised:
            readers.get(name, lambda: load_directory(load_plan().clauses))()
    finally:
        self_check_definition.cache_clear()
    said = [one for one in str(raised.value).splitlines() if re.search(told, one)]
    assert said, str(raised.value)
    where = re.match(rf"{re.escape(str(path))} 第 (\d+) 行：", said[0])
    assert where and 0 <= line - int(where[1]) <= 3, (said[0], line)  # of what is left out, its entry
    assert "请" in said[0], "what to do"
    for one in str(raised.value).splitlines():
        assert not re.search(r"[A-Za-z]{3,} [A-Za-z]{3,}", one.replace(str(path), "")), one


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", "单位".encode("gb18030")])
def test_another_encoding_is_named_and_so_is_a_folder_in_a_files_place(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSISTANT_CITY_DIR", str(tmp_path))
    (tmp_path / "directory.yml").write_bytes(content)
    with pytest.raises(DataFileError, match=r"directory\.yml 第 1 行：不是 UTF-8 编码。请用编辑器另存为 UTF-8"):
        load_directory(load_plan().clauses)
    (tmp_path / "directory.yml").unlink()
    (tmp_path / "directory.yml").mkdir()
    with pytest.raises(DataFileError, match=r"directory\.yml：读不到这个文件.*请核对文件名和权限"):
        load_directory(load_plan().clauses)
