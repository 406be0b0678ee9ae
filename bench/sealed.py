"""What sealing to units costs: ``python -m bench.sealed [REPORTS]``.

Two installations of the same reports, one whose units have keys and one where none has (sealed under the server's key
only): queue, search by name and by address, the cluster of a report, and handing one in, each in milliseconds and as a
ratio of the two. Measured at the stores, in one process, where the page around it cannot hide the difference.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import nlu  # noqa: F401  (Rasa without TensorFlow)
from bench.console import COUNTIES, ENDINGS, LEADS, PASSWORD, SECTORS, SYLLABLES
from casework.cases.keyring import shown
from casework.cases.receipts import new_receipt
from casework.cases.store import CaseStore, Filing, Route, Wanted
from casework.desk.accounts import Accounts, Role
from casework.desk.unlocking import keys_in_session, pair_behind
from casework.interview.answers import Answer
from casework.interview.state import State
from casework.tip_off.clusters import cluster_of, marks_of, terms_of, wanted_terms
from knowledge.directory import OFFICE
from storage.encryption import load_sealer
from storage.settings import ActionSettings

REPORTS, TIMES, HANDED_IN = 100_000, 40, 200
WHAT = ("queue, first page", "search by name", "search by address", "cluster of a report", "handing one in")


def told(n: int, chance: random.Random) -> tuple[State, Filing]:
    """A report, and where it goes."""
    name = "".join(chance.sample(SYLLABLES, 3)) + chance.choice(ENDINGS)
    story = f"{name}的人说保本保息，家里投了{chance.randint(1, 90)}万，现在取不出来，网址 www.p{n % 5000}.example"
    answers = {"happened": story, "target": name, "contact": "yes", "contact_phone": f"+86138{n % 10**8:08d}"}
    state = State({key: Answer(value, value) for key, value in answers.items()})
    lead, county = chance.randrange(len(LEADS)), chance.choice(COUNTIES)
    routes = [Route(LEADS[lead], "lead", "三（二）"), Route(f"{county}政府", "copy", "三（三）2")]
    routes.append(Route(OFFICE, "copy", "三（一）"))
    terms = terms_of(marks_of(state))
    return state, Filing(routes, county=county, sector=SECTORS[lead], terms=terms)


def measured(act: Callable[[int], object], times: int = TIMES) -> float:
    """The median of so many, after one that is not counted, in milliseconds."""
    act(0)
    taken = []
    for n in range(times):
        began = time.perf_counter()
        act(n)
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def installation(folder: Path, count: int, sealed: bool) -> list[float]:
    """Make the reports, then measure; in the order of WHAT."""
    settings, chance = ActionSettings(data_dir=folder), random.Random(58)
    store = CaseStore(folder / "cases.db", load_sealer(settings))
    accounts = Accounts(folder / "accounts.db", load_sealer(settings))
    person = accounts.add("office", "某某", OFFICE, Role.OFFICE)
    accounts.set_password(person, PASSWORD)
    token = ""
    if sealed:
        _, token = accounts.sign_in(person.login, PASSWORD)
        accounts.carry(token, pair_behind(store, person, PASSWORD))
    began = time.time()
    with store.bulk():
        for n in range(count):
            state, filing = told(n, chance)
            store.import_submitted("tip_off", state.as_json(), filing, began - chance.random() * 365 * 86_400)
    print(f"{count} {'sealed' if sealed else 'unsealed'} reports made in {time.time() - began:.0f} s", flush=True)

    def handed_in(n: int) -> None:
        state, filing = told(n, chance)
        draft = store.start("tip_off", f"rest:{n}", state.as_json())
        store.submit_tip_off(draft, filing, new_receipt(), f"rest:{n}")

    names = [f"{a}{b}" for a in "金聚康" for b in "鼎鑫养"]
    keys = keys_in_session(store, accounts, person, token) if sealed else None
    with shown(keys) if keys else nullcontext():
        page = store.queue(Wanted(), 20)
        found = [
            measured(lambda n: store.queue(Wanted(), 20)),
            measured(lambda n: store.queue(Wanted(terms=tuple(wanted_terms(names[n % len(names)]))), 20)),
            measured(lambda n: store.queue(Wanted(terms=tuple(wanted_terms(f"www.p{n}.example"))), 20)),
            measured(lambda n: cluster_of(store, page[n % len(page)])),
            measured(handed_in, HANDED_IN),
        ]
        assert not sealed or not any(case.locked for case in page), "what is measured opens"
    store.close()
    accounts.close()
    return found


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else REPORTS
    with tempfile.TemporaryDirectory() as kept:
        unsealed, sealed = (installation(Path(kept) / name, count, name == "sealed") for name in ("unsealed", "sealed"))
    for what, before, after in zip(WHAT, unsealed, sealed, strict=True):
        print(f"{what:24} unsealed {before:8.1f} ms   sealed {after:8.1f} ms   ratio {after / before:5.2f}")


if __name__ == "__main__":
    main()
