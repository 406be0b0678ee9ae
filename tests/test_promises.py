"""What the documents promise of privacy and safety is held by tests: each promise names the tests that hold it."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent / "docs"
HELD: dict[str, dict[str, list[str] | str]] = yaml.load((HERE / "data" / "promises.yml").read_bytes(), yaml.CSafeLoader)
LIST_ITEM, RULE = re.compile(r"[-*] |\d+\. "), re.compile(r"\|[-:| ]+\|")


def promises(document: str) -> list[str]:
    """Rows of tables without their heads, items of lists, and paragraphs; headings and code are none."""
    text = re.sub(r"(?ms)^```.*?^```$", "", (DOCS / f"{document}.md").read_text("utf-8"))
    found: list[str] = []
    for block in re.split(r"\n\s*\n", text):
        lines = [line for line in block.splitlines() if line.strip() and not line.startswith("#")]
        if lines and lines[0].startswith("|"):
            found += [line for line in lines[1:] if not RULE.fullmatch(line)]
            continue
        for line in lines:
            if LIST_ITEM.match(line) or line is lines[0]:
                found.append(line)
            else:
                found[-1] += f" {line.strip()}"
    return found


@cache
def named_tests(file: str) -> set[str]:
    tree = ast.parse((HERE / f"{file}.py").read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.parametrize("document", HELD)
def test_every_promise_is_held(document: str) -> None:
    held = HELD[document]
    said = promises(document)
    assert [one[:70] for one in said if not any(one.startswith(begins) for begins in held)] == []
    assert [begins for begins in held if sum(one.startswith(begins) for one in said) != 1] == []


@pytest.mark.parametrize("document", HELD)
def test_the_tests_that_hold_it_are_there(document: str) -> None:
    for begins, tests in HELD[document].items():
        if isinstance(tests, str):
            assert tests.startswith("says what"), begins
            continue
        for file, _, name in (test.partition("::") for test in tests):
            assert name in named_tests(file) if name else named_tests(file), f"{begins}: {file}::{name}"


def test_a_promise_without_a_test_is_found() -> None:
    """A search that finds everything held would hold nothing."""
    said = promises("threats")
    assert len(said) > 15 and not any(one.startswith("| a promise that nobody made") for one in said)
    assert "test_nobody_wrote_this" not in named_tests("test_promises")
