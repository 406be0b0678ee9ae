"""The console's queue, search, filters and case page over many cases: ``python -m bench.console [CASES]``.

Cases are made through the store itself (sealed to their units, routed, with terms), as many unsubmitted calls would
make them, in one transaction, so that making them takes minutes and not hours. Times are of whole requests to the real
server.
"""

from __future__ import annotations

import random
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx

import nlu  # noqa: F401  (Rasa without TensorFlow)
from bench.serving import serve_ours
from casework.cases.case import Filing, Route
from casework.cases.store import CaseStore
from casework.desk.account import Role
from casework.desk.accounts import Accounts
from casework.desk.unlocking import pair_behind
from casework.interview.answers import Answer
from casework.interview.state import State
from casework.tip_off.clusters import marks_of, terms_of
from knowledge.directory import OFFICE
from storage.encryption import load_encryptor
from storage.settings import ActionSettings

CASES, TIMES, TODAY = 100_000, 40, "2016-10-13"
NUMBER = re.compile(r"/console/cases/(JB-\w{4}-\w{4})")
PASSWORD = "correct-horse-battery"
SYLLABLES = "金鼎银河通宝聚鑫汇丰华瑞德信天元康养阳光美地富海龙祥盛世嘉诚"
ENDINGS = ("财富", "金融", "贷", "理财", "投资", "众筹")
COUNTIES = ("涧西区", "西工区", "老城区", "洛龙区", "偃师区", "孟津区", "新安县", "宜阳县", "伊川县", "嵩县")
LEADS = ("洛阳银监分局", "市工商局", "市政府金融办", "人民银行洛阳市中心支行")
PEOPLE = ((Role.OFFICE, OFFICE), (Role.OFFICIAL, "市工商局"))
SECTORS = ("p2p", "advertising", "equity_crowdfunding", "payment")


def fill(folder: Path, count: int) -> None:
    """Make so many tip-offs, over a year, and before them the people whose units they are sealed to."""
    settings = ActionSettings(data_dir=folder)
    store, chance = CaseStore(folder / "cases.db", load_encryptor(settings)), random.Random(58)
    accounts = Accounts(folder / "accounts.db", load_encryptor(settings))
    for role, unit in PEOPLE:
        person = accounts.add(role.value, "某某", unit, role)
        accounts.set_password(person, PASSWORD)
        pair_behind(store, person, PASSWORD)
    accounts.close()
    began = time.time()
    with store.bulk():
        for n in range(count):
            name = "".join(chance.sample(SYLLABLES, 3)) + chance.choice(ENDINGS)
            text = (
                f"{name}的人说保本保息，家里投了{chance.randint(1, 90)}万，现在取不出来，网址 www.p{n % 5000}.example"
            )
            state = State({"happened": Answer(text, text), "target": Answer(name, name)})
            lead = chance.randrange(len(LEADS))
            county = chance.choice(COUNTIES)
            routes = [Route(LEADS[lead], "lead", "三（二）"), Route(f"{county}政府", "copy", "三（三）2")]
            routes.append(Route(OFFICE, "copy", "三（一）"))
            filing = Filing(
                routes,
                county=county,
                sector=SECTORS[lead],
                severity=chance.choice((0, 0, 0, 1, 2)),
                terms=terms_of(marks_of(state)),
            )
            store.import_submitted("tip_off", state.as_json(), filing, began - chance.random() * 365 * 86_400)
    store.close()
    print(f"{count} cases made in {time.time() - began:.0f} s, {(folder / 'cases.db').stat().st_size / 2**20:.0f} MB")


def measure(browser: httpx.Client, name: str, addresses: list[str]) -> None:
    began = time.perf_counter()
    browser.get(addresses[0])
    first = (time.perf_counter() - began) * 1000
    times = []
    for n in range(TIMES):
        began = time.perf_counter()
        answer = browser.get(addresses[n % len(addresses)])
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, answer.text
    middle, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    print(f"{name:32} first {first:6.0f}   p50 {middle:6.0f}   p95 {p95:6.0f}   most {max(times):6.0f} ms")


def measure_pages(browser: httpx.Client) -> None:
    """What an official opens, each TIMES."""
    measure(browser, "queue, first page", ["/console/cases"])
    measure(browser, "queue, page 200", ["/console/cases?page=200"])
    measure(browser, "search by name", [f"/console/cases?q={a}{b}" for a in "金聚康" for b in "鼎鑫养"])
    measure(browser, "search by address", [f"/console/cases?q=www.p{n}.example" for n in range(20)])
    measure(
        browser,
        "filter: county, status, severity",
        [f"/console/cases?county={county}&status=submitted&severity=2" for county in COUNTIES],
    )
    numbers = list(dict.fromkeys(NUMBER.findall(browser.get("/console/cases").text)))
    measure(browser, "case page with its cluster", [f"/console/cases/{number}" for number in numbers])
    measure(browser, "counts behind the charts", ["/console/charts"])


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        fill(folder, count)
        with serve_ours(ASSISTANT_DATA_DIR=str(folder), ASSISTANT_TODAY=TODAY) as (url, _):
            for role, unit in PEOPLE:
                browser = httpx.Client(base_url=url, timeout=120)
                browser.post("/console/login", data={"login": role.value, "password": PASSWORD})
                print(f"{unit}:")
                measure_pages(browser)


if __name__ == "__main__":
    main()
