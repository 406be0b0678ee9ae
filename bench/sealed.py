"""What sealing to units costs: ``python -m bench.sealed [--reports N] [--folder DIR] [--seconds S] [--no-pages]``.

Two installations of the same reports: in one every unit and the custodians have keys, in the other nobody has (sealed
under the server's key only). First at the stores, one act of the one and one of the other by turns, so that whatever
else the machine does falls on both: queue, search by name and by address, the cluster of a report, handing one in.
Then whole reports on the page, told to a server of each by turns, and the console's pages over the sealed ones, whose
times are those of ``bench.console``.

The reports are made by their number, BATCH in a transaction: with ``--folder`` a run that was stopped, or whose time
was up, goes on from there.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

import nlu  # noqa: F401  (Rasa without TensorFlow)
from bench.console import COUNTIES, ENDINGS, LEADS, PASSWORD, SECTORS, SYLLABLES, TODAY, measure_pages
from bench.serving import Process, lend_built
from casework.cases.case import Case, Filing, Route
from casework.cases.case_queries import CaseFilter
from casework.cases.keyring import Keyring, shown
from casework.cases.receipts import new_receipt
from casework.cases.store import CaseStore
from casework.desk.account import Role
from casework.desk.accounts import Accounts
from casework.desk.unlocking import pair_behind
from casework.interview.answers import Answer
from casework.interview.state import State
from casework.tip_off.clusters import cluster_of, marks_of, terms_of, wanted_terms
from knowledge.directory import OFFICE
from storage.encryption import load_encryptor
from storage.settings import ActionSettings

REPORTS, TIMES, HANDED_IN, ON_THE_PAGE = 100_000, 40, 200, 40
BATCH, SECONDS, YEAR = 2_000, 900.0, 365 * 86_400
# What a whole report on the page may cost, times the unsealed way.
MOST = 1.3
TOLD = ("有个叫金鼎{n}理财的骗了我{n}万元，现在取不出来，网址 www.p{n}.example", "其余跳过", "确认如实举报并提交")
NAMES = [f"{a}{b}" for a in "金聚康" for b in "鼎鑫养"]
SETTINGS = {"ASSISTANT_TODAY": TODAY, "ASSISTANT_REPORTS_PER_HOUR": "100000"}


def told(n: int) -> tuple[State, Filing, float]:
    """Report number ``n``: what was said, where it goes, and how many seconds ago it came."""
    chance = random.Random(f"report {n}")
    name = "".join(chance.sample(SYLLABLES, 3)) + chance.choice(ENDINGS)
    story = f"{name}的人说保本保息，家里投了{chance.randint(1, 90)}万，现在取不出来，网址 www.p{n % 5000}.example"
    answers = {"happened": story, "target": name, "contact": "yes", "contact_phone": f"+86138{n % 10**8:08d}"}
    state = State({key: Answer(value, value) for key, value in answers.items()})
    lead, county = chance.randrange(len(LEADS)), chance.choice(COUNTIES)
    routes = [Route(LEADS[lead], "lead", "三（二）"), Route(f"{county}政府", "copy", "三（三）2")]
    routes.append(Route(OFFICE, "copy", "三（一）"))
    filing = Filing(routes, county=county, sector=SECTORS[lead], terms=terms_of(marks_of(state)))
    return state, filing, chance.random() * YEAR


@dataclass
class Installation:
    """One of the two; ``keys`` are the office's."""

    name: str
    folder: Path
    store: CaseStore
    keys: Keyring | None

    def hand_in(self, n: int) -> None:
        state, filing, _ = told(REPORTS + n)
        draft = self.store.start("tip_off", f"rest:{n}", state.as_json())
        self.store.submit_tip_off(draft, filing, new_receipt(), f"rest:{n}")

    def page(self) -> list[Case]:
        return self.store.queue(CaseFilter(), 20)

    def search(self, word: str) -> list[Case]:
        return self.store.queue(CaseFilter(terms=tuple(wanted_terms(word))), 20)


def opened(folder: Path, sealed: bool) -> Installation:
    """An installation as it is, with its people; in the sealed one each has signed in once."""
    settings = ActionSettings(data_dir=folder)
    store = CaseStore(folder / "cases.db", load_encryptor(settings))
    accounts = Accounts(folder / "accounts.db", load_encryptor(settings))
    people = {OFFICE: Role.OFFICE}
    if sealed:
        people |= dict.fromkeys((*LEADS, *(f"{county}政府" for county in COUNTIES)), Role.OFFICIAL)
        people |= {"资料保管": Role.CUSTODIAN}
    keys = None
    for number, (unit, role) in enumerate(people.items()):
        login = "office" if unit == OFFICE else f"person{number}"
        person = accounts.by_login(login)
        if person is None:
            person = accounts.add(login, "某某", unit, role)
            accounts.set_password(person, PASSWORD)
        if sealed:
            pair_behind(store, person, PASSWORD)
            if unit == OFFICE:
                keys = store.keys_of(person.id, unit, store.member_pair(person.id, PASSWORD))
    accounts.close()
    return Installation("sealed" if sealed else "unsealed", folder, store, keys)


def fill(one: Installation, count: int, until: float) -> bool:
    """Make the reports that are missing; False when the time was up before."""
    there = one.store.count(CaseFilter(), count)
    began, first = time.time(), there
    while there < count:
        if time.monotonic() > until:
            return False
        batch = range(there, min(there + BATCH, count))
        with one.store.bulk():
            for n in batch:
                state, filing, ago = told(n)
                one.store.import_submitted("tip_off", state.as_json(), filing, began - ago)
        there = batch.stop
        each = (time.time() - began) / (there - first)
        left = f"{each * (count - there):.0f} s left"
        print(f"{one.name}: {there} of {count}, {each * 1000:.2f} ms each, {left}", file=sys.stderr, flush=True)
    return True


def by_turns(both: list[Installation], act: Callable[[Installation, int], object], times: int) -> list[list[float]]:
    """Milliseconds of the act in each installation, after one that is not counted."""
    taken: list[list[float]] = [[] for _ in both]
    for n in range(-1, times):
        for one, found in zip(both, taken, strict=True):
            began = time.perf_counter()
            act(one, n % max(times, 1))
            if n >= 0:
                found.append((time.perf_counter() - began) * 1000)
    return taken


def compared(what: str, taken: list[list[float]]) -> float:
    """Print medians and their ratio."""
    before, after = (statistics.median(each) for each in taken)
    p95 = statistics.quantiles(taken[1], n=20)[-1]
    ratio = after / before
    print(f"{what:24} unsealed {before:8.1f} ms   sealed {after:8.1f} ms (p95 {p95:8.1f})   ratio {ratio:5.2f}")
    return ratio


def at_the_stores(both: list[Installation]) -> None:
    """Compare what the stores do."""
    lists: dict[str, list[Case]] = {}
    with ExitStack() as entered:
        for one in both:
            if one.keys:
                entered.enter_context(shown(one.keys))
        lists = {one.name: one.page() for one in both}
        assert not any(case.locked for cases in lists.values() for case in cases), "what is measured opens"
        compared("queue, first page", by_turns(both, lambda one, n: one.page(), TIMES))
        compared("search by name", by_turns(both, lambda one, n: one.search(NAMES[n % len(NAMES)]), TIMES))
        compared("search by address", by_turns(both, lambda one, n: one.search(f"www.p{n}.example"), TIMES))
        seen = by_turns(both, lambda one, n: cluster_of(one.store, lists[one.name][n % 20]), TIMES)
        compared("cluster of a report", seen)
    compared("handing one in", by_turns(both, lambda one, n: one.hand_in(n), HANDED_IN))


@contextmanager
def serving(both: list[Installation]) -> Iterator[list[Process]]:
    """A server of each."""
    servers = [Process(SETTINGS | {"ASSISTANT_DATA_DIR": str(one.folder.resolve())}) for one in both]
    try:
        for one, server in zip(both, servers, strict=True):
            if not (one.folder / "knowledge").exists():
                lend_built(one.folder)
            server.start()
        yield servers
    finally:
        for server in servers:
            server.kill()


def report_on_the_page(server: Process, n: int) -> None:
    """Tell a report on the page and submit it, in a conversation of its own."""
    with httpx.Client(base_url=server.url, timeout=120, headers={"x-requested-with": "fetch"}) as browser:
        browser.get("/")
        for message in TOLD:
            answer = browser.post("/chat", data={"message": message.format(n=n + 11)})
            assert answer.status_code == 200, answer.text
        assert "回执码" in answer.text


def on_the_pages(both: list[Installation]) -> None:
    """Compare whole reports on the page, then measure the console over the sealed ones."""
    with serving(both) as servers:
        of = dict(zip((one.name for one in both), servers, strict=True))
        taken = by_turns(both, lambda one, n: report_on_the_page(of[one.name], n), ON_THE_PAGE)
        ratio = compared("a report on the page", taken)
        print(f"a report on the page costs {ratio:.2f} times the unsealed way; wanted is at most {MOST}")
        browser = httpx.Client(base_url=of["sealed"].url, timeout=120)
        browser.post("/console/login", data={"login": "office", "password": PASSWORD})
        measure_pages(browser)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.sealed", description=__doc__)
    parser.add_argument("--reports", type=int, default=REPORTS)
    parser.add_argument("--folder", type=Path, help="where both are kept, to go on from")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long reports are made before it stops")
    parser.add_argument("--no-pages", action="store_true", help="the stores only, without servers")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as kept:
        folder, until = options.folder or Path(kept), time.monotonic() + options.seconds
        both = [opened(folder / name, name == "sealed") for name in ("unsealed", "sealed")]
        if not all(fill(one, options.reports, until) for one in both):
            print("the time is up; the same command with --folder goes on from here", file=sys.stderr)
            return 3
        at_the_stores(both)
        for one in both:
            one.store.close()
        if not options.no_pages:
            on_the_pages(both)
    return 0


if __name__ == "__main__":
    sys.exit(main())
