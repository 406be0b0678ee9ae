"""A case in one zip: a readable sheet, every file as it was sent, and their SHA-256 sums."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace

from casework.cases.case import Case, Note
from casework.cases.evidence import Evidence
from casework.cases.store import CaseStore
from casework.cases.words import SEVERITY_NAMES, STATUS_NAMES
from casework.desk.handling import CaseView
from casework.desk.moments import local
from casework.document_blocks import Block, Cell, Paragraph, Table, heading, title, write
from casework.tip_off.readings import LABELS
from casework.workflows import WORKFLOWS

AUTHORS = {"handler": "办理单位", "internal": "内部"}


def bundle(store: CaseStore, view: CaseView) -> bytes:
    """Everything an official may see of a case, with its files as they were sent and called: two people agreed to it.

    Raises:
        EvidenceError: a file was changed since it was sent.
    """
    view = replace(view, files=store.evidence(view.case))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        paper, data = write(view.case.number or "", sheet(view), "docx"), _as_json(view)
        written = {f"{view.case.number}.docx": paper, f"{view.case.number}.json": _encoded(data)}
        sums = [f"{hashlib.sha256(content).hexdigest()}  {name}" for name, content in written.items()]
        for name, content in written.items():
            archive.writestr(name, content)
        for number, file in enumerate(view.files, start=1):
            name = f"材料/{number:02d}-{file.name}"
            archive.writestr(name, store.content_of(file))
            sums.append(f"{file.sha256}  {name}")
        archive.writestr("SHA256SUMS", "\n".join(sums) + "\n")
    return out.getvalue()


def sheet(view: CaseView) -> list[Block]:
    """A case as a document: what was said, where it went, what was done."""
    case = view.case
    head = [
        ("类型", WORKFLOWS[case.kind].name),
        ("状态", STATUS_NAMES[case.status]),
        ("程度", SEVERITY_NAMES[case.severity] + (f"：{'；'.join(view.escalated)}" if view.escalated else "")),
        ("提交时间", local(case.submitted, case.kind == "tip_off")),
        ("办理单位", "、".join(f"{r.unit}（{'主办' if r.role == 'lead' else '抄送'}）" for r in view.routes)),
    ]
    blocks: list[Block] = [
        title(f"{WORKFLOWS[case.kind].name}　{case.number}"),
        _table([*head, *view.rows, *view.contact]),
    ]
    if view.notes:
        blocks.append(heading("往来"))
        blocks += [
            Paragraph(f"{local(note.at, _of_reporter(case, note))}　{_author(case, note)}：{note.text}")
            for note in view.notes
        ]
    if view.files:
        blocks.append(heading("材料"))
        blocks += [Paragraph(_line(file), size=10) for file in view.files]
    return blocks


def _of_reporter(case: Case, note: Note) -> bool:
    return case.kind == "tip_off" and note.author == "reporter"


def _author(case: Case, note: Note) -> str:
    return WORKFLOWS[case.kind].brought_by if note.author == "reporter" else AUTHORS[note.author]


def _encoded(data: dict[str, object]) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=1).encode()


def _line(file: Evidence) -> str:
    """A file with what was said with it, what to beware of, and what was read in it."""
    found = [f"{LABELS[f.kind]} {f.text}" for f in file.found or () if f.state != "no"]
    about = [f"说明：{file.caption}"] if file.caption else []
    about += [*file.warnings, *([f"识别出（请核对）：{'，'.join(found)}"] if found else [])]
    return "　".join([file.name, f"{file.size} 字节", f"SHA-256 {file.sha256}", *about])


def _table(rows: list[tuple[str, str]]) -> Table:
    return Table([[Cell(label), Cell(text, align="left")] for label, text in rows], widths=(1, 3))


def _file_as_json(file: Evidence) -> dict[str, object]:
    found = [finding.as_json() for finding in file.found or ()]
    about = {"caption": file.caption, "flags": list(file.flags), "found": found}
    return {"name": file.name, "kind": file.kind, "size": file.size, "sha256": file.sha256, **about}


def _as_json(view: CaseView) -> dict[str, object]:
    return {
        "number": view.case.number,
        "kind": view.case.kind,
        "status": view.case.status,
        "outcome": view.case.outcome,
        "escalated": list(view.escalated),
        "routes": [{"unit": r.unit, "role": r.role, "because": r.because} for r in view.routes],
        "answers": dict([*view.rows, *view.contact]),
        "messages": [{"at": n.at.isoformat(), "author": n.author, "text": n.text} for n in view.notes],
        "files": [_file_as_json(file) for file in view.files],
    }
