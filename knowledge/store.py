"""knowledge.db: the compiled knowledge base, written once per version and read-only afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from knowledge.clauses import Clause, split_segments
from knowledge.directory import (
    CountyRule,
    Deadline,
    Directory,
    Duty,
    FormField,
    Member,
    Sector,
    Trade,
    Unit,
)
from knowledge.documents import COUNTRY, Document, DocumentInfo
from knowledge.entries import Entries, Entry
from knowledge.judge import INTENT
from knowledge.question_bank import BankQuestion


def write_database(
    path: Path,
    documents: Iterable[Document],
    directory: Directory,
    form: list[FormField],
    entries: Entries,
    bank: list[BankQuestion],
) -> None:
    """Compile everything the plan says into one SQLite file.

    Tables: documents, clauses (with FTS5 over trigrams), sentences, units, duties, sectors, trades,
    counties, deadlines, members, form_fields, aliases, entries, questions, county_rule, settings.
    """
    db = Database(path)
    # Nobody reads it before it is whole and its digest is taken: hundreds of waits for the disk would serve nobody.
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA journal_mode = MEMORY")
    for document in documents:
        _write_document(db, document)
    db["clauses"].enable_fts(["title", "text"], tokenize="trigram")
    _write_directory(db, directory)
    db["form_fields"].insert_all({"label": f.label, "grp": f.group} for f in form)
    db["entries"].insert_all((_entry_row(entry) for entry in entries), pk="id")
    db["questions"].insert_all(_question_rows(entries, bank))
    db.vacuum()
    db.close()


def _entry_row(entry: Entry) -> dict[str, Any]:
    quotations = [quotation.model_dump() for quotation in entry.quotations]
    kind = type(entry).__name__
    return {"id": entry.id, "kind": kind, "job": entry.job, "conclusion": entry.conclusion, "quotations": quotations}


def _question_rows(entries: Entries, bank: Iterable[BankQuestion]) -> Iterator[dict[str, Any]]:
    """Questions with their job and clauses; what no entry answers has none, and its intent as its job."""
    for asked in bank:
        entry = entries.get(asked.label)
        job = entry.job if entry else asked.label.removeprefix(INTENT)
        clauses = list(dict.fromkeys(quotation.clause for quotation in entry.quotations)) if entry else []
        yield {"question": asked.text, "job": job, "clauses": clauses, "entry": asked.label}


def _write_document(db: Database, document: Document) -> None:
    info = document.info
    db["documents"].insert(info.model_dump(mode="json"), pk="id")
    start = db["clauses"].count if db["clauses"].exists() else 0
    rows, sentences = [], []
    for row_id, clause in enumerate(document.clauses, start=start):
        rows.append(
            {
                "row": row_id,
                "document": info.id,
                "clause": clause.id,
                "title": " ".join(clause.path),
                "path": list(clause.path),
                "text": clause.text,
                "kind": clause.kind,
            }
        )
        sentences += [{"clause_row": row_id, "text": text} for text in passages(clause)]
    db["clauses"].insert_all(rows, pk="row", foreign_keys=[("document", "documents", "id")])
    db["sentences"].insert_all(sentences, foreign_keys=[("clause_row", "clauses", "row")])


def passages(clause: Clause) -> list[str]:
    """What is indexed of a clause: its sentences and, where one holds several duties, each of them."""
    found = dict.fromkeys(text for s in clause.sentences for text in (s.text, *split_segments(s.text)))
    return list(found) or [clause.text]


def indexed_text(document: Document, clause: Clause) -> str:
    """What is indexed of a clause as a whole: of an added document with the document's name and the headings above."""
    if document.is_plan:
        return clause.text
    return " ".join((document.info.title.removeprefix(COUNTRY), *clause.path)) + "\n" + clause.text


def _write_directory(db: Database, directory: Directory) -> None:
    db["sectors"].insert_all((s.model_dump() for s in directory.sectors), pk="id")
    db["trades"].insert_all((t.model_dump() for t in directory.trades), pk="id")
    db["units"].insert_all(({"name": u.name, "full": u.full, "aliases": u.aliases} for u in directory.units), pk="name")
    db["duties"].insert_all({"unit": u.name, **duty.model_dump()} for u in directory.units for duty in u.duties)
    db["counties"].insert_all({"name": name} for name in directory.counties)
    db["deadlines"].insert_all((d.model_dump(mode="json") for d in directory.deadlines), pk="id")
    db["members"].insert_all(vars(member) for member in directory.members)
    db["county_rule"].insert(directory.county_rule.model_dump())
    db["trade_rule"].insert({"clause": directory.trades_clause, "quote": directory.trades_quote})
    db["aliases"].insert_all(
        {"alias": alias, "kind": kind, "id": key} for alias, keys in directory.names.items() for kind, key in keys
    )
    # Longer words that only hold a name.
    db["aliases"].insert_all(
        {"alias": alias, "kind": "", "id": ""} for alias, keys in directory.names.items() if not keys
    )


def read_documents(db: Database) -> list[Document]:
    """Read the documents back, the plan first, clauses in their order."""
    documents = []
    for row in db["documents"].rows:
        clauses = tuple(
            Clause(r["clause"], tuple(json.loads(r["path"])), r["text"], r["kind"])
            for r in db["clauses"].rows_where("document = ?", [row["id"]], order_by="row")
        )
        documents.append(Document(DocumentInfo(**row), clauses))
    return documents


def read_directory(db: Database) -> Directory:
    """Read the directory back."""

    def rows(table: str, *lists: str) -> Iterable[dict[str, Any]]:
        for row in db[table].rows:
            yield {key: json.loads(value) if key in lists else value for key, value in row.items()}

    duties: dict[str, list[Duty]] = {}
    for row in rows("duties", "sectors"):
        duties.setdefault(row.pop("unit"), []).append(Duty(**row))
    names: dict[str, list[Any]] = {}
    for row in rows("aliases"):
        entry = names.setdefault(row["alias"], [])
        if row["kind"]:
            entry.append((row["kind"], row["id"]))
    trade_rule = next(iter(rows("trade_rule")))
    return Directory(
        sectors=tuple(Sector(**row) for row in rows("sectors", "aliases", "rules")),
        trades=tuple(Trade(**row) for row in rows("trades", "aliases")),
        trades_clause=trade_rule["clause"],
        trades_quote=trade_rule["quote"],
        units=tuple(Unit(**row, duties=duties.get(row["name"], [])) for row in rows("units", "aliases")),
        county_rule=CountyRule(**next(iter(rows("county_rule", "sectors")))),
        counties=tuple(row["name"] for row in rows("counties")),
        deadlines=tuple(Deadline(**row) for row in rows("deadlines", "aliases")),
        members=tuple(Member(**row) for row in rows("members")),
        names=names,
    )


def read_jobs(db: Database) -> dict[str, list[str]]:
    """The jobs of the bank's questions by the clauses that answer them, in the bank's order."""
    found: dict[str, list[str]] = {}
    for job, clauses in db.execute("select job, clauses from questions group by job, clauses order by min(rowid)"):
        for clause in json.loads(clauses):
            if job not in found.setdefault(clause, []):
                found[clause].append(job)
    return found


def find_text(db: Database, words: str, limit: int = 20) -> list[tuple[str, str]]:
    """Clauses that contain the words literally, as (document id, clause id).

    FTS5's trigrams need three characters; shorter words are looked for one clause at a time.
    """
    if len(words) >= 3:
        quoted = '"' + words.replace('"', '""') + '"'
        rows = db["clauses"].search(quoted, limit=limit, columns=["document", "clause"])
    else:
        escaped = words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        rows = db["clauses"].rows_where("text like ? escape '\\'", [f"%{escaped}%"], limit=limit)
    return [(row["document"], row["clause"]) for row in rows]
