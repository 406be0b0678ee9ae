"""How the house is built: short functions, nothing fetched from the environment in the middle, guides that are true."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

import bot.__main__
import knowledge.__main__
from tests.conftest import ROOT

ROOMS = ("actions", "bench", "bot", "casework", "knowledge", "nlu", "storage")
BELOW_THE_BOT = ("actions", "casework", "knowledge", "nlu", "storage")
LONGEST_FUNCTION = 50
# Where a room below bot/ may look into the environment, and what for.
LOOKS = {
    "knowledge/settings.py": "what the settings are read from",
    "knowledge/shared.py": "what Rasa makes itself, outside of a turn of ours",
    "knowledge/datafile.py": "the folder of the city's own files",
    "knowledge/threads.py": "libraries read it when they are loaded",
    "knowledge/spelling.py": "a library reads it when it is loaded",
    "knowledge/reading/recognition.py": "passed on to a process of its own",
    "nlu/__init__.py": "libraries read it when they are loaded",
    "nlu/__main__.py": "a command line",
    "nlu/training.py": "passed on to a process of its own",
    "knowledge/__main__.py": "a command line",
    "actions/served.py": "an action server, which Rasa starts",
}
SETTINGS = {"KnowledgeSettings", "ActionSettings", "Settings"}


@cache
def modules(room: str) -> dict[str, ast.Module]:
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / room).rglob("*.py"))
    }


@pytest.mark.parametrize("room", ROOMS)
def test_no_function_is_longer_than_a_screen(room: str) -> None:
    long = [
        f"{path}: {node.name} has {length} lines"
        for path, tree in modules(room).items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert long == []


def looks_into_the_environment(tree: ast.Module) -> bool:
    """``os.environ``, ``os.getenv``, ``….current()`` of settings, or settings that are made of nothing."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv"):
            return True
        if not isinstance(node, ast.Call):
            continue
        called, owner = node.func, getattr(node.func, "value", None)
        if isinstance(called, ast.Attribute) and called.attr == "current" and getattr(owner, "id", "") in SETTINGS:
            return True
        if isinstance(called, ast.Name) and called.id in SETTINGS and not node.args and not node.keywords:
            return True
    return False


@pytest.mark.parametrize("room", BELOW_THE_BOT)
def test_nothing_below_the_bot_looks_into_the_environment(room: str) -> None:
    looking = {path for path, tree in modules(room).items() if looks_into_the_environment(tree)}
    assert looking == {path for path in LOOKS if path.startswith(f"{room}/")}


def test_what_looks_into_the_environment_is_seen() -> None:
    """A search that finds nothing would hold nothing."""
    for source in (
        "import os\nos.environ['A']",
        "os.getenv('A')",
        "KnowledgeSettings.current().city_dir",
        "Settings()",
    ):
        assert looks_into_the_environment(ast.parse(source)), source
    assert not looks_into_the_environment(ast.parse("Settings(data_dir=folder)\nself.interview.current(state)"))


# What the guides tell to type ----------------------------------------------------------------------------------------

GUIDES = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "deploy/*.md", "*/README.md")
    for path in ROOT.glob(pattern)
    if path.name != "CHANGELOG.md"  # what was typed in earlier versions
)
BLOCK, INLINE = re.compile(r"^```\w*\n(.*?)^```", re.M | re.S), re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
TYPED = re.compile(r"(?:^|\s|/)python(?:3(?:\.11)?)? -m ((?:bot|knowledge|nlu|bench)[^\n#;&]*)")
MADE = re.compile(r"(?:^|\s)make ([a-z][\w-]*)((?: [A-Z]+=\S*)*)")
PARSERS = {"bot": bot.__main__.command_line, "knowledge": knowledge.__main__.command_line}
STANDS_FOR_MORE = "the following arguments are required"


def code_of(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    for block in BLOCK.findall(text):
        yield re.sub(r"\\\n\s*", "", block)
    for inline in INLINE.findall(BLOCK.sub("", text)):
        yield " ".join(inline.split())


def spelt_out(command: str) -> Iterator[list[str]]:
    """``cases backup FILE|restore FILE|check`` is three commands; what stands in brackets is left out."""
    words = shlex.split(re.sub(r"\[[^]]*\]", "", command))
    several = [at for at, word in enumerate(words) if "|" in word]
    if not several:
        yield words
    elif len(several) == 1:  # one word in its place
        for alternative in words[several[0]].split("|"):
            yield [*words[: several[0]], alternative, *words[several[0] + 1 :]]
    else:
        names = 2 if words[0] == "bot" else 1
        for alternative in " ".join(words[names:]).split("|"):
            yield [*words[:names], *alternative.split()]


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What the command line says against a command; empty when it is taken."""
    program, *given = words
    if program.startswith("bench"):
        path = ROOT / Path(*program.split("."))
        source = path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__main__.py"
        if not source.exists():
            return f"there is no {program}"
        text = source.read_text(encoding="utf-8")
        return next((f"{program} has no {word}" for word in given if word.startswith("--") and word not in text), "")
    if program == "nlu":
        return "" if not given or given[0] in ("train", "rasa") else f"nlu has no {given[0]}"
    try:
        PARSERS[program]().parse_args(given)
    except SystemExit:
        said = capsys.readouterr().err.splitlines()
        return "" if not said or STANDS_FOR_MORE in said[-1] else said[-1]
    return ""


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_of_the_guides_are_taken_as_written(guide: Path, capsys: pytest.CaptureFixture[str]) -> None:
    targets = (ROOT / "Makefile").read_text(encoding="utf-8")
    for code in code_of(guide):
        for typed in TYPED.findall(code):
            for words in spelt_out(typed):
                assert not (why := refused(words, capsys)), f"{typed}: {why}"
        for target, variables in MADE.findall(code):
            assert re.search(rf"^{re.escape(target)}:", targets, re.M), f"make {target}"
            for name in re.findall(r"([A-Z]+)=", variables):
                assert f"$({name})" in targets, f"make {target} {name}=…"


def test_a_command_that_does_not_exist_is_seen(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in (
        "bot cases burn",
        "bot account add li --name 李 --unit 市公安局 --role official --rank x",
        "knowledge find x",
        "bench.nothing",
    ):
        assert refused(shlex.split(wrong), capsys), wrong
    for right in ("bot cases backup FILE", "bot account", "knowledge add FILE --yes", "bench.faults --minutes 5"):
        assert not refused(shlex.split(right), capsys), right
    assert [words[2:] for words in spelt_out("bot cases backup FILE|restore FILE|check")] == [
        ["backup", "FILE"], ["restore", "FILE"], ["check"],
    ]  # fmt: skip
    assert [words[-1] for words in spelt_out("bot account add li --role official|office")] == ["official", "office"]


def test_a_commit_is_held_to_what_make_lint_holds() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    lint = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nlint:")[2].partition("\n\n")[0]
    programs = re.findall(r"\$\(BIN\)/([\w-]+(?: check| format)?)", lint)
    assert programs == [re.sub(r"^\.venv/bin/([\w-]+(?: check| format)?).*", r"\1", hook["entry"]) for hook in hooks]
