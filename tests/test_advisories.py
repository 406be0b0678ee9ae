"""Each advisory that is known for a pinned package: the pin it was looked at for, and that it cannot be reached."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from bot.shut_off import SHUT_OFF
from tests.conftest import ROOT, Server

ADVISORIES: list[dict[str, Any]] = yaml.safe_load((ROOT / "docs" / "advisories.yml").read_text(encoding="utf-8"))
MODULES = {"sentry-sdk": "sentry_sdk", "ruamel.yaml": "ruamel", "SQLAlchemy": "sqlalchemy"}
# All that a serving process imports, the messengers included.
IMPORTED = (
    "import bot.assembly, bot.web.app, bot.channels.telegram, bot.channels.wechat, bot.console.routes, json, sys;"
    "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
)


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IMPORTED], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("advisory", ADVISORIES, ids=lambda advisory: str(advisory["package"]))
def test_it_was_looked_at_for_the_version_that_is_locked(advisory: dict[str, Any]) -> None:
    locked = dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.M))
    assert locked[advisory["package"]] == advisory["pinned"]
    assert advisory["how"] in ("not_loaded", "shut_off", "no_path")
    assert advisory["why"]


@pytest.mark.parametrize("advisory", ADVISORIES, ids=lambda advisory: str(advisory["package"]))
def test_it_cannot_be_reached(advisory: dict[str, Any], loaded: set[str], server: Server) -> None:
    module = MODULES.get(advisory["package"], advisory["package"])
    if advisory["how"] == "not_loaded":
        assert module not in loaded
    elif advisory["how"] == "shut_off":
        assert module in SHUT_OFF
