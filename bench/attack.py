"""What the documents promise, tried against a running installation: ``make attack``.

Starts an installation of its own on loopback (PostgreSQL, Redis and nginx with the shipped configuration; with
``--short`` SQLite alone), attacks it, prints a row for each attack, and at the end searches every file, dump and log
of it for what was reported. Exit status 1 when anything did not hold.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import re
import secrets
import shutil
import socket
import sqlite3
import sys
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote

import httpx
import redis

from bench.databases import free_port
from bench.health_watch import watched_health
from bench.installation import PASSWORD, Installation, installed, left_on_disk
from bot.web.under_way import GRACE_SECONDS, MOST_AT_ONCE
from casework.cases.audit_acts import AuditAct
from casework.cases.case import CLOSED
from casework.cases.store import CaseStore
from casework.desk.account import Role
from storage.attempts import FREE_OF_AN_ADDRESS, FREE_TRIES, LONGEST_WAIT
from storage.database import HOUR
from storage.encryption import Encryptor

WAV = (
    b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data"
)
# The longest that /healthz may take beside ten long messages of one sender, and while a store is locked.
HEALTHY_WITHIN = 0.3
# Seconds; and what no count of a minute or an hour reaches, while every moment does.
MINUTE, MOST_COUNTED = 60, 10**6
# Messages that one sender sends at once, and half as many new senders of the same address beside.
FLOOD = 16
INVITED = re.compile(r"登录 [0-9A-Z]{5}-[0-9A-Z]{5}")


class NotHere(RuntimeError):
    """What this attack is about does not run in this installation."""


@dataclass(frozen=True)
class Attack:
    """One thing to try; ``tried`` returns what was seen, and raises AssertionError when it did not hold."""

    number: int
    name: str
    tried: Callable[[Installation], str]


ATTACKS: list[Attack] = []


def attack(number: int, name: str) -> Callable[[Callable[[Installation], str]], Callable[[Installation], str]]:
    def registered(tried: Callable[[Installation], str]) -> Callable[[Installation], str]:
        ATTACKS.append(Attack(number, name, tried))
        return tried

    return registered


def new_name(beginning: str) -> str:
    """A name that nobody else has, in characters that mean no amount, place or trade."""
    end = secrets.token_hex(2).translate(str.maketrans("0123456789abcdef", "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳"))
    return beginning + end


def planted(target: Installation) -> tuple[str, list[str]]:
    """A story to report, and the words in it that must not be found anywhere."""
    mark = secrets.token_hex(4)
    letters = mark.translate(str.maketrans("0123456789", "ghijklmnop"))
    words = [new_name("琥珀年轮"), new_name("王铁柱"), f"{letters}.example", f"139{int(mark, 16) % 10**8:08d}"]
    target.planted += words
    return f"西工区有个叫{words[0]}的骗了我爸{words[1]}八万元，网址www.{words[2]}，他电话{words[3]}", words


@attack(1, "conversation after submission, receipt and withdrawal")
def cut_loose(target: Installation) -> str:
    story, words = planted(target)
    sender = uuid.uuid4().hex
    receipt, number = target.reported(story, WAV + b"x" * 900, "录音.wav", sender)
    assert target.kept_of(f"rest:{sender}") == "[null, []]", "kept after submission"
    target.say(sender, receipt, "补充：他们换了收款账户")
    case, held = target.case_of(receipt), target.kept_of(f"rest:{sender}")
    for word in (*words, number, receipt, case.id, "收款账户"):
        assert word not in held, f"{word} kept after the receipt was shown"
    moments = [case.created, case.updated, case.submitted]
    with target.cases() as store:
        moments += [note.at for note in store.notes(case, internal=True)] + [act.at for act in store.history(case)]
    assert all(at and at.timestamp() % HOUR == 0 for at in moments), moments
    target.say(sender, "撤回举报", "确认撤回举报")
    assert target.kept_of(f"rest:{sender}") == "[null, []]", "kept after withdrawal"
    target.planted += [receipt, receipt.replace(" ", ""), sender]
    return f"nothing kept; {len(moments)} moments, all of them hours"


@attack(2, "Redis: addresses, senders, moments, what it would save")
def redis_tells(target: Installation) -> str:
    if not target.cache:
        raise NotHere
    sender, address = uuid.uuid4().hex, "203.0.113.77"
    body = {"sender": sender, "message": "P2P谁牵头"}
    headers = {"x-forwarded-for": address}
    httpx.post(f"{target.url}/webhooks/rest/webhook", json=body, headers=headers, timeout=60)
    httpx.post(f"{target.url}/tip-off", data={"receipt": "0000 0000 0000 0000"}, headers=headers, timeout=60)
    client = redis.Redis.from_url(target.cache.url)
    held = b"".join(bytes(key) + bytes(client.dump(key) or b"") for key in client.scan_iter("*"))
    assert held and sender.encode() not in held and address.encode() not in held
    ends = [client.expiretime(key) for key in client.scan_iter("reports:*")]
    assert all(end % HOUR == 0 for end in ends), "a report's moment can be told from its key"
    for key in client.scan_iter("*"):
        assert client.expiretime(key) % MINUTE == 0, f"when {key!r} was made can be told from its end"
        assert client.type(key) in (b"string", b"hash"), f"{key!r} lists what was done one by one"
        counted = key.startswith((b"sender:", b"address:", b"reports:"))
        assert not counted or int(client.get(key) or 0) < MOST_COUNTED, f"{key!r} holds a moment"
    return f"{len(held)} bytes, pseudonyms and counts only"


@attack(3, "nginx: logs, hosts, temporary files")
def nginx_tells(target: Installation) -> str:
    if not target.nginx:
        raise NotHere
    story, _ = planted(target)
    for message in (story, "其余跳过", "确认如实举报并提交"):
        told = target.nginx.ask(message)
    assert "receipt" in told.json()[0]["custom"]
    target.nginx.client.get("/calendar/Secret-Token-1.ics")
    target.nginx.client.post("/webhooks/rest/webhook", content=b"x" * 70_000)
    moved = httpx.get(f"http://127.0.0.1:{target.nginx.plain}/plan", headers={"host": "evil.example"})
    assert "evil.example" not in moved.headers["location"]
    for path in target.nginx.folder.glob("*.log"):
        log = path.read_text()
        assert "127.0.0.1" not in log and "Secret-Token" not in log, path.name
    return "no address, no token, our own host"


def slowest(target: Installation, answers: list[tuple[float, int]]) -> str:
    """The slowest answer in milliseconds, to be printed; AssertionError when it was too slow."""
    seconds = max(taken for taken, _ in answers)
    assert not target.timed or seconds <= HEALTHY_WITHIN, f"/healthz took {seconds * 1000:.0f} ms"
    return f"{seconds * 1000:.0f} ms"


@attack(4, "/healthz beside ten long messages of one sender")
def long_messages(target: Installation) -> str:
    first = target.first_health
    assert not target.timed or first <= HEALTHY_WITHIN, f"the first after a start took {first * 1000:.0f} ms"
    with watched_health(target.url) as alone:
        time.sleep(2)
    sender = uuid.uuid4().hex
    long = [f"{n}" + "我在一个平台投了钱现在拿不出来请问应该找谁，" * 40 for n in range(10)]
    with watched_health(target.url) as beside, ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda message: target.say(sender, message[:1000]), long))
    assert beside and {status for _, status in beside} == {200}, "it was away meanwhile"
    return (
        f"first after a start {first * 1000:.0f} ms; slowest of {len(alone)} alone {slowest(target, alone)}, "
        f"of {len(beside)} beside {slowest(target, beside)}"
    )


@attack(4, "seconds of work: one sender's flood, and new senders of one address")
def floods(target: Installation) -> str:
    """More than one may have waiting is sent at once; somebody else is answered in the middle of it."""
    long = "我在一个平台投了钱现在拿不出来请问应该找谁，" * 40
    stubborn, everybody = uuid.uuid4().hex, httpx.Limits(max_connections=2 * FLOOD)
    flooding = {"x-forwarded-for": "198.51.100.44"}
    client = httpx.Client(base_url=target.url, headers=flooding, timeout=600, limits=everybody)

    def sent(number: int) -> int:
        body = {"sender": stubborn if number < FLOOD else uuid.uuid4().hex, "message": f"{number}{long}"[:1000]}
        return client.post("/webhooks/rest/webhook", json=body).status_code

    with client, watched_health(target.url) as beside, ThreadPoolExecutor(2 * FLOOD) as pool:
        flood = [pool.submit(sent, number) for number in range(FLOOD + FLOOD // 2)]
        waits = []
        while not all(each.done() for each in flood):
            started = time.perf_counter()
            assert (
                "洛阳银监分局"
                in target.say(uuid.uuid4().hex, "P2P谁牵头", **{"x-forwarded-for": "198.51.100.45"})["text"]
            )
            waits.append(time.perf_counter() - started)
    refused = [each.result() for each in flood[:FLOOD]].count(429)
    assert refused, "a flood was answered to its end"
    return (
        f"{refused} of {FLOOD} put off, others answered within {max(waits):.1f} s, /healthz {slowest(target, beside)}"
    )


@attack(4, "locked stores hold nobody up, and are said")
def locked_store(target: Installation) -> str:
    if target.postgres:
        raise NotHere
    reporter, asker, receipt = uuid.uuid4().hex, uuid.uuid4().hex, target.reported(planted(target)[0])[0]
    target.say(reporter, "我要举报")
    headers = {"x-sender": reporter, "x-filename": "a.wav"}
    upload = f"{target.url}/webhooks/rest/evidence"
    holder = sqlite3.connect(target.data / "cases.db", isolation_level=None)
    holder.execute("begin immediate")
    try:
        with watched_health(target.url) as beside, ThreadPoolExecutor(8) as pool:
            waiting = pool.submit(target.say, reporter, "有个叫某某宝的骗了我两万元")
            files = [pool.submit(httpx.post, upload, content=WAV * 99, headers=headers, timeout=60) for _ in range(3)]
            page = pool.submit(
                httpx.post, f"{target.url}/tip-off", data={"receipt": receipt, "message": "补充"}, timeout=60
            )
            while not (waiting.done() and page.done() and all(file.done() for file in files)):
                assert "洛阳银监分局" in target.say(asker, "P2P谁牵头")["text"]
                time.sleep(0.5)  # within what one sender may say
        assert "没有记下" in waiting.result()["text"]
        assert page.result().status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert {file.result().status_code for file in files} == {503}, "a file was acknowledged"
        assert httpx.codes.SERVICE_UNAVAILABLE in {status for _, status in beside}, "/healthz said that all was well"
    finally:
        holder.execute("rollback")
        holder.close()
    assert "某某宝" in target.say(reporter, "有个叫某某宝的骗了我两万元", "看看填了什么")["text"]
    return f"others answered meanwhile, the sentence said, /healthz {slowest(target, beside)}, then 503"


def kept_files(target: Installation) -> dict[str, int]:
    """The files of the evidence folder and their sizes in bytes."""
    sizes = {}
    for path in (target.data / "evidence").glob("*"):
        with suppress(FileNotFoundError):  # it is being moved or erased
            sizes[path.name] = path.stat().st_size
    return sizes


def nothing_left(target: Installation, before: Mapping[str, int], seconds: float = 20) -> None:
    """No file is there that was not there before, once whatever was cut off has been cleared away.

    Raises:
        AssertionError: what is left after so long, with its size.
    """
    ends = time.monotonic() + seconds
    while left := {name: size for name, size in kept_files(target).items() if name not in before}:
        assert time.monotonic() < ends, f"something was left: {left}"
        time.sleep(0.2)


@attack(5, "uploads without a receipt, and without end")
def uploads(target: Installation) -> str:
    before = kept_files(target)
    files = {"file": ("a.wav", io.BytesIO(WAV * 99))}
    refused = httpx.post(f"{target.url}/tip-off", data={"receipt": "1"}, files=files, timeout=60)
    assert refused.status_code == httpx.codes.NOT_FOUND

    def endless() -> Iterator[bytes]:
        for _ in range(22):
            yield WAV + b"x" * 2**20

    sender = uuid.uuid4().hex
    target.say(sender, "我要举报", "有人在小区门口发传单拉老人投资，说保本保息")
    headers = {"x-sender": sender, "x-filename": "a.wav"}
    try:
        large = httpx.post(f"{target.url}/webhooks/rest/evidence", content=endless(), headers=headers, timeout=60)
        assert large.is_client_error, large.status_code
    except httpx.TransportError:
        pass  # the door was shut while we still spoke
    nothing_left(target, before)
    return "receipt first, counted as it came, nothing left"


def uploaded(target: Installation, content: bytes, name: str, **headers: str) -> httpx.Response:
    """A file of somebody new."""
    headers |= {"x-sender": uuid.uuid4().hex, "x-filename": name}
    return httpx.post(f"{target.url}/webhooks/rest/evidence", content=content, headers=headers, timeout=120)


@attack(5, "slow uploads keep nobody's files out")
def slow_uploads(target: Installation) -> str:
    """More connections than there are places, from one address, that send a few bytes and then nothing."""
    address = httpx.URL(target.url)
    lines = []
    for _ in range(MOST_AT_ONCE + 4):
        lines.append(socket.create_connection((address.host, address.port or 80)))
        start = f"POST /webhooks/rest/evidence HTTP/1.1\r\nhost: a\r\nx-sender: {uuid.uuid4().hex}\r\n"
        start += "x-forwarded-for: 198.51.100.60\r\nx-filename: a.wav\r\ncontent-length: 1000000\r\n\r\nRIFF"
        lines[-1].sendall(start.encode())
    try:
        started = time.monotonic()
        elsewhere = uploaded(target, WAV * 97, "a.wav", **{"x-forwarded-for": "198.51.100.61"})
        assert elsewhere.status_code == httpx.codes.OK, f"from another address: {elsewhere.status_code}"
        while (same := uploaded(target, WAV * 98, "a.wav", **{"x-forwarded-for": "198.51.100.60"})).is_error:
            assert time.monotonic() - started < 2 * GRACE_SECONDS, f"after {2 * GRACE_SECONDS:.0f} s {same.status_code}"
            time.sleep(1)
        waited = time.monotonic() - started
    finally:
        for line in lines:
            line.close()
    return f"{len(lines)} slow ones: others at once, the same address after {waited:.0f} s"


@attack(5, "files that take for ever to look at")
def tangled_files(target: Installation) -> str:
    head = b"From: a@b.c\r\nTo: d@e.f\r\nSubject: x\r\n"
    files = {
        "400,000 parameters": head + b"Content-Type: text/plain" + b"; a=b" * 400_000 + b"\r\n\r\nx",
        "300,000 pieces": head + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 300_000,
        "pieces 900 deep": head
        + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(900)),
    }
    before = kept_files(target)
    with watched_health(target.url) as beside, ThreadPoolExecutor(len(files)) as pool:
        answers = list(pool.map(lambda content: uploaded(target, content, "a.eml"), files.values()))
    for name, answer in zip(files, answers, strict=True):
        assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY, f"{name}: {answer.status_code}"
    assert {status for _, status in beside} == {200}
    nothing_left(target, before)
    return f"{len(files)} of {len(files)} refused, /healthz {slowest(target, beside)}"


@attack(6, "hostile backups, a lost key, file modes")
def backups(target: Installation) -> str:
    for name in ("../outside.txt", "/tmp/outside.txt", "schedule.py", "evidence/../../outside"):
        made = target.folder / f"made-{uuid.uuid4().hex}"
        made.mkdir()
        sealed = Encryptor([target.key]).encrypt({name: hashlib.sha256(b"").hexdigest()})
        (made / "files.sealed").write_bytes(sealed)
        there = target.folder / "there"
        refused = target.command("restore", str(made), ASSISTANT_DATA_DIR=str(there), ASSISTANT_DATABASE_URL="")
        assert refused.returncode == 1 and "没有恢复" in refused.stderr and not there.exists(), name
        shutil.rmtree(made)
    lost = target.folder / "lost"
    keyless = {"ASSISTANT_DATA_DIR": str(lost), "ASSISTANT_ENCRYPTION_KEY": "", "ASSISTANT_DATABASE_URL": ""}
    lost.mkdir()
    (lost / "cases.db").write_bytes(b"")
    refused = target.command("cases", "check", **keyless)
    assert refused.returncode and not (lost / "secret.key").exists(), refused.stdout + refused.stderr
    open_to_all = [path for path in target.data.glob("*.db*") if path.stat().st_mode & 0o077]
    assert not open_to_all, open_to_all
    return "four lists refused, nothing written, the key not replaced"


@attack(7, "one administrator, one stolen session")
def one_person(target: Installation) -> str:
    _, admin = target.official(Role.ADMINISTRATOR)
    victim, stolen = target.official(Role.OFFICIAL)
    login = uuid.uuid4().hex[:12]
    made = admin.post("/console/accounts", login=login, name="甲", unit="市公安局", role="official")
    taken = admin.post(f"/console/accounts/{victim.id}", act="invite")
    assert not INVITED.search(made.text) and not INVITED.search(taken.text), "one person made a way in"
    with target.accounts() as accounts:
        for request in accounts.requests():
            admin.get("/console/approvals")
            admin.post(f"/console/approvals/{request.id}", act="approve", old=PASSWORD)
        assert len(accounts.requests()) == 2, "they agreed to what they asked"
    for act in ("password", "code", "feed", "totp", "drop totp"):
        assert stolen.post("/console/me", act=act, password="another-password-1").status_code in (303, 422)
    desk = httpx.post(f"{target.url}/console/login", data={"login": victim.login, "password": PASSWORD}, timeout=60)
    assert desk.status_code == httpx.codes.SEE_OTHER, "the stolen session changed the password, or locked its owner out"
    return "a second person is asked for; the session changes nothing"


@attack(8, "swapped contents, cut audit lines")
def tampering(target: Installation) -> str:
    if target.postgres:
        raise NotHere
    for _ in range(2):
        target.reported(planted(target)[0])
    found = 0
    for change in (
        "update cases set content = (select content from cases c where c.id != cases.id limit 1)",
        "update cases set status = 'closed' where status = 'submitted'",
        "delete from audit where id = (select max(id) from audit)",
        "delete from audit where id = 2",
    ):
        copy = target.folder / f"copy-{uuid.uuid4().hex}"
        copy.mkdir()
        with sqlite3.connect(target.data / "cases.db") as source, sqlite3.connect(copy / "cases.db") as made:
            source.backup(made)
            for trigger in ("audit_is_kept", "submitted_is_final"):
                made.execute(f"drop trigger {trigger}")
            made.execute(change)
        source.close()
        made.close()
        with sqlite3.connect(target.data / "cases_keys.db") as source, sqlite3.connect(copy / "cases_keys.db") as made:
            source.backup(made)
        source.close()
        made.close()
        store = CaseStore(copy / "cases.db", Encryptor([target.key]))
        found += bool(store.mistakes())
        store.close()
        shutil.rmtree(copy)
    assert found == 4, f"{found} of 4 were found"
    checked = target.command("cases", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert re.search(r"\d+:[0-9a-f]{64}", checked.stdout), "where the audit ends is not said"
    return "4 of 4 found, what is untouched passes, where the audit ends is said"


def guesses_within(free: int, seconds: float) -> int:
    """How many tries the waits leave: those that are free, and one after each wait that has passed since."""
    waits, passed = 0, 0.0
    while (passed := passed + min(2 ** (waits + 1), LONGEST_WAIT)) <= seconds:
        waits += 1
    return free + waits + 1


@attack(9, "guessing: own receipts, new senders, made-up addresses, names")
def guessing(target: Installation) -> str:
    receipt, _ = target.reported(planted(target)[0])
    guesser, allowed = uuid.uuid4().hex, 0
    here, started = {"x-forwarded-for": "198.51.100.1"}, time.monotonic()
    for n in range(12):
        allowed += "没有找到" in target.say(guesser, f"0000 0000 0000 {n:04d}", **here)["text"]
        target.say(guesser, receipt, **here)
    may = guesses_within(FREE_TRIES, time.monotonic() - started)
    assert allowed <= may, f"{allowed} guesses between one's own receipt"
    fresh, started = 0, time.monotonic()
    for n in range(40):
        made_up = {"x-forwarded-for": f"10.0.0.{n}, 198.51.100.2"}
        said = target.say(uuid.uuid4().hex, f"0000 0000 0001 {n:04d}", **made_up)["text"]
        fresh += "没有找到" in said
    may = guesses_within(FREE_OF_AN_ADDRESS, time.monotonic() - started)
    assert fresh <= may, f"{fresh} guesses by new senders with made-up addresses"
    owner, _ = target.official(Role.OFFICIAL)
    answers: list[list[int]] = []
    for name in (owner.login, uuid.uuid4().hex[:12]):
        from_here = {"x-forwarded-for": f"198.51.100.{len(answers) + 3}"}
        form = {"login": name, "password": "wrong"}
        tries = [httpx.post(f"{target.url}/console/login", data=form, headers=from_here, timeout=60) for _ in range(7)]
        answers.append([answer.status_code for answer in tries])
    assert answers[0] == answers[1], f"a name that exists can be told: {answers}"
    form = {"login": owner.login, "password": PASSWORD}
    entered = httpx.post(f"{target.url}/console/login", data=form, timeout=60)
    assert entered.status_code == httpx.codes.SEE_OTHER, "its owner is locked out"
    return f"{allowed} and {fresh} guesses, names alike, nobody locked out"


@attack(10, "another unit's numbers, authors and names of files")
def units(target: Installation) -> str:
    name = new_name("麦浪")
    document = io.BytesIO()
    with zipfile.ZipFile(document, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document>借款合同</document>")
        archive.writestr("docProps/core.xml", "<a><creator>赵作者</creator></a>")
    _, desk = target.official(Role.OFFICIAL, "西工区政府")  # its unit's key is there before what it receives
    story = "{}有个叫{}的农民合作社高息揽储，300多人"
    _, here = target.reported(story.format("西工区", name), document.getvalue(), "赵作者的合同.docx")
    _, there = target.reported(story.format("涧西区", name))
    page = desk.get(f"/console/cases/{here}").text
    assert here in page and there not in page, "another unit's number is shown"
    assert "赵作者" not in page, "the name of a file is shown"
    for at in re.findall(rf"/console/cases/{here}/files/[0-9a-f]+", page)[:1]:
        taken = desk.get(f"{at}?download=1")
        with zipfile.ZipFile(io.BytesIO(taken.content)) as archive:
            assert "赵作者".encode() not in b"".join(archive.read(entry) for entry in archive.namelist())
    return "own numbers only; files numbered and without authors"


MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@attack(10, "markup in every field that an official is shown")
def stored_markup(target: Installation) -> str:
    """Platform, story, names of files and of places, messages and remarks: what a browser would run is not there."""
    name, sender = new_name("麦浪"), uuid.uuid4().hex
    target.say(sender, f"西工区有个叫{name}的平台骗了我3万元。{MARKUP}")
    place = {"type": "location", "latitude": 34.6, "longitude": 112.4, "title": f'"{MARKUP}', "address": MARKUP}
    card = {"type": "contact", "name": MARKUP, "phones": [MARKUP], "account": MARKUP}
    for item in (place, card, {"type": "link", "url": f"javascript:alert(1)//{MARKUP}", "title": MARKUP}):
        body = {"sender": sender, "message": MARKUP, "metadata": {"evidence": [item]}}
        httpx.post(f"{target.url}/webhooks/rest/webhook", json=body, timeout=60)
    headers = {"x-sender": sender, "x-filename": quote(f'{MARKUP}".wav'), "x-caption": quote(MARKUP)}
    httpx.post(f"{target.url}/webhooks/rest/evidence", content=WAV * 99, headers=headers, timeout=60)
    last = target.say(sender, "继续", "其余跳过", "确认如实举报并提交")
    custom = last.get("custom") or {}
    assert "receipt" in custom, last
    receipt, number = str(custom["receipt"]), str(custom["number"])
    _, office = target.official(Role.OFFICE)
    office.get(f"/console/cases/{number}")
    for act in ("remark", "reply", "ask"):
        office.post(f"/console/cases/{number}", act=act, text=MARKUP)
    httpx.post(f"{target.url}/tip-off", data={"receipt": receipt, "message": MARKUP}, timeout=60)
    office.post("/console/exports", purpose="report", reason=MARKUP, filter_q=MARKUP)
    pages = [f"/console/cases/{number}", "/console/cases", f"/console/cases?q={quote(MARKUP)}", "/console/today"]
    pages += ["/console/audit", "/console/exports", "/console/releases"]
    shown = [office.get(path) for path in pages]
    shown.append(httpx.post(f"{target.url}/tip-off", data={"receipt": receipt}, timeout=60))
    assert all(page.status_code == httpx.codes.OK for page in shown), [page.status_code for page in shown]
    for page in shown:
        assert not (found := runs_in(page.text)), f"{page.url.path}: {found}"
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store", page.url.path
    assert any("alert(1)" in page.text for page in shown), "nothing of it was shown at all"
    return f"{len(shown)} pages, nothing that runs"


def runs_in(page: str) -> str:
    """What of a page a browser would run; words within quotation marks are a value, whatever they say."""
    without_values = re.sub(r'="[^"<>]*"', "=V", page)
    match = RUNS.search(without_values) or LINK_THAT_RUNS.search(page)
    return match[0] if match else ""


# A script of a stranger, or an event.
RUNS = re.compile(r"<script>|<img[^>]*onerror|<[a-z]+[^>]*\son\w+=", re.IGNORECASE)
LINK_THAT_RUNS = re.compile(r"href=[\"']?javascript:", re.IGNORECASE)


@attack(11, "REST without a sender, and with one that can be guessed")
def senders(target: Installation) -> str:
    without = httpx.post(f"{target.url}/webhooks/rest/webhook", json={"message": "我要举报"}, timeout=60)
    assert without.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert "不能举报" in target.say("u1", "我要举报")["text"]
    assert "洛阳银监分局" in target.say("u1", "P2P谁牵头")["text"]
    return "refused; asked, not reported"


@attack(12, "a file alone for a closed case")
def closed_case(target: Installation) -> str:
    receipt, _ = target.reported(planted(target)[0])
    case = target.case_of(receipt)
    with target.cases() as store:
        store.set_status(case, CLOSED, "somebody", "handled")
    files = {"file": ("a.wav", io.BytesIO(WAV * 99))}
    page = httpx.post(f"{target.url}/tip-off", data={"receipt": receipt}, files=files, timeout=60)
    assert "已经办结" in page.text
    return "said that it was not taken"


@attack(13, "a report that nobody closes")
def never_closed(target: Installation) -> str:
    receipt, _ = target.reported(planted(target)[0])
    case = target.case_of(receipt)
    with target.cases() as store:
        store._db.execute("update cases set updated = 1, submitted = 1 where id = ?", [case.id])
        gone = store.delete_idle_older_than(730)
        assert gone == 1 and store.by_receipt(receipt) is None
    return "deleted so long after the last act"


WRONG_SETTINGS = {
    "ASSISTANT_HOST": "nowhere.invalid",
    "ASSISTANT_PUBLIC_URL": "zhengzhi",
    "ASSISTANT_PORTT": "1",
    "ASSISTANT_REDIS_URL": "http://x",
    "ASSISTANT_DATABASE_URL": "mysql://x",
    "ASSISTANT_CITY_DIR": "/nowhere",
    "ASSISTANT_AUDIT_ANCHOR": "/nowhere/at/all",
    "ASSISTANT_PORT": "x",
}


@attack(8, "two at once: submissions, withdrawals, agreements")
def at_once(target: Installation) -> str:
    """Of two who do the same at the same moment one has done it, once; the audit and the cases agree afterwards."""
    sender = uuid.uuid4().hex
    target.say(sender, planted(target)[0], "其余跳过")
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda _: target.say(sender, "确认如实举报并提交"), range(4)))
    receipts = {str(receipt) for each in said if (receipt := (each.get("custom") or {}).get("receipt"))}
    assert len(receipts) == 1, f"{len(receipts)} receipts for one report"
    receipt = receipts.pop()
    case = target.case_of(receipt)
    others = [uuid.uuid4().hex for _ in range(4)]
    for other in others:
        target.say(other, receipt, "撤回举报")
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda other: target.say(other, "确认撤回举报"), others))
    assert any("已全部删除" in each["text"] for each in said), [each["text"][:40] for each in said]
    asker, desk = target.official(Role.OFFICE)
    desk.post("/console/exports", purpose="report", reason="向领导小组月度会议报告")
    with target.cases() as store:
        release = next(each for each in store.releases() if each.request.asked_by == asker.id)
        custodians = [target.official(Role.CUSTODIAN)[1] for _ in range(2)]
        form = {"act": "approve", "old": PASSWORD}
        with ThreadPoolExecutor(2) as pool:
            agreed = list(pool.map(lambda each: each.post(f"/console/releases/{release.id}", **form), custodians))
        assert sorted(answer.status_code for answer in agreed) == [303, 422], [each.status_code for each in agreed]
        assert [act.act for act in store.history(case)].count(AuditAct.WITHDRAW) == 1
        assert not store.mistakes(), store.mistakes()
    return "one report, one withdrawal, one agreement"


@attack(14, "settings that are wrong")
def settings(target: Installation) -> str:
    for name, value in WRONG_SETTINGS.items():
        done = target.command("serve", **({"ASSISTANT_PORT": str(free_port())} | {name: value}))
        assert done.returncode and "Traceback" not in done.stderr, name
        lines = done.stderr.strip().splitlines()
        assert len(lines) == 1 and name in lines[0] and re.search(r"[一-鿿]", lines[0]), (name, lines)
    return f"{len(WRONG_SETTINGS)} of {len(WRONG_SETTINGS)}: one sentence each"


def searched(target: Installation) -> str:
    """The planted reports, looked for in everything that the installation has written anywhere."""
    if target.cache:
        redis.Redis.from_url(target.cache.url).save()
    found = left_on_disk(target)
    assert not found, f"{len(found)}: {found[:5]}"
    return f"{len(target.planted)} words in no file, dump or log"


Row = tuple[Attack, str, str]


def run(target: Installation) -> Iterator[Row]:
    """Try everything; rows of attack, ``held``, ``BROKEN`` or ``not here``, and what was seen."""
    for each in [*ATTACKS, Attack(0, "planted reports in every file, dump and log", searched)]:
        try:
            yield each, "held", each.tried(target)
        except NotHere:
            yield each, "not here", ""
        except Exception as error:  # whatever went wrong, the others are tried
            yield each, "BROKEN", f"{type(error).__name__}: {error}"[:300]


def printed(row: Row) -> str:
    each, state, seen = row
    return f"{each.number or '':>2}  {state:<9}{each.name:<62}{seen}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.attack", description=__doc__)
    parser.add_argument("--short", action="store_true", help="SQLite alone: no PostgreSQL, Redis or nginx")
    options = parser.parse_args()
    broken = 0
    for whole in (False,) if options.short else (False, True):
        print(f"on {'PostgreSQL and Redis behind nginx' if whole else 'SQLite'}", flush=True)
        with installed(whole) as target:
            for row in run(target):
                print(printed(row), flush=True)
                broken += row[1] == "BROKEN"
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
