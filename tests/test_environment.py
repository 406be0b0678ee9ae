"""The pinned set works together: Rasa without TensorFlow, ordinary Rasa deployment, the docs complete."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from importlib.metadata import packages_distributions, version
from pathlib import Path

import httpx
import pytest

from actions.wording import readings
from bench.databases import free_port
from bot.settings import Settings
from tests.conftest import DATA, ROOT, Server, command

ROOMS = ("actions", "bot", "casework", "knowledge", "nlu", "storage")
PINNED = re.compile(r"^([\w.-]+)==(\S+)", re.M)
TORCH_LOCKS = ("requirements.lock", "requirements-torch.lock")


def run(*words: str, timeout: int = 120) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONWARNINGS": "ignore"}
    return subprocess.run(
        words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout, check=False
    )


def test_what_is_installed_is_what_is_locked() -> None:
    locked = dict(
        line.lower().replace("_", "-").removesuffix(" \\").split("==")
        for line in (ROOT / "requirements.lock").read_text().splitlines()
        if "==" in line
    )
    wrong = {name: pinned for name, pinned in locked.items() if version(name).partition("+")[0] != pinned}
    assert not wrong


def test_what_is_imported_is_required_and_what_is_required_is_locked() -> None:
    """``make lock`` makes the lock of requirements.in; nobody changed one without the other."""

    def pins(name: str) -> dict[str, str]:
        return {re.sub(r"[-_.]+", "-", key).lower(): pin for key, pin in PINNED.findall((ROOT / name).read_text())}

    required, locked = pins("requirements.in"), pins("requirements.lock")
    assert {**required, **pins("requirements-overrides.txt")}.items() <= locked.items()
    provided, missing = packages_distributions(), set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for module in re.findall(r"^\s*(?:from|import) (\w+)", path.read_text(encoding="utf-8"), re.M):
                named = {re.sub(r"[-_.]+", "-", each).lower() for each in provided.get(module, ())}
                if module not in (*ROOMS, *sys.stdlib_module_names) and not named & required.keys():
                    missing.add(module)
    assert not missing


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-torch.lock"])
def test_every_package_is_locked_by_hash(lock: str) -> None:
    """pip then takes no file that is not one of those that were looked at, whoever serves it."""
    packages = re.split(r"\n(?=[^\s#])", (ROOT / lock).read_text())[1:]
    assert packages
    assert not [package for package in packages if not re.search(r"--hash=sha256:[0-9a-f]{64}", package)]


def test_either_build_of_torch_is_of_the_same_version() -> None:
    pinned = [re.findall(r"^torch==\S+", (ROOT / name).read_text(), re.M) for name in TORCH_LOCKS]
    assert pinned[0] == pinned[1] and len(pinned[0]) == 1


PACKAGES = ("telegram", "wechaty", "sentence_transformers", "faiss", "sqlite_utils", "rasa")
# All of them in one process, as a server has them.
IMPORTS = f"""
import importlib, json, sys, traceback, nlu
from wechaty_puppet.schemas.puppet import PuppetOptions
PuppetOptions.__hash__ = object.__hash__
found = {{}}
for name in {PACKAGES}:
    try:
        importlib.import_module(name)
        found[name] = ""
    except Exception:
        found[name] = traceback.format_exc()
from rasa.nlu.classifiers.diet_classifier import DIETClassifier
import tensorflow as tf
try:
    tf.constant.__call__
    tf.Variable(1).numpy()
except RuntimeError as error:
    found["tensorflow"] = str(error)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def imports() -> dict[str, str]:
    """What an import of each package said, and TensorFlow when it was wanted."""
    finished = command({}, IMPORTS, program="tests")
    assert finished.returncode == 0, finished.stderr
    found: dict[str, str] = json.loads(finished.stdout.splitlines()[-1])
    return found


def test_rasa_imports_without_tensorflow_and_says_what_is_missing(imports: dict[str, str]) -> None:
    assert "needs tensorflow" in imports["tensorflow"]


@pytest.mark.parametrize("package", PACKAGES)
def test_the_packages_asked_for_import(package: str, imports: dict[str, str]) -> None:
    assert not imports[package]


def test_the_ordinary_rasa_way_of_deploying_gives_the_same_answer(server: Server, tmp_path: Path) -> None:
    """`rasa run` with our model and `rasa_sdk --actions actions` as its action server."""
    model = max((DATA / "models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    actions_port, rasa_port = free_port(), free_port()
    endpoints = tmp_path / "endpoints.yml"
    endpoints.write_text(f"action_endpoint:\n  url: http://127.0.0.1:{actions_port}/webhook\n")
    credentials = tmp_path / "credentials.yml"
    credentials.write_text("rest:\n")
    environment = os.environ | {"PYTHONWARNINGS": "ignore", "SANIC_HOST": "127.0.0.1"}
    commands = [
        [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(actions_port)],
        [sys.executable, "-m", "nlu", "rasa", "run", "--model", str(model), "--port", str(rasa_port),
         "--endpoints", str(endpoints), "--credentials", str(credentials), "-i", "127.0.0.1"],
    ]  # fmt: skip
    with (tmp_path / "log").open("wb") as log:
        processes = [subprocess.Popen(c, cwd=ROOT, env=environment, stdout=log, stderr=log) for c in commands]
    url = f"http://127.0.0.1:{rasa_port}/webhooks/rest/webhook"
    try:
        replies = ask_when_up(url, (tmp_path / "log"))
        turns = {
            said: httpx.post(url, json={"sender": "y", "message": said}, timeout=60).json()
            for said in ("月光宝盒在哪家商场卖得便宜", "P2P谁牵头", "有用", "不是这个")
        }
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert any("洛阳银监分局" in reply.get("text", "") for reply in replies)
    assert any(reply.get("custom", {}).get("job") == "duty" for reply in replies)
    # What the assistant learns from a turn is no client's business, whoever serves the actions.
    for said, answers in turns.items():
        assert answers, said
        for reply in answers:
            assert not {"turn_events", "unanswered", "helpful", "clarified"} & {*reply, *reply.get("custom", {})}, said


def ask_when_up(url: str, log: Path) -> list[dict[str, dict[str, str]]]:
    for _ in range(180):
        try:
            answer = httpx.post(url, json={"sender": "x", "message": "P2P谁牵头"}, timeout=30)
            if answer.status_code == 200 and answer.json():
                return answer.json()  # type: ignore[no-any-return]
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise AssertionError(log.read_text()[-2000:])


def test_the_terminal_chat(server: Server) -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "bot", "chat"],
        input="P2P谁牵头\n1\n/q\n", cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "由洛阳银监分局牵头" in finished.stdout
    assert "【三（二）3】3. P2P网络借贷风险专项整治工作小组。" in finished.stdout
    assert finished.returncode == 0, finished.stderr


def test_a_port_in_use_and_a_bad_setting_are_said_plainly(server: Server) -> None:
    taken = command({}, "serve", "--port", str(server.port))
    assert taken.returncode == 1
    assert "已被占用" in taken.stderr
    bad = command({"ASSISTANT_PORT": "abc"}, "serve")
    assert bad.returncode == 2
    assert "ASSISTANT_PORT" in bad.stderr
    wrong = command({"ASSISTANT_ENCRYPTION_KEY": "short"}, "chat")
    assert wrong.returncode == 2
    assert wrong.stderr.endswith("ASSISTANT_ENCRYPTION_KEY 不是有效的 Fernet 密钥，请重新生成。\n")
    assert "Traceback" not in bad.stderr


def test_every_setting_and_command_is_described() -> None:
    readme, settings = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/settings.md"))
    for name in Settings.model_fields:
        assert f"`ASSISTANT_{name.upper()}`" in settings
    for target in re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M):
        assert f"make {target}" in readme


def test_what_is_shortened_runs_whole_with_the_long_tests() -> None:
    for path in (ROOT / "tests").glob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        shortened, marked = (
            re.search(line, text, re.M) for line in (r"^from tests\.lengths import", r"^(?:@|pytestmark = )long$")
        )
        assert bool(shortened) == bool(marked), path.name


def test_every_room_has_a_readme() -> None:
    for room in ("bot", "nlu", "knowledge", "storage", "casework", "actions", "tests", "bench", "domain"):
        assert (ROOT / room / "README.md").is_file(), room


@pytest.mark.parametrize("page", ["docs/architecture.md", "docs/glossary.md", "CONTRIBUTING.md"])
def test_the_newcomers_pages_name_what_exists(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for named, defined in re.findall(r"`([\w./]+/[\w.]*)`(?: `([\w.]+)`)?", text):
        assert (ROOT / named).exists(), named
        for name in defined.split(".") if named.endswith(".py") else ():
            assert re.search(rf"(?:def|class) {name}\b", (ROOT / named).read_text(encoding="utf-8")), f"{named} {name}"


def test_what_is_asked_back_is_the_same_for_understanding_and_answering() -> None:
    from nlu.components import PROCEDURES
    from nlu.reports import ANSWERS

    assert set(readings()) == {*PROCEDURES, *ANSWERS}


def test_the_servers_and_channels_of_rasa_are_shut_off() -> None:
    """Not one module of them is loaded beside the assistant, and what stands in their place cannot be used."""
    code = (
        "import bot.assembly, sys; from bot.shut_off import SHUT_OFF; import sanic, pytest\n"
        "loaded = [(n.partition('.')[0], m) for n, m in sys.modules.items()]\n"
        "real = {root for root, m in loaded if root in SHUT_OFF and getattr(m, '__file__', None)}\n"
        "assert not real, real\n"
        "with pytest.raises(RuntimeError, match='shut off'): sanic.Sanic('x').run()\n"
    )
    done = command({}, code, program="tests")
    assert done.returncode == 0, done.stderr[-2000:]


def test_guessing_is_dear_wherever_no_test_made_it_cheap() -> None:
    """OWASP's least for Argon2id, in a process of its own: this one and its forks hash cheaply."""
    code = (
        "import argon2; from casework.cases import receipts as r, unit_keys as u\n"
        "from casework.desk import sessions\n"
        "assert sessions.PasswordHasher is argon2.PasswordHasher\n"
        "p = argon2.PasswordHasher(); print(p.memory_cost, p.time_cost)\n"
        "print(r.MEMORY_KIB, r.PASSES, u.MEMORY // 1024, u.PASSES)"
    )
    finished = run(sys.executable, "-W", "ignore", "-c", code)
    assert finished.returncode == 0, finished.stderr
    memory = [int(number) for number in finished.stdout.split()]
    assert all(kib >= 19 * 1024 and passes >= 2 for kib, passes in zip(memory[::2], memory[1::2], strict=True))


def test_what_is_acknowledged_is_on_the_disk_wherever_no_test_let_it_wait(tmp_path: Path) -> None:
    """In a process of its own: this one and its forks leave it to the system when to write (``quick_disks.py``)."""
    code = (
        "import os, pathlib, sys; from storage.database import SqliteDatabase; import storage.postgres as p\n"
        "db = SqliteDatabase(pathlib.Path(sys.argv[1]))\n"
        "print(db.execute('pragma synchronous').fetchone()[0], os.fsync is sys.modules['posix'].fsync)\n"
        "print(p.PostgresDatabase.__init__.__defaults__[0], p.PostgresDatabase.__init__.__module__)"
    )
    finished = run(sys.executable, "-W", "ignore", "-c", code, str(tmp_path / "cases.db"))
    assert finished.returncode == 0, finished.stderr
    full = 2
    assert finished.stdout.split() == [str(full), "True", "True", "storage.postgres"]
