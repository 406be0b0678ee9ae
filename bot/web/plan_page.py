"""The plan as it was printed, to read, search, cite and take home, with who leads, by when and what is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.templating import Jinja2Templates

from bot.assembly import Assistant
from bot.papers import PaperWriter
from bot.web.asked import asked_about
from bot.web.files import as_file
from bot.web.guards import BadInput
from bot.web.pages import SESSION, page_of, set_session, valid_session
from bot.web.plan_document import FORM_ANNEX, Heading, Line, annex_title, blocks_of, headings, is_annex, lines, rows
from bot.web.plan_search import Marker, search
from casework.document_blocks import Table, day, write
from casework.self_check.definition import self_check_definition
from casework.self_check.papers import FORM, form_blocks, papers_of
from knowledge.base import KnowledgeBase
from knowledge.clauses import Clause
from knowledge.documents import Document
from knowledge.text import clean

NOT_THERE = "没有这份文件。请从“查看方案”进入。"
FORMS = ("pdf", "docx")
# So many units are named at a clause; where more have duties (三（三）1) the clause itself is the list.
MOST_UNITS = 4


@dataclass(frozen=True)
class Link:
    """A line beside a clause: what it is about, in words, and the clause it comes from.

    Attributes:
        lead, until: who leads and by when, to be seen before the lines are opened; of a clause that names units of
            which not each is alone in charge, nobody.
    """

    label: str
    text: str
    clause: str
    url: str
    lead: str = ""
    until: str = ""


@dataclass(frozen=True)
class Entry:
    """A line of the contents."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True)
class Part:
    """A clause as it is shown: what stands above it, its words in one of three forms, what belongs beside it."""

    clause: Clause
    headings: Sequence[Heading]
    annex: str
    lines: Sequence[Line]
    table: Sequence[Sequence[str]]
    form: Table | None
    links: Sequence[Link]
    asked: Sequence[str]

    @property
    def brief(self) -> str:
        """What is seen of ``links`` and ``asked`` before they are opened: who leads, by when, that more is there."""
        leads = "、".join(dict.fromkeys(link.lead for link in self.links if link.lead))
        until = [link.until for link in self.links if link.until]
        more = [
            label for label in ("管什么", "时限") if any(link.label == label and not link.until for link in self.links)
        ]
        more += ["大家常问"] if self.asked else []
        return " · ".join(filter(None, (f"牵头：{leads}" if leads else "", *until, "、".join(more))))

    @property
    def texts(self) -> list[str]:
        """Everything that is shown of the document here, in the order of the page."""
        cells = [cell.text for row in self.form.rows for cell in row] if self.form else []
        cells += [cell for row in self.table for cell in row]
        return [*(h.text for h in self.headings), self.annex, *(line.text for line in self.lines), *cells]


def plan_routes(assistant: Assistant, templates: Jinja2Templates, writer: PaperWriter) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    written: dict[tuple[str, str], bytes] = {}

    def wanted(doc: str) -> Document:
        document = assistant.knowledge.document(doc) if doc else assistant.knowledge.plan
        if document is None:
            raise BadInput(NOT_THERE, 404, "not_found")
        return document

    @router.get("/plan")
    def plan_page(request: Request, doc: str = "", q: str = "") -> HTMLResponse:
        document, words = wanted(doc), clean(q)
        shown = parts(assistant.knowledge, document)
        found = search({part.clause.id: part.texts for part in shown}, words) if words else None
        values: dict[str, Any] = {
            "document": document,
            "parts": shown,
            "mark": Marker(found).pieces,
            "contents": contents(document),
            "found": found,
            "anchors": {clause.id: clause.anchor for clause in document.clauses},
        }
        response = page_of(request, templates, assistant, "plan.html", **values)
        if not valid_session(request.cookies.get(SESSION, "")):
            # Asking about a clause is a turn of the visitor's own conversation.
            set_session(request, response, assistant.settings.conversation_days)
        return response

    @router.get("/plan.{form}")
    async def whole(form: str, doc: str = "") -> Response:
        """The whole document; made once, since it does not change while the process runs."""
        document = wanted(doc)
        if form not in FORMS:
            raise BadInput("可以下载 pdf 或 docx。", 404, "not_found")
        key = (document.info.id, form)
        name = document.info.title
        if key not in written:
            blocks = blocks_of(document, blank_form(assistant.knowledge, document))
            written[key] = await writer.made(write, name, blocks, form)
        return as_file(written[key], form, f"{document.info.number}{name}.{form}")

    return router


def blank_form(knowledge: KnowledgeBase, document: Document) -> Table | None:
    """附件2 with nothing filled in; None when the document's second annex is something else."""
    annex = document.clause(FORM_ANNEX)
    if annex is None or not document.is_plan or annex_title(annex) != FORM:
        return None
    issued = document.info.issued or knowledge.directory.deadlines[0].date
    papers = papers_of(knowledge, self_check_definition(), None, [], issued)
    return next(block for block in form_blocks(papers) if isinstance(block, Table))


def contents(document: Document) -> list[Entry]:
    """What the contents list: the beginning, chapters and their sections, annexes, the imprint."""
    above, entries = headings(document), []
    for clause in document.clauses:
        found = above[clause.id]
        entries += [Entry(heading.level, heading.text, heading.anchor) for heading in found]
        if is_annex(clause):
            entries.append(Entry(1, f"{clause.id}　{annex_title(clause)}", clause.anchor))
        elif not found and clause.id in NAMED:
            entries.append(Entry(1, clause.id, clause.anchor))
        elif not found and clause.id.endswith("）") and len(clause.path) > 1:
            # Its heading is the beginning of its own text: 五（一）强化协同配合。
            entries.append(Entry(2, f"（{clause.id.partition('（')[2]}{clause.path[-1]}", clause.anchor))
    return entries


NAMED = ("文头", "前言", "版记")


def parts(knowledge: KnowledgeBase, document: Document) -> list[Part]:
    """The document for reading, clause by clause."""
    above = headings(document)
    form = blank_form(knowledge, document)
    asked = asked_about() if document.is_plan else {}
    found = []
    for clause in document.clauses:
        is_form = clause.id == FORM_ANNEX and form is not None
        cells = [] if is_form else rows(clause)
        plain = [] if is_form or cells else lines(document, clause)
        annex = clause.text.split("\n")[0] if is_annex(clause) else ""
        found.append(
            Part(
                clause=clause,
                headings=above[clause.id],
                annex=annex,
                lines=plain[1:] if annex else plain,
                table=cells,
                form=form if is_form else None,
                links=beside(knowledge, clause) if document.is_plan else (),
                asked=asked.get(clause.id, ()),
            )
        )
    return found


def beside(knowledge: KnowledgeBase, clause: Clause) -> list[Link]:
    """Who leads what the clause is about, by when it must be done, what it applies to; each from the plan itself."""
    directory = knowledge.directory
    links = []

    def link(label: str, text: str, of: str, lead: str = "") -> None:
        target = knowledge.plan.clause(of)
        if target:
            links.append(Link(label, text, target.label, f"#{target.anchor}", lead))

    led = [sector for sector in directory.sectors if clause.id in sector.rules]
    for sector in led:
        link("谁牵头", f"{sector.name}：{sector.lead}", sector.clause, sector.lead)
    for sector in (each for each in directory.sectors if each.clause == clause.id):
        for rule in sector.rules:
            link("管什么", f"{sector.name}的要求", rule)
        led.append(sector)
    units = [unit.name for unit in directory.units if any(duty.clause == clause.id for duty in unit.duties)]
    if 0 < len(units) <= MOST_UNITS and not led:
        links.append(Link("点到的单位", "、".join(units), "", ""))
    for deadline in directory.deadlines:
        if deadline.clause == clause.id:
            until = f"{day(deadline.date)}前完成"
            links.append(Link("时限", f"{until}{deadline.step}（{deadline.who}）", "", "", until=until))
        elif led and deadline.id in CAMPAIGN_STEPS:
            link("时限", f"{deadline.step}：{day(deadline.date)}前完成", deadline.clause)
    return links


# The steps that every sector goes through with its own lead; the other two are the leading group's.
CAMPAIGN_STEPS = ("survey", "cleanup")
