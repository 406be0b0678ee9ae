"""The documents that an office adds: drafted from a file, looked at, kept, replaced by a new version, taken away."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from knowledge.clauses import Clause
from knowledge.datafile import DataFileError
from knowledge.documents import Document, DocumentInfo, Relation, Standing
from knowledge.reading.blocks import Block, DocumentError, LeftOut, Reading
from knowledge.reading.details import Details, details_of
from knowledge.reading.files import read_file
from knowledge.reading.plain import paragraphs
from knowledge.reading.report import Report, report_of
from knowledge.reading.structure import cut
from knowledge.settings import KnowledgeSettings

Say = Callable[[str], None]
SHORTEST_TITLE, LONGEST_TITLE = 2, 200


@dataclass(frozen=True)
class Given:
    """What the office says of a document; what is empty is taken from the document itself."""

    title: str = ""
    number: str = ""
    issuer: str = ""
    issued: date | None = None
    standing: Standing = "现行"
    relation: Relation = ""


@dataclass(frozen=True)
class Draft:
    """A document as it would be added, and how it was read."""

    info: DocumentInfo
    clauses: tuple[Clause, ...]
    report: Report

    @property
    def document(self) -> Document:
        return Document(self.info, self.clauses)

    def lines(self) -> Iterator[str]:
        """What the office looks at before the document is live."""
        yield described(self.info)
        yield from self.report.lines()


def draft(path: Path, given: Given, say: Say) -> Draft:
    """Read a file into a document that is not kept yet.

    Raises:
        DocumentError: the file cannot be used, or names no title; the message says what to do.
    """
    reading = read_file(path, say)
    found = cut(reading)
    details = details_of(found.clauses)
    digest = hashlib.sha256(reading.text.encode()).hexdigest()[:12]
    info = _info(f"doc-{digest}", given, details, reading.title, path.name, reading.recognised)
    return Draft(info, found.clauses, report_of(reading, found))


def _info(key: str, given: Given, found: Details, own_title: str, file: str, recognised: bool) -> DocumentInfo:
    title = next((one.strip() for one in (given.title, found.title, own_title) if one.strip()), "")
    if not SHORTEST_TITLE <= len(title) <= LONGEST_TITLE:
        raise DocumentError("文件标题应为 2 至 200 个字，请用 --title 填写。")
    try:
        return DocumentInfo(
            id=key,
            title=re.sub(r"[《》\s]+", "", title) if re.search(r"[\u4e00-\u9fff]", title) else title,
            number=given.number or found.number,
            issuer=given.issuer or found.issuer,
            issued=given.issued or found.issued,
            standing=given.standing,
            relation=given.relation,
            recognised=recognised,
            file=file,
            added=date.today(),  # noqa: DTZ011 - the day on the wall where the office is
        )
    except ValidationError as error:
        raise DocumentError("文件标题应为 2 至 200 个字，请用 --title 填写。") from error


def described(info: DocumentInfo) -> str:
    """A document in a line: title, number, issuer, date, standing, relation."""
    parts = [
        f"《{info.title}》",
        info.number,
        info.issuer,
        info.issued.isoformat() if info.issued else "",
        info.standing,
    ]
    parts += [info.relation, "文字识别，请核对" if info.recognised else ""]
    return "　".join(part for part in parts if part)


# What is kept ----------------------------------------------------------------------------------------------


BROKEN = "添加的文件 {path} 已损坏，读不出来。请从备份放回这个文件，或把它移走后重新添加。"


def folder(settings: KnowledgeSettings) -> Path:
    return settings.data_dir / "documents"


def documents(settings: KnowledgeSettings) -> list[Document]:
    """Every added document: those that questions are answered from, then the old versions."""
    found = [_read(path) for path in sorted(folder(settings).glob("*.json"))]
    return sorted(found, key=lambda document: not document.is_searched)


def _content(path: Path) -> dict[str, Any]:
    """What is kept of a document.

    Raises:
        DataFileError: the file is not what was written.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataFileError(BROKEN.format(path=path)) from error
    if not isinstance(content, dict):
        raise DataFileError(BROKEN.format(path=path))
    return content


def _read(path: Path) -> Document:
    content = _content(path)
    try:
        return _document(content)
    except (ValueError, KeyError, TypeError) as error:
        raise DataFileError(BROKEN.format(path=path)) from error


def _document(content: dict[str, Any]) -> Document:
    info = DocumentInfo(**content["info"])
    if "clauses" not in content:  # added by an earlier program, which kept the text and lost words when it cut it
        blocks = tuple(Block(paragraph) for paragraph in paragraphs(content["text"], []))
        return Document(info, cut(Reading(blocks)).clauses)
    return Document(info, tuple(Clause(**{**one, "path": tuple(one["path"])}) for one in content["clauses"]))


def _path(settings: KnowledgeSettings, key: str) -> Path:
    return folder(settings) / f"{key}.json"


def _write(settings: KnowledgeSettings, document: Document, report: dict[str, Any] | None) -> None:
    _write_at(_path(settings, document.info.id), document, report)


def _write_at(path: Path, document: Document, report: dict[str, Any] | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "info": document.info.model_dump(mode="json"),
        "clauses": [asdict(clause) for clause in document.clauses],
        "report": report,
    }
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    part.replace(path)


def keep(settings: KnowledgeSettings, drafted: Draft) -> None:
    """Keep a document.

    Raises:
        DocumentError: it is there already.
    """
    if _path(settings, drafted.info.id).exists():
        raise DocumentError("这份文件已经添加过了。")
    _write(settings, drafted.document, asdict(drafted.report))


# Drafts that wait for approval ------------------------------------------------------------------------------


def _waiting_path(settings: KnowledgeSettings, key: str) -> Path:
    return folder(settings) / "waiting" / f"{key}.json"


def wait(settings: KnowledgeSettings, drafted: Draft) -> None:
    """Put a draft aside until it is approved or thrown away; nothing is answered from it.

    Raises:
        DocumentError: the document is there already.
    """
    if _path(settings, drafted.info.id).exists():
        raise DocumentError("这份文件已经添加过了。")
    _write_at(_waiting_path(settings, drafted.info.id), drafted.document, asdict(drafted.report))


def waiting(settings: KnowledgeSettings) -> list[Draft]:
    """The drafts that wait, in the order of their titles."""
    paths = (folder(settings) / "waiting").glob("*.json")
    return sorted((_waiting(path) for path in paths), key=lambda drafted: drafted.info.title)


def waiting_one(settings: KnowledgeSettings, key: str) -> Draft | None:
    return next((drafted for drafted in waiting(settings) if drafted.info.id == key), None)


def _waiting(path: Path) -> Draft:
    document = _read(path)
    report = _content(path)["report"]
    lists = {key: tuple(report[key]) for key in ("outline", "doubts", "doubtful")}
    left_out = tuple(LeftOut(**one) for one in report["left_out"])
    return Draft(document.info, document.clauses, Report(**{**report, **lists, "left_out": left_out}))


def throw_away(settings: KnowledgeSettings, key: str) -> None:
    """Take a draft away that waits."""
    _waiting_path(settings, key).unlink(missing_ok=True)


def known(settings: KnowledgeSettings, name: str) -> Document:
    """The added document of an id, a title or a number.

    Raises:
        DocumentError: there is none, or there are several.
    """
    bare = name.strip().strip("《》")
    held = documents(settings)
    found = [one for one in held if bare in (one.info.id, one.info.title, one.info.number)]
    found = found if len(found) < 2 else [one for one in found if one.is_searched] or found
    if not found:
        found = [one for one in held if one.is_searched and bare and bare in one.info.title]
    if not found:
        raise DocumentError(f"没有添加过“{name}”。用 python -m knowledge list 查看已添加的文件。")
    if len(found) > 1:
        raise DocumentError(f"“{name}”有 {len(found)} 份，请写编号：" + "、".join(one.info.id for one in found))
    return found[0]


def replace_by(settings: KnowledgeSettings, old: Document, drafted: Draft) -> None:
    """Keep a new version of a document; the old one answers nothing more, but citations of it still open it.

    Raises:
        DocumentError: the new version is the old one, or another that is there already.
    """
    keep(settings, drafted)
    info = old.info.model_copy(update={"replaced_by": drafted.info.id, "standing": "被替代"})
    _write(settings, replace(old, info=info), _report(settings, old.info.id))


def restored(settings: KnowledgeSettings, key: str) -> Callable[[], None]:
    """What puts the file of a document back as it is now, or away if there is none."""
    path = _path(settings, key)
    content = path.read_bytes() if path.exists() else None

    def restore() -> None:
        if content is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(content)

    return restore


def remove(settings: KnowledgeSettings, document: Document) -> None:
    """Take a document away, with the versions that it replaced; citations of them open nothing more."""
    for key in versions(settings, document.info.id):
        _path(settings, key).unlink(missing_ok=True)


def versions(settings: KnowledgeSettings, key: str) -> list[str]:
    """Ids of a document and of every version that it replaced, the newest first."""
    found = [key]
    held = documents(settings)
    for newer in found:
        found += [one.info.id for one in held if one.info.replaced_by == newer and one.info.id not in found]
    return found


def restate(settings: KnowledgeSettings, document: Document, standing: Standing, relation: Relation) -> Document:
    """Say that a document is in force, abolished or replaced, or what it is to the plan."""
    info = document.info.model_copy(update={"standing": standing, "relation": relation})
    changed = replace(document, info=info)
    _write(settings, changed, _report(settings, info.id))
    return changed


def _report(settings: KnowledgeSettings, key: str) -> dict[str, Any] | None:
    report: dict[str, Any] | None = _content(_path(settings, key)).get("report")
    return report
