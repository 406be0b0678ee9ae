"""The onion service of deploy/tor: through a Tor network of this machine's own, since tests reach no other."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT, Server
from tests.tor_network import has_tor, tor_network

if not has_tor():
    pytest.skip("没有 tor，洋葱服务的测试跳过", allow_module_level=True)


def test_tor_itself_takes_the_configuration(tmp_path: Path) -> None:
    onion = tmp_path / "onion"
    onion.mkdir(mode=0o700)
    file = tmp_path / "torrc"
    file.write_text((ROOT / "deploy" / "tor" / "torrc").read_text().replace("/var/lib/tor/assistant", str(onion)))
    done = subprocess.run(
        ["tor", "--verify-config", "-f", str(file), "--DataDirectory", str(tmp_path / "data")],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-2000:]


def test_the_quiet_page_comes_through_the_onion_service(server: Server, tmp_path: Path) -> None:
    with tor_network(tmp_path, server.port) as network:
        answer = network.fetched("/quiet").decode()
        assert re.fullmatch(r"[a-z2-7]{56}\.onion", network.address())
    assert answer.startswith("HTTP/1.1 200") and "便民服务" in answer
    assert not re.search(r"https?://(?!www\.gov\.cn)", answer), "nothing on it is fetched from or leads to another name"
