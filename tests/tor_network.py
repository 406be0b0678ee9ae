"""A Tor network on this machine alone: a directory authority, relays, a client, and our service as deployed."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.databases import free_port
from tests.conftest import ROOT

RELAYS = 4
UP_WITHIN = 600
# The shortest rounds of voting that Tor takes; every relay may be guard, exit and directory of onion services.
COMMON = """
TestingTorNetwork 1
AssumeReachable 1
EnforceDistinctSubnets 0
TestingV3AuthInitialVotingInterval 10
TestingV3AuthInitialVoteDelay 2
TestingV3AuthInitialDistDelay 2
V3AuthVotingInterval 10
V3AuthVoteDelay 2
V3AuthDistDelay 2
TestingDirAuthVoteGuard *
TestingDirAuthVoteHSDir *
TestingDirAuthVoteExit *
TestingMinExitFlagThreshold 0
PathsNeededToBuildCircuits 0.67
Address 127.0.0.1
ControlPort 0
ExitRelay 0
"""


class TorNetwork:
    """Running processes of Tor, and the way through them."""

    def __init__(self, folder: Path, service_port: int) -> None:
        self.folder, self.service_port = folder, service_port
        self.socks = free_port()
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        authority = self._authority()
        for number in range(RELAYS):
            self._tor(f"relay{number}", f"{authority}ORPort {free_port()}\nSocksPort 0\n")
        own = (ROOT / "deploy" / "tor" / "torrc").read_text()
        own = own.replace("/var/lib/tor/assistant", str(self._folder("service") / "onion"))
        own = re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{self.service_port}", own).replace("syslog", "stdout")
        self._tor("service", authority + own)
        self._tor("client", f"{authority}SocksPort {self.socks}\n")

    def stop(self) -> None:
        for process in self._running:
            process.kill()
            process.wait()

    def said(self) -> str:
        """The end of what each process wrote."""
        logs = sorted(self.folder.glob("*/log"))
        return "\n".join(f"{log.parent.name}: {log.read_text(errors='replace')[-600:]}" for log in logs)

    def address(self) -> str:
        file = self.folder / "service" / "onion" / "hostname"
        deadline = time.monotonic() + UP_WITHIN
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.2)
        return file.read_text().strip()

    def fetched(self, path: str) -> bytes:
        """A page through the network, as soon as the network carries it."""
        host, problem = self.address(), ""
        deadline = time.monotonic() + UP_WITHIN
        while time.monotonic() < deadline:
            try:
                return self._once(host, path)
            except OSError as error:
                problem = str(error)
                time.sleep(1)
        raise AssertionError(f"{problem}\n{self.said()}")

    def _once(self, host: str, path: str) -> bytes:
        with socket.create_connection(("127.0.0.1", self.socks), timeout=120) as line:
            line.sendall(b"\5\1\0")
            line.recv(2)
            name = host.encode()
            line.sendall(b"\5\1\0\3" + bytes([len(name)]) + name + (80).to_bytes(2, "big"))
            answer = line.recv(10)
            if answer[1:2] != b"\0":
                raise OSError(f"the network does not carry it yet: {answer!r}")
            line.sendall(f"GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n".encode())
            parts = []
            while part := line.recv(65536):
                parts.append(part)
        return b"".join(parts)

    def _authority(self) -> str:
        """Start the directory authority; returns how the others name it."""
        folder, directory, relay = self._folder("authority"), free_port(), free_port()
        keys = folder / "keys"
        keys.mkdir(mode=0o700)
        made = [
            *("tor-gencert", "--create-identity-key", "-m", "12", "-a", f"127.0.0.1:{directory}"),
            *("-i", str(keys / "authority_identity_key"), "-s", str(keys / "authority_signing_key")),
            *("-c", str(keys / "authority_certificate"), "--passphrase-fd", "0"),
        ]
        subprocess.run(made, input=b"test\n", check=True, capture_output=True)
        certificate = (keys / "authority_certificate").read_text()
        identity = re.findall(r"^fingerprint (\w+)", certificate, re.M)[0]
        placeholder = f"x 127.0.0.1:1 {'F' * 40}"
        listed = subprocess.run(
            [
                *("tor", "--list-fingerprint", "--quiet", "-f", "/dev/null", "--ignore-missing-torrc"),
                *("--orport", "1", "--dirserver", placeholder, "--datadirectory", str(folder)),
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        fingerprint = "".join(re.findall(r"[0-9A-F]{4}", listed.rpartition(" authority")[2] or listed)[-10:])
        named = f"DirAuthority authority orport={relay} v3ident={identity} 127.0.0.1:{directory} {fingerprint}\n"
        own = f"AuthoritativeDirectory 1\nV3AuthoritativeDirectory 1\nContactInfo test\nDirPort {directory}\n"
        self._tor("authority", f"{named}{own}ORPort {relay}\nSocksPort 0\n")
        return named

    def _folder(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def _tor(self, name: str, settings: str) -> None:
        folder = self._folder(name)
        (folder / "torrc").write_text(f"Nickname {name}\nDataDirectory {folder}\n{COMMON}{settings}")
        with (folder / "log").open("wb") as log:
            self._running.append(subprocess.Popen(["tor", "-f", str(folder / "torrc")], stdout=log, stderr=log))


@contextmanager
def tor_network(folder: Path, service_port: int) -> Iterator[TorNetwork]:
    """A network in front of a port of this machine."""
    network = TorNetwork(folder, service_port)
    try:
        network.start()
        yield network
    finally:
        network.stop()


def has_tor() -> bool:
    return bool(shutil.which("tor") and shutil.which("tor-gencert"))
