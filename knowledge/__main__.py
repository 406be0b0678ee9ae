"""``python -m knowledge``: build the base, search it, show a clause, add a document."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from knowledge.base import KnowledgeBase
from knowledge.build import add_document, ensure_built, open_knowledge
from knowledge.datafile import DataFileError
from knowledge.documents import DocumentError
from knowledge.learn import accept, effect, read_measured
from knowledge.settings import KnowledgeSettings

MEASURING = Path("bench") / "questions" / "open"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m knowledge", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build the knowledge base if its sources changed")
    search = commands.add_parser("search", help="find the clauses that answer a question")
    search.add_argument("question")
    show = commands.add_parser("show", help="print a clause (二（一）1), or every clause that has some words")
    show.add_argument("what")
    add = commands.add_parser("add", help="add a document (.txt, .docx, .pdf with text)")
    add.add_argument("file", type=Path)
    add.add_argument("--title", required=True)
    learning = commands.add_parser("learn", help="make bank entries of the questions that the office reviewed")
    learning.add_argument("--questions", type=Path, nargs="+", default=[MEASURING], help="files the effect is shown on")
    learning.add_argument("--accept", action="store_true", help="accept, when no measuring question gets worse")
    learning.add_argument("--accept-worse", action="store_true", help="accept although some get worse")
    commands.add_parser("teach", help="teach the encoder on the question bank and write its file (some 40 minutes)")
    options = parser.parse_args(arguments)
    settings = KnowledgeSettings()
    try:
        if options.command == "build":
            print(ensure_built(settings, _progress))
        elif options.command == "search":
            _search(open_knowledge(settings, _progress), options.question)
        elif options.command == "show":
            return _show(open_knowledge(settings, _progress), options.what)
        elif options.command == "learn":
            return _learn(settings, options)
        elif options.command == "teach":
            from knowledge.teaching import teach  # loads what only training needs

            teach(say=_progress)
        elif options.command == "add":
            document, _ = add_document(settings, options.file, options.title, _progress)
            print(f"已添加《{document.info.title}》，共 {len(document.clauses)} 条。运行中的服务约半分钟内自动启用。")
    except (DataFileError, DocumentError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _progress(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _search(base: KnowledgeBase, question: str) -> None:
    for hit in base.search(question):
        name = "" if hit.document.is_plan else f"《{hit.document.info.title}》"
        print(f"{hit.probability:.2f}  {name}{hit.clause.id}  {hit.quote}")


def _show(base: KnowledgeBase, what: str) -> int:
    clause = base.plan.clause(what)
    if clause:
        print(f"{clause.id}  {' · '.join(clause.path)}\n{clause.text}")
        return 0
    found = base.find(what)
    for document, clause_id in found:
        print(f"{document}  {clause_id}")
    if not found:
        print(f"没有条款编号或文字与“{what}”相符。", file=sys.stderr)
    return 0 if found else 1


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
