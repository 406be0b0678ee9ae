"""What is wrong with a data file, for whoever in the office looks after it: which file and line, what, what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

# So much of a quotation finds its line, though it goes on in the next.
FOUND_BY = 10
SHOWN = 40
# What the reader of YAML stumbled over, by its own words.
OF_YAML = (
    ("mapping values are not allowed", "一行里有两个冒号，或缩进与上一行不一致。含冒号的内容请整段加引号，并检查缩进"),
    ("cannot start any token", "有不能这样写的符号。缩进请用空格，不用制表符；以 @、`、% 开头的内容请加引号"),
    ("expected ',' or", "方括号或花括号没有配对，或中间少了逗号。请补齐"),
    ("found unexpected end of stream", "引号没有配对。请补上缺的引号"),
    ("expected '-' indicator", "列表里的一项没有以“- ”开头，或缩进不一致。请与上面各项对齐"),
    ("expected <block end>", "缩进与上下行不一致。请与同级的各项对齐"),
    ("undefined alias", "以 * 开头的内容请加引号"),
    ("could not find expected ':'", "少了冒号。请写成“名称: 内容”，冒号后空一格"),
)
UNREADABLE_YAML = "格式不对。请检查缩进、冒号后的空格和引号是否配对"
# What a schema found, by its own names; in braces what it says of itself.
OF_SCHEMA = {
    "missing": "缺少“{last}”。请补上",
    "extra_forbidden": "没有“{last}”这一项，可能拼错了。请改成正确的名称，或删去",
    "string_type": "“{last}”应当是文字。数字、日期和 yes、no 请加引号",
    "int_type": "“{last}”应当是整数",
    "int_parsing": "“{last}”应当是整数",
    "bool_type": "“{last}”请写 true 或 false",
    "bool_parsing": "“{last}”请写 true 或 false",
    "list_type": "“{last}”应当是列表。请每项一行，前面加“- ”",
    "tuple_type": "“{last}”应当是列表。请每项一行，前面加“- ”",
    "dict_type": "“{last}”请写成“名称: 内容”",
    "model_type": "“{last}”请写成“名称: 内容”",
    "model_attributes_type": "“{last}”请写成“名称: 内容”",
    "too_short": "“{last}”至少要 {min_length} 项。请补齐",
    "too_long": "“{last}”最多 {max_length} 项。请删减",
    "string_too_short": "“{last}”至少要 {min_length} 个字。请补上",
    "string_too_long": "“{last}”最多 {max_length} 个字。请写短些",
    "string_pattern_mismatch": "“{last}”的写法不对。请参照同类的其他项",
    "literal_error": "“{last}”只能是 {expected}。请改成其中之一",
    "enum": "“{last}”只能是 {expected}。请改成其中之一",
    "date_type": "“{last}”应当是日期。请写成 2016-07-10",
    "date_parsing": "“{last}”应当是日期。请写成 2016-07-10",
    "date_from_datetime_parsing": "“{last}”应当是日期。请写成 2016-07-10",
    "value_error": "{error}",
}
ANYTHING_ELSE = "“{last}”的内容不合要求。请参照同类的其他项"


def problem(path: Path, what: str, line: int = 1) -> str:
    """One problem in one line."""
    return f"{path} 第 {line} 行：{what.rstrip('。')}。"


def problem_at(path: Path, what: str, words: str) -> str:
    """One problem, at the line where some words of the file stand first."""
    return problem(path, what, line_with(path, words))


def misquoted(path: Path, clause: str, quote: str) -> str:
    return problem_at(
        path, f"引文与方案 {clause} 的原文不一致：“{quote[:SHOWN]}”。请从方案原文逐字复制，或改正条款号", quote
    )


def line_with(path: Path, words: str) -> int:
    """The line of a file on which some words begin; 1 where they are not found, as when they are folded."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return 1
    for wanted in (words, words[:FOUND_BY]):
        if wanted and (at := text.find(wanted)) >= 0:
            return text.count("\n", 0, at) + 1
    return 1


def unreadable(path: Path, error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        line = error.object.count(b"\n", 0, error.start) + 1
        return problem(path, "不是 UTF-8 编码。请用编辑器另存为 UTF-8", line)
    return f"{path}：读不到这个文件（不存在、不是文件或没有权限）。请核对文件名和权限。"


def not_yaml(path: Path, error: yaml.YAMLError) -> str:
    said = str(getattr(error, "problem", "") or "")
    what = next((words for sign, words in OF_YAML if sign in said), UNREADABLE_YAML)
    # What was left open is mended where it begins, not where the file ends.
    opened = getattr(error, "context_mark", None) if "end of stream" in said else None
    mark = opened or getattr(error, "problem_mark", None)
    return problem(path, what, mark.line + 1 if mark else 1)


def unfit(path: Path, line: int, details: Mapping[str, Any]) -> str:
    """What a schema found, with the place in the file: sectors 第 1 项 leed."""
    known: Mapping[str, Any] = details.get("ctx") or {}
    named = [step for step in details["loc"] if isinstance(step, str)]
    values = {key: _chosen(value) for key, value in known.items()} | {"last": named[-1] if named else "文件"}
    words = OF_SCHEMA.get(details["type"], ANYTHING_ELSE).format_map(values)
    return problem(path, f"{_place(details['loc'])}{words}", line)


def _place(location: tuple[int | str, ...]) -> str:
    """The way to the last step."""
    steps = [f"第 {step + 1} 项" if isinstance(step, int) else step for step in location[:-1]]
    return f"{' '.join(steps)} 里，" if steps else ""


def _chosen(value: Any) -> str:
    """'a', 'b' or 'c' as a Chinese list."""
    return re.sub(r"\s*(?:,| or )\s*", "、", str(value)).replace("'", "")
