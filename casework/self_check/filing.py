"""Submitting a self-check: the one rule for every channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from casework.cases.case import Case, Filing, FindingRow
from casework.cases.search_tokens import name_tokens, plain_name
from casework.desk.notify import announce
from casework.interview.state import State
from casework.self_check.definition import self_check_definition
from casework.self_check.findings import Finding
from casework.self_check.papers import papers_for
from casework.self_check.routing import routes

if TYPE_CHECKING:
    from casework.services import Services


def submit(services: Services, draft: Case, state: State, conversation_id: str) -> Case:
    """File a draft: it becomes final and goes to the units that answer for it.

    Raises:
        Conflict: the draft was changed, submitted or deleted since it was read.
    """
    papers = papers_for(services, draft)
    filing = Filing(
        routes(papers.found_leads, papers.county),
        [FindingRow(f.rule, f.quote.clause, f.outcome) for f in papers.found],
        papers.county,
        sector=_sector(state),
        severity=_severity(papers.found),
        terms=_terms(state),
    )
    case = services.cases.submit(draft, filing, conversation_id)
    announce(services, case, filing.routes)
    return case


def _sector(state: State) -> str | None:
    kinds = [self_check_definition().kind(kind) for kind in state.values("kinds")]
    return next((entry for kind in kinds for entry in (*kind.sectors, *kind.trades)), None)


def _severity(findings: Sequence[Finding]) -> int:
    return int(any(finding.outcome == "疑似违规" for finding in findings))


def _terms(state: State) -> list[str]:
    names = [plain_name(state.answers[q].shown) for q in ("company", "platform") if q in state.answers]
    return [term for name in names for term in name_tokens(name)]
