"""The WeChat gateway of the tests (tests/gateway), and people who talk through it."""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import httpx

from bench.databases import free_port

FOLDER = Path(__file__).parent / "gateway"
TOKEN = "puppet_mock_for_tests"
STARTS_WITHIN = 30


class Gateway:
    """A Node process; ``stop`` and ``start`` again as when the gateway's machine goes down and comes back."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.port, self.control = free_port(), free_port()
        self.endpoint = f"127.0.0.1:{self.port}"
        self.replies: list[dict[str, Any]] = []
        self.friends: set[str] = set()
        self._since = 0
        self._collecting = threading.Lock()
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{self.control}", timeout=30)

    @staticmethod
    def there() -> bool:
        """Whether its packages were installed."""
        return bool(shutil.which("node")) and (FOLDER / "node_modules" / "wechaty-puppet-service").exists()

    def start(self) -> None:
        settings = {"TOKEN": TOKEN, "PORT": str(self.port), "CONTROL_PORT": str(self.control)}
        settings |= {"WECHATY_LOG": "silent", "FRIENDS": json.dumps(sorted(self.friends))}
        with self.log.open("ab") as log:
            command = ["node", str(FOLDER / "gateway.mjs")]
            self._process = subprocess.Popen(command, env=os.environ | settings, stdout=log, stderr=log)
        self._since = 0
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until:
            try:
                self.asks("/state")
                return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError("the gateway did not start")

    def stop(self) -> None:
        self.collect()
        self._process.kill()
        self._process.wait()

    def asks(self, what: str, **about: Any) -> Any:
        if "from" in about:
            self.friends.add(about["from"])
        answer = self._client.post(what, json=about)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def collect(self) -> list[dict[str, Any]]:
        """Everything that was sent to people so far, over all lives of the gateway."""
        with self._collecting:
            new = self.asks("/replies", since=self._since)
            self._since += len(new)
            self.replies += new
        return self.replies

    def wait_until_ready(self, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while not self.asks("/state")["ready"]:
            assert time.monotonic() < until, "the assistant did not come to the gateway"
            time.sleep(0.05)


PEOPLE = itertools.count(1)
# Kinds of messages as wechaty-puppet 1.x numbers them.
HANDED = {"contact": 3, "location": 8, "url": 14}


class WeChatter:
    """Somebody on WeChat."""

    def __init__(self, gateway: Gateway, wxid: str = "") -> None:
        self.gateway, self.wxid = gateway, wxid or f"wxid_{next(PEOPLE)}"
        self.last_id = ""

    def heard(self) -> list[dict[str, Any]]:
        return [reply for reply in self.gateway.collect() if reply["to"] == self.wxid]

    def texts(self) -> list[str]:
        return [reply["text"] for reply in self.heard()]

    @property
    def last(self) -> str:
        return self.texts()[-1]

    def wait_for(self, count: int, seconds: float = 30) -> list[dict[str, Any]]:
        """Until so many messages came in all."""
        until = time.monotonic() + seconds
        while len(heard := self.heard()) < count or any("file" not in r and not r["text"] for r in heard):
            assert time.monotonic() < until, f"only {len(heard)} of {count}: {self.texts()}"
            time.sleep(0.02)
        return heard

    def says(self, text: str, **where: Any) -> None:
        self.last_id = self.gateway.asks("/say", **{"from": self.wxid, "text": text}, **where)["id"]

    def say(self, *texts: str, replies: int = 1) -> str:
        """Type, wait for so many messages to each; returns the last."""
        for text in texts:
            have = len(self.heard())
            self.says(text)
            self.wait_for(have + replies)
        return self.last

    def sends(self, name: str, content: bytes, **more: Any) -> None:
        file = {"name": name, "base64": base64.b64encode(content).decode()}
        self.gateway.asks("/say", **{"from": self.wxid, "file": file}, **more)

    def hands(self, kind: str, **about: Any) -> None:
        """Pass on a ``location``, a ``contact`` or a ``url``, of which the gateway is asked for what it is about."""
        self.says("<msg/>", type=HANDED[kind], handed=about)

    def content(self, reply: dict[str, Any]) -> bytes:
        return base64.b64decode(self.gateway.asks("/file", number=reply["content"])["base64"])
