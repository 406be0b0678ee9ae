"""A submitted case as a line of steps: 收到 → 受理 → 转办 → 办理 → 答复, with days, who, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from casework.cases.audit import REPORTER, AuditEntry
from casework.cases.audit_acts import AuditAct
from casework.cases.case import ASKING, CLOSED, EXAMINING, FORWARDED, SUBMITTED, Case, Note, Route
from casework.cases.releases import releases_in
from casework.cases.words import OUTCOMES
from casework.workflows import WORKFLOWS
from storage.settings import LUOYANG

How = Literal["done", "now", "ahead", "none"]
# What the reporter is shown of a release, by what it was.
TAKEN = {"original": "调取原件", "bundle": "调取原件", "contact": "查看联系方式"}
MARKS: dict[How, str] = {"done": "✓", "now": "▶", "ahead": "○", "none": "—"}


@dataclass(frozen=True)
class CaseStep:
    """One step: its name, how far it is, on which day, and who."""

    name: str
    how: How
    at: datetime | None = None
    who: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "state": self.how, "date": _day(self.at), "who": self.who}

    def line(self) -> str:
        parts = "，".join(filter(None, (_day(self.at), self.who)))
        return f"{MARKS[self.how]}{self.name}" + (f"（{parts}）" if parts else "")


def _day(at: datetime | None) -> str:
    here = at.astimezone(LUOYANG) if at else None
    return f"{here.month}月{here.day}日" if here else ""


def steps_of(
    case: Case, routes: Sequence[Route], notes: Sequence[Note], history: Sequence[AuditEntry]
) -> list[CaseStep]:
    """The five steps of a submitted case, and whether somebody took originals or contact details out of it.

    Args:
        history: the case's acts, in any order; that of a unit's first act is when it was taken up.
    """
    acts = sorted(history, key=lambda act: act.at)
    lead = next((route.unit for route in routes if route.role == "lead"), "")
    taken_up = next(
        (
            act.at
            for act in acts
            if (act.act, act.of("status")) == (AuditAct.STATUS, EXAMINING) and act.actor != REPORTER
        ),
        None,
    )
    taken_up = taken_up or (case.acted if case.status in (EXAMINING, ASKING, CLOSED) else None)
    moved = next(((act.at, act.of("unit")) for act in reversed(acts) if act.act == AuditAct.TRANSFER), None)
    told = [note.at for note in notes if note.author == "handler"]
    released = {TAKEN[what]: (at, unit) for at, what, unit, _ in releases_in(history)}
    taken = [CaseStep(name, "done", at, unit) for name, (at, unit) in released.items()]
    first: How = "now" if case.status == SUBMITTED else "done"
    waits = case.status in (SUBMITTED, FORWARDED)
    return [
        CaseStep("收到", first, case.submitted),
        CaseStep(
            "受理", "ahead" if waits and not taken_up else "done", taken_up, lead if taken_up and not moved else ""
        ),
        CaseStep("转办", *(("now" if case.status == FORWARDED else "done", *moved) if moved else ("none", None, ""))),
        CaseStep("办理", "now" if case.status in (EXAMINING, ASKING) else "done" if case.status == CLOSED else "ahead"),
        *taken,
        CaseStep(
            "答复",
            "done" if case.status == CLOSED else "ahead",
            case.closed or (max(told) if told and case.status == CLOSED else None),
            OUTCOMES.get(case.outcome or "", "") if case.status == CLOSED else "",
        ),
    ]


def step_line(steps: Sequence[CaseStep]) -> str:
    """✓收到（10月13日） → ▶办理 → ○答复; a step that was not needed is left out."""
    return " → ".join(step.line() for step in steps if step.how != "none")


def next_step(case: Case, routes: Sequence[Route]) -> str:
    """What happens next, and what the reporter can do, in a sentence."""
    lead = next((route.unit for route in routes if route.role == "lead"), "办理单位")
    workflow = WORKFLOWS[case.kind]
    who, back = workflow.you, "受理前可以撤回，" if workflow.withdrawable else ""
    return {
        SUBMITTED: f"下一步：等{lead}受理。{back}有新情况随时可以补充。",
        FORWARDED: f"下一步：等{lead}受理并办理，有新情况随时可以补充。",
        EXAMINING: f"下一步：{lead}核查办理，办完在这里答复{who}；需要补充时也在这里问{who}。",
        ASKING: f"下一步：请{who}回答上面的问题，{lead}收到后继续办理。",
        CLOSED: "已经办结，不再需要做什么。有新情况请重新举报。" if case.kind == "tip_off" else "已经办结。",
    }.get(case.status, "")
