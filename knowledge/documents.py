"""Documents the assistant answers from: the plan, and those an administrator adds (holdings.py)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field

from knowledge.clauses import Clause, parse_clauses
from knowledge.data_problems import problem
from knowledge.datafile import Data, DataFileError, load, of_city, text_of
from knowledge.reading.blocks import DocumentError

__all__ = [
    "PLAN_ID",
    "Document",
    "DocumentError",
    "DocumentInfo",
    "Relation",
    "Standing",
    "load_plan",
]

PLAN_FOLDER = Path(__file__).parent / "texts"
PLAN_ID = "luoyang-2016-58"
Standing = Literal["现行", "废止", "被替代"]
Relation = Literal["", "上位文件", "配套", "其他"]
STANDINGS: tuple[str, ...] = get_args(Standing)
RELATIONS: tuple[str, ...] = get_args(Relation)[1:]
# Stands between a document and its clause; in no id of either.
QUALIFIER = "#"
# What official names begin with and people leave out.
COUNTRY = "中华人民共和国"
# What a citation adds to the name of a document that is not in force as it stands.
SAID_OF = {"废止": "已废止", "被替代": "已被替代"}


class DocumentInfo(Data):
    """What a citation needs to name a document.

    Attributes:
        standing: whether it is in force (现行), abolished (废止), or another has taken its place (被替代).
        relation: what it is to the plan: above it (上位文件), beside it (配套), other (其他).
        replaced_by: id of the version that took its place; citations of this one still open it.
        recognised: whether its words come from character recognition and may be wrong.
        file: name of the file that it was read from.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    title: str = Field(min_length=2, max_length=200)
    number: str = ""
    issuer: str = ""
    issued: date | None = None
    checked: date | None = None
    standing: Standing = "现行"
    relation: Relation = ""
    replaced_by: str = ""
    recognised: bool = False
    file: str = ""
    added: date | None = None


@dataclass(frozen=True)
class Document:
    """A document with its clauses, in order."""

    info: DocumentInfo
    clauses: tuple[Clause, ...]

    @property
    def is_plan(self) -> bool:
        return self.info.id == PLAN_ID

    @property
    def is_searched(self) -> bool:
        """Whether questions are answered from it; an old version is only opened by citations of it."""
        return not self.info.replaced_by

    @property
    def named(self) -> str:
        """How a citation names it: 《…》, and what a reader must know of its standing."""
        notes = [SAID_OF[self.info.standing]] if self.info.standing in SAID_OF else []
        notes += ["文字识别，请核对"] if self.info.recognised else []
        return f"《{self.info.title}》" + (f"（{'；'.join(notes)}）" if notes else "")

    @property
    def warning(self) -> str:
        """What must be said where its text is shown: that it is abolished, replaced, or recognised from a scan."""
        notes = [f"本文件{SAID_OF[self.info.standing]}，仅供查阅。"] if self.info.standing in SAID_OF else []
        notes += ["文字由扫描件识别得来，请以原件为准。"] if self.info.recognised else []
        return "".join(notes)

    @property
    def is_in_force(self) -> bool:
        return self.info.standing == "现行"

    @property
    def dated(self) -> str:
        """Its name with its day and, where it is not in force, its standing: what two documents are told apart by."""
        issued = self.info.issued
        day = f"（{issued.year}年{issued.month}月{issued.day}日）" if issued else "（未注明日期）"
        return self.named + day

    def qualified(self, clause: Clause) -> str:
        """The id of a clause among those of all documents: the plan's own as printed, others behind their document."""
        return clause.id if self.is_plan else f"{self.info.id}{QUALIFIER}{clause.id}"

    def original(self, clause: Clause) -> str:
        """What somebody says to see the whole clause."""
        return f"原文 {clause.id}" if self.is_plan else f"原文 《{self.info.title}》{clause.id}"

    def clause(self, clause_id: str) -> Clause | None:
        return next((clause for clause in self.clauses if clause.id == clause_id), None)

    def url(self, clause: Clause) -> str:
        """Path of the page that shows the clause, with its anchor."""
        page = "/plan" if self.is_plan else f"/plan?doc={self.info.id}"
        return f"{page}#{clause.anchor}"


def load_plan() -> Document:
    """Read 洛政办〔2016〕58号 from the text kept beside this file, or another city's plan in its place.

    Raises:
        DataFileError: it cannot be read, or has no numbered chapter.
    """
    info, path = load(PLAN_FOLDER / f"{PLAN_ID}.yml", DocumentInfo), PLAN_FOLDER / f"{PLAN_ID}.txt"
    text = text_of(path)
    try:
        return Document(info, tuple(parse_clauses(text)))
    except ValueError as error:
        raise DataFileError(problem(of_city(path), f"{error}。请核对方案正文是否完整")) from error
