"""The commands that keep added documents: add, replace, list, show, mark, draft, remove; holdings.py does the work."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from knowledge.base import KnowledgeBase
from knowledge.build import add_draft, mark_document, remove_document
from knowledge.documents import Document, DocumentError
from knowledge.drafting import DocumentFacts
from knowledge.holdings import Given, described, documents, draft, known
from knowledge.reading.report import outline
from knowledge.settings import KnowledgeSettings

Say = Callable[[str], None]
LIVE = "运行中的服务约半分钟内自动启用。"
NOT_APPROVED = "没有启用。核对无误后再运行一次并输入“是”，脚本中请加 --yes。"
APPROVED = {"是", "y", "yes", "启用", "确认"}


def run(settings: KnowledgeSettings, options: argparse.Namespace, say: Say) -> int:
    """Run one of the commands; returns the exit status."""
    if options.command == "list":
        return _list(settings)
    if options.command == "draft":
        return _draft(settings, options)
    if options.command == "mark":
        return _mark(settings, options, say)
    if options.command == "remove":
        return _remove(settings, options, say)
    return _add(settings, options, say)


def _add(settings: KnowledgeSettings, options: argparse.Namespace, say: Say) -> int:
    """``add`` and ``replace``: show how the file was read, then ask, then build."""
    old = known(settings, options.document) if options.command == "replace" else None
    given = Given(options.title or (old.info.title if old else ""), options.number, options.issuer, options.date,
                  options.standing, options.relation or (old.info.relation if old else ""))  # fmt: skip
    drafted = draft(options.file, given, say)
    if old and old.info.id == drafted.info.id:
        raise DocumentError("新文件与原来的一字不差，没有替换。")
    if any(one.info.id == drafted.info.id for one in documents(settings)):
        raise DocumentError("这份文件已经添加过了。")
    for line in drafted.lines():
        print(line)
    if not _approved(options, "以上内容启用吗？（是/否）"):
        return 1
    add_draft(settings, drafted, old, say)
    done = f"已用新版本替换《{old.info.title}》" if old else f"已添加《{drafted.info.title}》"
    print(f"{done}（{drafted.info.id}），共 {len(drafted.clauses)} 条。{LIVE}")
    return 0


def _approved(options: argparse.Namespace, question: str) -> bool:
    if options.yes:
        return True
    print(question, end="", flush=True)
    answer = sys.stdin.readline().strip().lower()
    if answer in APPROVED:
        return True
    print(f"\n{NOT_APPROVED}", file=sys.stderr)
    return False


def _list(settings: KnowledgeSettings) -> int:
    held = documents(settings)
    for document in held:
        replaced = f"　已由 {document.info.replaced_by} 替代，仅供查阅" if document.info.replaced_by else ""
        print(f"{document.info.id}　{described(document.info)}　{len(document.clauses)} 条{replaced}")
    if not held:
        print("还没有添加过文件。用 python -m knowledge add 文件 添加。")
    return 0


def _draft(settings: KnowledgeSettings, options: argparse.Namespace) -> int:
    """Draft the facts of a document for the office to approve in the console."""
    document = known(settings, options.document)
    facts = DocumentFacts(settings.data_dir)
    new, of_all = facts.add_drafts(document)
    for fact in facts.of_document(document.info.id):
        print(f"{fact.verdict}　{fact.clause}　{fact.modality}　{fact.conclusion}")
    print(f"《{document.info.title}》新起草 {new} 条，共 {of_all} 条。请在工作台“文件”中逐条核定；核定前只引原文回答。")
    return 0


def _mark(settings: KnowledgeSettings, options: argparse.Namespace, say: Say) -> int:
    document = mark_document(settings, options.document, options.standing, options.relation, say)
    print(f"{described(document.info)}。{LIVE}")
    return 0


def _remove(settings: KnowledgeSettings, options: argparse.Namespace, say: Say) -> int:
    document = known(settings, options.document)
    print(f"{document.info.id}　{described(document.info)}　{len(document.clauses)} 条")
    if not _approved(options, "移除后，引用它的链接将打不开。移除吗？（是/否）"):
        return 1
    remove_document(settings, document.info.id, say)
    print(f"已移除《{document.info.title}》。{LIVE}")
    return 0


def show(base: KnowledgeBase, what: str, clause_id: str | None) -> int:
    """Print a clause of the plan, an added document or a clause of it, or every clause that has some words."""
    document = next(
        (one for one in base.documents[1:] if what.strip("《》") in (one.info.id, one.info.title, one.info.number)),
        None,
    )
    if document:
        return _show_document(document, clause_id)
    clause = base.plan.clause(what)
    if clause:
        print(f"{clause.id}  {' · '.join(clause.path)}\n{clause.text}")
        return 0
    found = base.find(what)
    for name, one in found:
        print(f"{name}  {one}")
    if not found:
        print(f"没有条款编号或文字与“{what}”相符。", file=sys.stderr)
    return 0 if found else 1


def _show_document(document: Document, clause_id: str | None) -> int:
    if document.warning:
        print(document.warning)
    if clause_id is None:
        print(described(document.info))
        print("\n".join(outline(document.clauses)))
        return 0
    clause = document.clause(clause_id)
    if clause is None:
        print(f"《{document.info.title}》中没有“{clause_id}”。", file=sys.stderr)
        return 1
    print(f"{document.named}{clause.label}  {' · '.join(clause.path)}\n{clause.text}")
    return 0
