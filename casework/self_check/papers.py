"""The papers of a self-check: the official form laid out as 附件2, the red-line report, and both for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from casework.cases.case import Case, Route
from casework.document_blocks import Block, Cell, Paragraph, Table, day, heading, title
from casework.interview.state import State, path
from casework.self_check.definition import RED, Definition, self_check_definition
from casework.self_check.findings import SEVERITY, Finding, findings
from casework.self_check.mending import NAME_WORDS, mending
from casework.self_check.routing import Lead, leads
from knowledge.base import KnowledgeBase
from knowledge.counties import find_county
from knowledge.directory import Deadline, distance
from storage.settings import LUOYANG

if TYPE_CHECKING:
    from casework.services import Services

TICKED, EMPTY = "■", "□"
FORM, REPORT = "企业自查信息表", "红线自查报告"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MEDIA = {"docx": DOCX, "pdf": "application/pdf", "json": "application/json"}


@dataclass(frozen=True)
class Papers:
    """A self-check as its papers show it; a draft's papers say that they are not submitted."""

    definition: Definition
    state: State
    found: Sequence[Finding]
    found_leads: Sequence[Lead]
    county: str | None
    case: Case | None
    routes: Sequence[Route]
    deadlines: Sequence[Deadline]
    today: date
    plan_title: str


def papers_of(
    knowledge: KnowledgeBase, definition: Definition, case: Case | None, routes: Sequence[Route], today: date
) -> Papers:
    """Everything the papers show, from a case; without one the blank form."""
    state = State.from_json(case.content) if case else State()
    registered = state.answers.get("registered")
    return Papers(
        definition=definition,
        state=state,
        found=findings(knowledge, definition, state) if case else [],
        found_leads=leads(knowledge.directory, definition, state),
        county=find_county(knowledge.directory, registered.shown) if registered else None,
        case=case,
        routes=routes,
        deadlines=knowledge.directory.deadlines,
        today=today,
        plan_title=f"《{knowledge.plan.info.title}》（{knowledge.plan.info.number}）",
    )


def blocks_of(papers: Papers, paper: str) -> tuple[str, list[Block]]:
    """The title and the content of a paper, ``form`` or ``report``."""
    return (FORM, form_blocks(papers)) if paper == "form" else (REPORT, report_blocks(papers))


# The form -------------------------------------------------------------------------------------------------


def form_blocks(papers: Papers) -> list[Block]:
    """附件2, cell for cell; 统一社会信用代码 and 经营范围 are not on the official form and go to the report."""
    state, wide = papers.state, 5

    def shown(question: str) -> str:
        asked = {q.id for q in path(papers.definition.questions, state)}
        answer = state.answers.get(question) if question in asked else None
        return "" if answer is None or answer.shown == "（未填）" else answer.shown

    def labelled(label: str, question: str, across: int = 1) -> list[Cell]:
        return [Cell(label), Cell(shown(question), across=across)]

    does = state.values("internet_finance")
    yes, no = (TICKED if "yes" in does else EMPTY), (TICKED if "no" in does else EMPTY)
    chosen = state.values("kinds") if "yes" in does else ()
    kinds = [
        f"{n}. {kind.label}{'' if kind.id == 'other' else ' '}{TICKED if kind.id in chosen else EMPTY}"
        for n, kind in enumerate(papers.definition.kinds, start=1)
    ]
    other = shown("other_kind")
    kinds[-1] = kinds[-1] + (f"：{other}" if other else "。")
    rows = [
        [*labelled("企业名称\n（公章）", "company", 2), *labelled("平台名称", "platform")],
        [*labelled("法定代表人", "legal_person", 2), *labelled("联系电话", "legal_phone")],
        [*labelled("实际控制人", "controller", 2), *labelled("联系电话", "controller_phone")],
        labelled("注册资本", "capital", wide - 1),
        labelled("注册地", "registered", wide - 1),
        labelled("经营地", "business_place", wide - 1),
        [
            Cell("开展互联网金融业务的情况", down=2),
            Cell(f"是否开展或参与互联网金融业务：是 {yes}，否 {no}。", across=wide - 1, align="left"),
        ],
        [Cell("；\n".join(kinds), across=wide - 1, align="left")],
        [Cell("经营时间"), Cell("2015年", across=2), Cell("2016年以来", across=2)],
        *(
            [Cell(label), Cell(shown(f"{measure}_2015"), across=2), Cell(shown(f"{measure}_2016"), across=2)]
            for label, measure in (("业务数量", "count"), ("业务规模", "scale"), ("业务涉及人员\n或企业数量", "people"))
        ),
    ]
    blocks: list[Block] = [Paragraph("附件2"), title(FORM), Table(rows, (22, 20, 8, 18, 32))]
    return [*blocks, *_foot(papers)]


def _foot(papers: Papers) -> list[Block]:
    case = papers.case
    if case is None:
        return [Paragraph("（空白表，仅供准备材料参考）", size=10)]
    if case.submitted is None:
        return [Paragraph("（草稿，尚未提交）", size=10)]
    when = day(case.submitted.astimezone(LUOYANG))
    version = f"，第 {case.version} 次填报（更正）" if case.version > 1 else ""
    return [
        Paragraph(f"受理编号：{case.number}{version}", size=10),
        Paragraph("企业负责人（签字）：                    填报单位（盖章）：", size=11),
        Paragraph(f"填报日期：{when}", "right", size=11),
    ]


# The report -----------------------------------------------------------------------------------------------


def report_blocks(papers: Papers) -> list[Block]:
    """Findings by severity with the clause quoted, who leads, what comes next and by when."""
    company = papers.state.answers.get("company")
    blocks: list[Block] = [title(REPORT), Paragraph(f"企业名称：{company.shown if company else ''}")]
    for question, label in (("credit_code", "统一社会信用代码"), ("scope", "经营范围")):
        answer = papers.state.answers.get(question)
        if answer and answer.value:
            blocks.append(Paragraph(f"{label}：{answer.shown}"))
    blocks += [
        Paragraph(f"依据：{papers.plan_title}。本报告根据企业如实填报的内容自动比对，不代替有关部门的认定。", size=10),
        Paragraph(summary(papers.found), bold=True),
        Paragraph(ORDERS_NOTE, size=10),
    ]
    for outcome in SEVERITY[:2]:
        part = [finding for finding in papers.found if finding.outcome == outcome]
        if part:
            blocks += [heading(f"{outcome}（{len(part)} 项）"), _findings_table(part)]
    fine = [finding for finding in papers.found if finding.outcome == "符合"]
    if fine:
        blocks.append(heading(f"符合（{len(fine)} 项）"))
        blocks += [Paragraph(f"{title_}：{_clauses(fine, title_)}", size=10) for title_ in _titles(fine)]
    remarks = papers.state.answers.get("remarks")
    if remarks and remarks.value:
        blocks += [heading("补充说明（企业原话）"), Paragraph(remarks.shown)]
    blocks += [heading("责任单位"), *(Paragraph(line) for line in who_leads(papers))]
    blocks += [heading("下一步"), *(Paragraph(line) for line in next_steps(papers))]
    blocks += [Paragraph("自查负责人（签字）：                    单位（盖章）："), *_foot(papers)[:1]]
    return blocks


def _findings_table(part: Sequence[Finding]) -> Table:
    head = [Cell(text, bold=True) for text in ("序号", "分类", "自查内容", "依据（方案原文）", "整改要求")]
    rows = [
        [
            Cell(str(number)),
            Cell(finding.title.partition("（")[0]),
            Cell(finding.says, align="left"),
            Cell(f"【{finding.quote.clause}】{finding.quote.quote}", align="left"),
            Cell(_order(finding), align="left"),
        ]
        for number, finding in enumerate(part, start=1)
    ]
    return Table([head, *rows], (8, 15, 23, 27, 27), size=9)


def _order(finding: Finding) -> str:
    """What to do, and the plan's words for it where they are other ones than those of the breach."""
    order = mending()[finding.rule]
    mend = finding.mend
    repeats = finding.quote.quote in mend.quote or mend.quote in finding.quote.quote
    return order if repeats or finding.rule == NAME_WORDS else f"{order}\n【{mend.clause}】{mend.quote}"


def _titles(part: Sequence[Finding]) -> list[str]:
    return list(dict.fromkeys(finding.title.partition("（")[0] for finding in part))


def _clauses(part: Sequence[Finding], name: str) -> str:
    mine = [f for f in part if f.title.partition("（")[0] == name]
    return f"{len(mine)} 项，{'、'.join(dict.fromkeys(f.quote.clause for f in mine))}"


def summary(found: Sequence[Finding]) -> str:
    """疑似违规 2 项，需核实 1 项，符合 20 项。"""
    return "，".join(f"{outcome} {sum(f.outcome == outcome for f in found)} 项" for outcome in SEVERITY) + "。"


def who_leads(papers: Papers) -> list[str]:
    """The responsible unit of each kind of business, and where the self-check goes."""
    lines = [f"{lead.kind}：{lead.unit}（{lead.group}，{lead.clause}）" for lead in dict.fromkeys(papers.found_leads)]
    if papers.county:
        lines.append(f"属地：{papers.county}政府，按照注册地对从业机构进行归口管理（三（三）2）")
    lines.append("汇总：市领导小组办公室，设在市政府金融办（三（一））")
    return lines


def next_steps(papers: Papers) -> list[str]:
    """What the plan says happens now, with its dates."""
    lines = []
    if any(finding.outcome == "疑似违规" for finding in papers.found):
        lines.append(f"对疑似违规的，请立即停止相关做法、制定整改方案，并配合有关部门核查。【四（二）2】{MENDING}")
    if any(finding.outcome == "需核实" for finding in papers.found):
        lines.append("对需核实的，请备齐合同、账户、资质等材料，向责任单位说明情况。")
    lines.append("请打印《企业自查信息表》并加盖公章；如何报送，请咨询注册地县（市、区）政府金融办。")
    for deadline in papers.deadlines:
        when = f"{deadline.date.year}年{deadline.date.month}月{deadline.date.day}日"
        lines.append(f"{deadline.step}：{when}前完成（{distance(deadline, papers.today)}，{deadline.clause}）")
    return lines


ORDERS_NOTE = "整改要求由本助手按方案原文整理，供企业自行对照；以有关部门出具的整改意见为准【四（二）2】。"
MENDING = (
    "对违规情节较轻的，要求其限期整改；对拒不整改或违规情节较重的，依法依规坚决予以关闭或取缔；"
    "对涉嫌犯罪的，移送相关司法机关。"
)


# For machines ---------------------------------------------------------------------------------------------


def as_json(papers: Papers) -> bytes:
    """Form and report as JSON."""
    return json.dumps(values(papers), ensure_ascii=False, indent=1).encode()


def values(papers: Papers) -> dict[str, Any]:
    """Form and report as plain values."""
    case = papers.case
    asked = {question.id for question in path(papers.definition.questions, papers.state)}
    answers = {key: answer for key, answer in papers.state.answers.items() if key in asked}
    return {
        "number": case.number if case else None,
        "version": case.version if case else None,
        "submitted": case.submitted.isoformat() if case and case.submitted else None,
        "form": {key: answer.as_json() for key, answer in answers.items() if not key.startswith(RED)},
        "findings": [
            {
                "rule": f.rule,
                "says": f.says,
                "outcome": f.outcome,
                "clause": f.quote.clause,
                "quote": f.quote.quote,
                "mend": f.mend.model_dump(),
                "order": mending()[f.rule],
            }
            for f in papers.found
        ],
        "leads": [asdict(lead) for lead in papers.found_leads],
        "routes": [asdict(route) for route in papers.routes],
        "county": papers.county,
        "plan": papers.plan_title,
    }


def papers_for(services: Services, case: Case | None) -> Papers:
    """A case's papers as of today; without a case the blank form."""
    given = services.cases.routes(case) if case else []
    return papers_of(services.knowledge, self_check_definition(), case, given, services.today())
