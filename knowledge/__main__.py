"""``python -m knowledge``: build the base, search it, show a clause, and keep the documents that the office adds."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from knowledge import documents_cli
from knowledge.base import KnowledgeBase
from knowledge.build import ensure_built, open_knowledge
from knowledge.datafile import DataFileError
from knowledge.documents import RELATIONS, STANDINGS, DocumentError
from knowledge.learn import accept, effect, read_measured
from knowledge.settings import KnowledgeSettings

MEASURING = Path("bench") / "questions" / "open"


def command_line() -> argparse.ArgumentParser:
    """All commands and what each takes."""
    parser = argparse.ArgumentParser(prog="python -m knowledge", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build the knowledge base if its sources changed")
    search = commands.add_parser("search", help="find the clauses that answer a question")
    search.add_argument("question")
    _document_commands(commands)
    learning = commands.add_parser("learn", help="make bank entries of the questions that the office reviewed")
    learning.add_argument("--questions", type=Path, nargs="+", default=[MEASURING], help="files the effect is shown on")
    learning.add_argument("--accept", action="store_true", help="accept, when no measuring question gets worse")
    learning.add_argument("--accept-worse", action="store_true", help="accept although some get worse")
    teaching = commands.add_parser("teach", help="teach the encoder on the bank and write its file (25 to 45 minutes)")
    teaching.add_argument("--further", action="store_true", help="go on from the file as it is, once through the bank")
    teaching.add_argument("--bring-newer", action="store_true", help="only add the vectors of newer questions")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = command_line().parse_args(arguments)
    try:
        return _run(options, KnowledgeSettings())
    except (DataFileError, DocumentError) as error:
        print(error, file=sys.stderr)
        return 1


def _document_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    show = commands.add_parser("show", help="print a clause (二（一）1), an added document, or what has some words")
    show.add_argument("what", help="a clause's id, a document's id or title, or words")
    show.add_argument("clause", nargs="?", help="a clause of that document (第十条)")
    add = commands.add_parser("add", help="read a document, show how it was read and, once approved, answer from it")
    replacing = commands.add_parser("replace", help="put a new version in the place of a document that was added")
    replacing.add_argument("document", help="id, title or number of the version that it replaces")
    for command in (add, replacing):
        command.add_argument("file", type=Path)
        command.add_argument("--title", default="", help="the name that citations give it (else the one it prints)")
        command.add_argument("--number", default="", help="文号")
        command.add_argument("--issuer", default="", help="发文机关")
        command.add_argument("--date", type=date.fromisoformat, help="发文日期, 2021-01-26")
        command.add_argument("--standing", choices=STANDINGS, default=STANDINGS[0], help="效力")
        command.add_argument("--relation", choices=RELATIONS, default="", help="what it is to the plan")
        command.add_argument("--yes", action="store_true", help="do not ask: for scripts")
    commands.add_parser("list", help="list the documents that were added")
    marking = commands.add_parser("mark", help="say that a document is in force, abolished or replaced")
    marking.add_argument("document")
    marking.add_argument("--standing", choices=STANDINGS)
    marking.add_argument("--relation", choices=RELATIONS)
    drafting = commands.add_parser("draft", help="draft a document's facts for the office to approve in the console")
    drafting.add_argument("document", help="its id, title or number")
    removing = commands.add_parser("remove", help="take a document and its older versions away")
    removing.add_argument("document", help="its id, title or number")
    removing.add_argument("--yes", action="store_true", help="do not ask: for scripts")


def _run(options: argparse.Namespace, settings: KnowledgeSettings) -> int:
    if options.command == "build":
        print(ensure_built(settings, _progress))
    elif options.command == "search":
        _search(open_knowledge(settings, _progress), options.question)
    elif options.command == "show":
        return documents_cli.show(open_knowledge(settings, _progress), options.what, options.clause)
    elif options.command == "learn":
        return _learn(settings, options)
    elif options.command == "teach":
        from knowledge.teaching import EPOCHS, bring_newer, teach  # loads what only training needs

        if options.bring_newer:
            bring_newer()
            return 0
        teach(say=_progress, epochs=1 if options.further else EPOCHS, further=options.further)
    else:
        return documents_cli.run(settings, options, _progress)
    return 0


def _progress(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _search(base: KnowledgeBase, question: str) -> None:
    for hit in base.search(question):
        name = "" if hit.document.is_plan else hit.document.named
        print(f"{hit.probability:.2f}  {name}{hit.clause.label_of(hit.quote)}  {hit.quote}")


def _learn(settings: KnowledgeSettings, options: argparse.Namespace) -> int:
    """Show what learning would change; accept only what was asked for and makes nothing worse unseen."""
    found = effect(settings, read_measured(options.questions), _progress)
    if not found.learnt:
        print("没有新的已审核问题。请先在工作台“未答问题”中选定条款。")
        return 0
    print(f"将学习 {len(found.learnt)} 个问题：")
    for addition in found.learnt:
        print(f"  {addition.clause}  {addition.question}")
    print(f"评测 {found.of} 题，首条正确：{found.before} → {found.after}")
    for title, texts in (("变对", found.better), ("变错", found.worse)):
        for text in texts:
            print(f"  {title}：{text}")
    if found.worse and not options.accept_worse:
        print("有题目变错，没有采用。请改选条款或换个问法；确要采用，请加 --accept-worse。", file=sys.stderr)
        return 1
    if not (options.accept or options.accept_worse):
        print("以上只是预览。采用请加 --accept。")
        return 0
    accept(settings, found.learnt)
    print("已采用。运行中的服务约一分钟内自动启用，不必重启。")
    return 0


if __name__ == "__main__":
    sys.exit(main())
