"""The deployment files, as far as one machine can try them: nginx itself, systemd's and logrotate's own checks."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
import yaml
from cryptography.fernet import Fernet

from bench.databases import free_port
from bench.front import NAME, Nginx, found_program
from bot.settings import Settings
from tests.conftest import ROOT, QuickServer, Server, server_of_its_own
from tests.postgres import new_database

DEPLOY = ROOT / "deploy"


def program(name: str) -> str:
    """A program of Debian's; where it is not there the scene is skipped, in CI it fails."""
    found = found_program(name)
    if not found:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is missing in CI, where nothing may be skipped")
        pytest.skip(f"没有 {name}，相关测试跳过")
    return found


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Nginx, list[QuickServer]]]:
    program("nginx")
    shared = {"encryption_key": Fernet.generate_key().decode(), "trust_proxy": "true", "reports_per_hour": "1000"}
    with ExitStack() as opened:
        url = opened.enter_context(new_database())
        servers = [
            opened.enter_context(
                server_of_its_own(tmp_path_factory.mktemp(name), QuickServer, database_url=url, **shared)
            )
            for name in "ab"
        ]
        folder = tmp_path_factory.mktemp("nginx")
        folder.chmod(0o755)
        nginx = Nginx(folder, [server.port for server in servers])
        nginx.start()
        opened.callback(nginx.stop)
        yield nginx, servers


Behind = tuple[Nginx, list[QuickServer]]


def test_a_question_through_tls(behind: Behind) -> None:
    nginx, _ = behind
    answer = nginx.ask("P2P谁牵头")
    assert "洛阳银监分局" in answer.json()[0]["text"]
    assert "max-age" in answer.headers["strict-transport-security"]
    assert answer.headers["content-security-policy"]
    moved = httpx.get(f"http://127.0.0.1:{nginx.plain}/plan", headers={"host": NAME}, follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (308, f"https://{NAME}/plan")
    moved = httpx.get(f"http://127.0.0.1:{nginx.plain}/plan", headers={"host": "evil.example"}, follow_redirects=False)
    assert moved.headers["location"] == f"https://{NAME}/plan"


def test_the_page_keeps_its_conversation_whichever_process_answers(behind: Behind) -> None:
    nginx, _ = behind
    with nginx.client as page:
        page.get("/")
        for question in ("P2P谁牵头", "那众筹呢", "第三方支付谁牵头", "股权众筹谁牵头"):
            said = page.post("/chat", data={"message": question}, headers={"x-requested-with": "fetch"})
            assert said.status_code == 200, said.text
        shown = page.get("/").text
    assert all(question in shown for question in ("P2P谁牵头", "那众筹呢"))


def test_too_much_is_refused_in_chinese_and_a_file_of_twenty_megabytes_is_not(behind: Behind) -> None:
    nginx, _ = behind
    refused = nginx.client.post("/webhooks/rest/webhook", content=b"x" * 70_000)
    assert refused.status_code == 413
    assert "太大" in refused.json()["error"]
    nginx.ask("有个叫金鼎理财的骗了我3万元")
    pdf = b"%PDF-1.4\n" + b"x" * (19 * 2**20) + b"\n%%EOF"
    headers = {"x-sender": "a" * 32, "x-filename": "a.pdf"}
    taken = nginx.client.post("/webhooks/rest/evidence", content=pdf, headers=headers)
    assert taken.status_code in (200, 422), "it reached the assistant, which looks at its content"
    larger = nginx.client.post("/webhooks/rest/evidence", content=b"x" * (22 * 2**20), headers=headers)
    assert larger.status_code == 413
    assert "压缩" in larger.json()["error"]


def test_what_a_client_says_of_its_address_is_not_believed(behind: Behind) -> None:
    """Otherwise one address could report, and guess, without limit."""
    nginx, _ = behind
    with socket.socket() as fake:
        fake.bind(("127.0.0.1", 0))
        fake.listen()
        upstream = nginx.folder / "upstream.conf"
        before = upstream.read_text()
        upstream.write_text(f"server 127.0.0.1:{fake.getsockname()[1]};\n")
        nginx.stop()
        nginx.start()
        try:
            fake.settimeout(10)
            with nginx.client as client, ExitStack() as opened:
                asking = threading.Thread(
                    target=lambda: client.get("/", headers={"x-forwarded-for": "6.6.6.6", "x-real-ip": "6.6.6.6"})
                )
                asking.start()
                connection = opened.enter_context(fake.accept()[0])
                seen = connection.recv(65536).decode().lower().splitlines()
                connection.sendall(b"HTTP/1.1 204 x\r\n\r\n")
                asking.join()
        finally:
            upstream.write_text(before)
            nginx.stop()
            nginx.start()
    assert [line for line in seen if line.startswith("x-forwarded-for")] == ["x-forwarded-for: 127.0.0.1"]


def test_metrics_are_for_the_machine_itself(behind: Behind) -> None:
    nginx, _ = behind
    assert nginx.client.get("/metrics").status_code == 200
    elsewhere = httpx.Client(
        base_url=nginx.url, transport=httpx.HTTPTransport(verify=False, local_address="127.0.0.2"), timeout=30
    )
    assert elsewhere.get("/metrics").status_code == 403
    assert elsewhere.get("/healthz").status_code == 200


def test_nobody_can_read_in_the_log_who_asked_what(behind: Behind) -> None:
    nginx, _ = behind
    nginx.client.get("/calendar/Secret-Token-1.ics")
    nginx.client.post("/webhooks/rest/webhook", content=b"x" * 70_000)  # of which nginx would complain by address
    nginx.client.get("/search?q=1234567812345678")
    deadline = time.monotonic() + 20  # nginx writes the line after it has answered
    while "/search" not in (log := (nginx.folder / "assistant.log").read_text()):
        assert time.monotonic() < deadline, log[-300:]
        time.sleep(0.05)
    assert "/calendar" in log and "Secret-Token" not in log
    assert "12345678" not in log
    for path in nginx.folder.glob("*.log"):
        assert "127.0.0.1" not in path.read_text(), path


def test_one_process_dies_and_then_both(behind: Behind) -> None:
    nginx, servers = behind
    servers[0].kill()
    for _ in range(6):
        assert nginx.ask("P2P谁牵头").status_code == 200
    servers[1].kill()
    away = nginx.ask("P2P谁牵头")
    assert away.status_code == 503
    assert "再发一次" in away.json()["error"]
    for server in servers:
        server.start()
    for _ in range(100):
        if nginx.ask("P2P谁牵头").status_code == 200:
            return
        time.sleep(0.2)
    raise AssertionError("nginx did not find the processes again")


def test_old_tls_is_refused(behind: Behind) -> None:
    nginx, _ = behind
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", nginx.port)) as plain, pytest.raises(ssl.SSLError):
        old.wrap_socket(plain)


@pytest.mark.parametrize("unit", sorted(path.name for path in (DEPLOY / "systemd").glob("assistant*@*")))
def test_systemd_takes_the_units(unit: str, tmp_path: Path) -> None:
    checker = program("systemd-analyze")
    text = (DEPLOY / "systemd" / unit).read_text().replace("/opt/assistant/.venv/bin/python", "/bin/true")
    named = tmp_path / unit.replace("@", "@luoyang-1")
    named.write_text(text.replace("%i", "luoyang-1"))
    for other in (DEPLOY / "systemd").glob("assistant*@*.service"):
        beside = tmp_path / other.name.replace("@", "@luoyang-1")
        beside.write_text(other.read_text().replace("/opt/assistant/.venv/bin/python", "/bin/true"))
    done = subprocess.run([checker, "verify", "--man=no", str(named)], check=False, capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if "assistant" in line]
    assert not said, "\n".join(said)


def test_the_service_is_shut_in(tmp_path: Path) -> None:
    """systemd's own estimate of what a process that was taken over could reach: 0 nothing, 10 everything."""
    checker = program("systemd-analyze")
    unit = tmp_path / "assistant@.service"
    unit.write_text((DEPLOY / "systemd" / "assistant@.service").read_text())
    done = subprocess.run(
        [checker, "security", "--offline=yes", "--threshold=30", str(unit)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


@pytest.mark.parametrize("part", ["chat", "intake", "console", "upkeep"])
def test_a_part_is_a_unit_that_systemd_takes(part: str, tmp_path: Path) -> None:
    """Each part's file beside the unit's own; all but the one with the messengers reach this machine only."""
    checker, name = program("systemd-analyze"), f"assistant@luoyang-{part}.service"
    text = (DEPLOY / "systemd" / "assistant@.service").read_text()
    (tmp_path / name).write_text(text.replace("/opt/assistant/.venv/bin/python", "/bin/true").replace("%i", part))
    beside = tmp_path / f"{name}.d"
    beside.mkdir()
    own = (DEPLOY / "systemd" / "parts" / f"{part}.conf").read_text()
    (beside / "part.conf").write_text(own)
    environment = os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"}
    done = subprocess.run(
        [checker, "verify", "--man=no", str(tmp_path / name)],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert not [line for line in done.stderr.splitlines() if "part.conf" in line or "assistant" in line], done.stderr
    # Which part it is, and its rights, stand in a file that ``python -m bot parts`` writes (test_rights).
    assert f"EnvironmentFile=/etc/assistant/parts/{part}.env" in own
    assert ("IPAddressDeny=any" in own) == (part != "chat")
    secrets = {name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    tokens = {f"ASSISTANT_{name.upper()}" for name in secrets - {"database_url", "redis_url", "encryption_key"}}
    unset = set(re.findall(r"ASSISTANT_[A-Z_]+", " ".join(re.findall(r"UnsetEnvironment=(.*)", own))))
    assert unset == (set() if part == "chat" else tokens)


def test_logrotate_takes_its_file(tmp_path: Path) -> None:
    file = tmp_path / "assistant"
    file.write_text((DEPLOY / "nginx" / "logrotate").read_text())
    file.chmod(0o644)
    done = subprocess.run(
        [program("logrotate"), "-d", "-s", str(tmp_path / "state"), str(file)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "error:" not in done.stderr, done.stderr


def test_what_the_files_set_are_settings() -> None:
    known = {f"ASSISTANT_{name.upper()}" for name in Settings.model_fields}
    for path in (DEPLOY / "assistant.env.example", DEPLOY / "compose.yml", DEPLOY / "Dockerfile"):
        assert set(re.findall(r"\b(ASSISTANT_[A-Z_]+)\s*[:=]", path.read_text())) <= known, path


def test_the_example_has_every_setting_of_the_channels_with_what_holds_without_it() -> None:
    example = (DEPLOY / "assistant.env.example").read_text(encoding="utf-8")
    given = dict(re.findall(r"^#(ASSISTANT_[A-Z_]+)=(.*)$", example, re.M))
    for name, field in Settings.model_fields.items():
        if name.startswith(("telegram_", "wechat_", "service_account_", "wecom_")):
            shown = given[f"ASSISTANT_{name.upper()}"]
            # What is secret, or somebody's own, has an example in its place.
            own = field.default in (None, "", 0)
            assert own or shown == str(field.default).replace("True", "true").replace("False", "false"), name


def test_the_table_of_settings_has_the_defaults() -> None:
    """What has one of its own; of the others the table says in words what holds without them."""
    table = (DEPLOY.parent / "docs" / "settings.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"^\| `ASSISTANT_([A-Z_]+)` \| ([^|]*) \|", table, re.M))
    assert set(shown) == {name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, (bool, int, float)):
            assert shown[name.upper()] == f"{field.default}".replace("True", "true").replace("False", "false"), name


def test_alerts_ask_for_metrics_that_are_there(server: Server) -> None:
    there = httpx.get(f"{server.url}/metrics").text
    rules: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())
    scraped: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    asked = " ".join(rule["expr"] for group in rules["groups"] for rule in group["rules"])
    for name in set(re.findall(r"\b(assistant_\w+|process_\w+)\b", asked)):
        assert re.search(rf"^# TYPE {name.removesuffix('_bucket')} ", there, re.M), name
    targets = set(scraped["scrape_configs"][0]["static_configs"][0]["targets"])
    upstream = (DEPLOY / "nginx" / "upstream.conf").read_text()
    assert targets == set(re.findall(r"server (\S+) ", upstream))


def test_the_image_is_made_as_the_machine_is(tmp_path: Path) -> None:
    """Without an engine: its commands are those of the Makefile, and what it copies is enough to start from."""
    lines = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    install = next(line for line in lines if "pip install" in line)
    makefile = (ROOT / "Makefile").read_text()
    for flag in ("--no-deps", "--ignore-requires-python", "requirements.lock", "requirements-torch.lock"):
        assert flag in " ".join(lines[lines.index(install) :][:3])
        assert flag in makefile
    for line in lines:
        if line.startswith("COPY") and "wheels" not in line:
            _, source, target = line.split()
            copied = tmp_path / target.rstrip("/")
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, copied, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, tmp_path / source)
    command = json.loads(next(line for line in lines if line.startswith("CMD")).removeprefix("CMD "))
    given = dict(pair.split("=", 1) for line in lines if line.startswith("ENV") for pair in shlex.split(line)[1:])
    assert given["ASSISTANT_HOST"] == "0.0.0.0"
    assert command[:3] == ["python", "-m", "bot"]
    # What -m does, after the imports of a server: a process for each would load the whole program twice.
    code = "import runpy, sys, bot.web.app, nlu.training; sys.argv[1:] = ['cases', 'check'];"
    code += "runpy.run_module('bot', run_name='__main__')"
    environment = os.environ | {"ASSISTANT_DATA_DIR": str(tmp_path / "data")}
    started = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=tmp_path, env=environment, check=False, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert started.returncode == 0, started.stderr


def test_redis_as_it_is_shipped_writes_nothing_to_disk(tmp_path: Path) -> None:
    """Neither while it runs nor when it is told to end, which is when a Redis saves what it holds."""
    services = yaml.safe_load((DEPLOY / "compose.yml").read_text())["services"]
    _, *options = next(service["command"] for service in services.values() if "redis-server" in str(service))
    port = free_port()
    own = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path)]
    process = subprocess.Popen([program("redis-server"), *options, *own], stdout=subprocess.DEVNULL)
    try:
        client = redis.Redis("127.0.0.1", port)
        deadline = time.monotonic() + 60
        while True:
            try:
                client.ping()
                break
            except redis.ConnectionError:
                assert time.monotonic() < deadline, "it did not start"
                time.sleep(0.1)
        client.mset({f"key:{number}": "琥珀年轮" for number in range(20_000)})
        assert client.config_get("save") == {"save": ""} and client.config_get("appendonly") == {"appendonly": "no"}
        process.terminate()
        process.wait(30)
    finally:
        process.kill()
    assert list(tmp_path.iterdir()) == []


def test_compose_runs_what_the_image_has() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yml").read_text())["services"]
    upstream = (DEPLOY / "nginx" / "containers.conf").read_text()
    assert set(re.findall(r"server ([\w-]+):8000", upstream)) == {name for name in services if "assistant" in name}
    for volume in services["nginx"]["volumes"]:
        if volume.startswith("./"):
            assert (DEPLOY / volume.split(":")[0]).is_file(), volume
