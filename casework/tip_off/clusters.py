"""Reports of the same platform, found for those who handle them; never merged, never shown to reporters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlsplit

from rapidfuzz import fuzz, process

from casework.cases.case import Case
from casework.cases.search_tokens import name_tokens, plain_name
from casework.cases.store import CaseStore
from casework.interview.answers import half_width
from casework.interview.numbers import find_phone
from casework.interview.state import State
from casework.tip_off.readings import account_typed
from casework.tip_off.ways import URL
from storage.settings import LUOYANG

# Two names with this share of characters in common, in order, are likely one (金鼎财富, 金鼎财富网); found by hand
# on pairs that differ in one character of four and must stay apart (金鼎财富, 金鑫财富: 75).
SAME_NAME = 82


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


def marks_of(state: State) -> Marks:
    """Read a tip-off's marks from its own words."""
    answers = state.answers
    target = answers["target"].shown if "target" in answers and answers["target"].value else ""
    ways = [answers[q].shown for q in ("reach", "happened") if q in answers and answers[q].value]
    text = half_width(" ".join(ways))
    names = {plain for name in re.split(r"[、,，;；/\s]+", target) if len(plain := plain_name(name)) > 1}
    hosts = {host for match in URL.finditer(text) if (host := _host(match[0]))}
    phone = find_phone(text)
    return Marks(frozenset(names), frozenset(hosts), frozenset({phone[0]} if phone else ()))


def _host(address: str) -> str:
    full = address if "://" in address else f"http://{address}"
    try:
        return (urlsplit(full).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def terms_of(marks: Marks) -> list[str]:
    """Everything a tip-off can be found by."""
    names = [term for name in sorted(marks.names) for term in name_tokens(name)]
    return [*names, *(f"host:{host}" for host in sorted(marks.hosts)), *(f"phone:{p}" for p in sorted(marks.phones))]


def wanted_terms(typed: str) -> list[str]:
    """What somebody who searches for a platform means: its phone, its address, or part of its name."""
    text = half_width(typed)
    if account := account_typed(text):
        return [account]
    if phone := find_phone(text):
        return [f"phone:{phone[0]}"]
    if host := next((host for match in URL.finditer(text) if (host := _host(match[0]))), ""):
        return [f"host:{host}"]
    return [term for word in typed.split() if (name := plain_name(word)) for term in name_tokens(name)]


def _alike(store: CaseStore, marks: Marks) -> list[Case]:
    """Reports that may share a mark; each is then looked at. Of those that nobody here opens, the ones that surely do:
    an address or a number, or every pair of characters of a name.
    """
    exact = [term for term in terms_of(marks) if not term.startswith("name:")]
    found = store.sharing(exact, "tip_off") if exact else []
    for name in marks.names:
        pairs = list(dict.fromkeys(name_tokens(name)))  # as a store counts them: 恒恒恒 has one
        # Names alike to SAME_NAME share at least half of their pairs.
        found += [case for case in store.sharing(pairs, "tip_off", least=-(-len(pairs) // 2)) if not case.locked]
        found += [case for case in store.sharing(pairs, "tip_off", least=len(pairs)) if case.locked]
    return found


def cluster_of(store: CaseStore, case: Case) -> Cluster:
    """Submitted tip-offs that share a mark with a case, or with one that does; at most MOST_REPORTS."""
    found, frontier = {case.id: case}, [marks_of(State.from_json(case.content))]
    asked = [frontier[0]]
    for _ in range(MOST_STEPS):
        if not frontier or len(found) >= MOST_REPORTS:
            break
        marks = frontier.pop(0)
        for other in _alike(store, marks):
            if other.locked:
                found.setdefault(other.id, other)
                continue
            theirs = marks_of(State.from_json(other.content))
            if other.id not in found and marks.meet(theirs):
                found[other.id] = other
                if theirs not in asked:
                    asked.append(theirs)
                    frontier.append(theirs)
    whole = sorted(found.values(), key=lambda c: c.submitted or c.created)
    return Cluster(whole[:MOST_REPORTS])


# More than anybody reads in one list; keeps the page fast however large a scandal is.
MOST_REPORTS, MOST_STEPS = 200, 8
