"""Reports of the same platform, found for those who handle them; never merged, never shown to reporters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlsplit

from rapidfuzz import fuzz, process

from actions.cases.store import Case, CaseStore
from actions.interview.answers import half_width
from actions.interview.numbers import find_phone
from actions.interview.state import State
from actions.settings import LUOYANG
from actions.tip_off.lifting import URL
from knowledge.text import normalise

# Two names with this share of characters in common, in order, are likely one (金鼎财富, 金鼎财富网); found by hand
# on pairs that differ in one character of four and must stay apart (金鼎财富, 金鑫财富: 75).
SAME_NAME = 82
LEGAL_FORM = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|公司|集团|平台|网站|app|官网|洛阳市?|河南省?|信息|科技|咨询|服务|管理|技术|网络|电子商务)"
)


@dataclass(frozen=True)
class Marks:
    """What a platform is known by: its names without legal forms, hosts of its addresses, phone numbers."""

    names: frozenset[str]
    hosts: frozenset[str]
    phones: frozenset[str]

    def meet(self, other: Marks) -> bool:
        if self.hosts & other.hosts or self.phones & other.phones:
            return True
        return any(process.extractOne(n, other.names, scorer=fuzz.ratio, score_cutoff=SAME_NAME) for n in self.names)


@dataclass(frozen=True)
class Cluster:
    """Reports that seem to be about one platform, oldest first."""

    cases: Sequence[Case] = field(repr=False)

    @property
    def growth(self) -> dict[date, int]:
        """Reports by the Monday of their week."""
        days = [case.submitted.astimezone(LUOYANG).date() for case in self.cases if case.submitted]
        weeks = Counter(date.fromordinal(day.toordinal() - day.weekday()) for day in days)
        return dict(sorted(weeks.items()))


def marks_of(case: Case) -> Marks:
    """Read a tip-off's marks from its own words."""
    answers = State.from_json(case.content).answers
    target = answers["target"].shown if "target" in answers and answers["target"].value else ""
    ways = [answers[q].shown for q in ("reach", "reach_required", "happened") if q in answers and answers[q].value]
    text = half_width(" ".join(ways))
    names = {plain for name in re.split(r"[、,，;；/\s]+", target) if len(plain := plain_name(name)) > 1}
    hosts = {host for match in URL.finditer(text) if (host := _host(match[0]))}
    phone = find_phone(text)
    return Marks(frozenset(names), frozenset(hosts), frozenset({phone[0]} if phone else ()))


def plain_name(name: str) -> str:
    """A name without place, trade and legal form: 洛阳金鼎信息咨询有限公司 is 金鼎."""
    whole = normalise(name)
    return LEGAL_FORM.sub("", whole) or whole


def _host(address: str) -> str:
    full = address if "://" in address else f"http://{address}"
    try:
        return (urlsplit(full).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def cluster_of(store: CaseStore, case: Case) -> Cluster:
    """All submitted tip-offs that share a mark with a case, or with one that does."""
    reports = store.submitted("tip_off")
    others = {other.id: marks_of(other) for other in reports}
    found, frontier = {case.id}, [marks_of(case)]
    while frontier:
        marks = frontier.pop()
        new = [other for other, theirs in others.items() if other not in found and marks.meet(theirs)]
        found |= set(new)
        frontier += [others[other] for other in new]
    return Cluster([other for other in reports if other.id in found])
