"""nginx with the configuration that is shipped, on ports of this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bench.databases import free_port

SHIPPED = Path(__file__).resolve().parent.parent / "deploy" / "nginx" / "assistant.conf"
NAME = "assistant.example.gov.cn"


def found_program(name: str) -> str | None:
    """A program of Debian's, wherever it keeps those of the administrator."""
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")


def certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "assistant.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "assistant.key").write_bytes(pem)


class Nginx:
    """nginx in front of some processes.

    Args:
        folder: where its files and logs go.
        ports: of the processes.

    Raises:
        FileNotFoundError: nginx is not installed here.
    """

    def __init__(self, folder: Path, ports: Sequence[int]) -> None:
        program = found_program("nginx")
        if not program:
            raise FileNotFoundError("no nginx on the path")
        self.folder, self.port, self.plain = folder, free_port(), free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        certificate(folder)
        (folder / "upstream.conf").write_text("".join(f"server 127.0.0.1:{port};\n" for port in ports))
        ours = SHIPPED.read_text()
        for there, here in {
            "listen 80;": f"listen 127.0.0.1:{self.plain};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{self.port} ssl http2;",
            "/etc/nginx/": f"{folder}/",
            "/var/log/nginx/": f"{folder}/",
        }.items():
            if there not in ours:
                raise ValueError(f"{SHIPPED.name} has no {there}")
            ours = ours.replace(there, here)
        (folder / "assistant.conf").write_text(ours)
        paths = "".join(
            f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
            f"http {{ {paths} include {folder}/assistant.conf; }}\n"
        )
        self._command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]

    def start(self) -> None:
        checked = subprocess.run([*self._command, "-t"], check=False, capture_output=True, text=True)
        if checked.returncode:
            raise RuntimeError(checked.stderr)
        self._process = subprocess.Popen(self._command, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.05)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def ask(self, message: str, **headers: str) -> httpx.Response:
        body = {"sender": "a" * 32, "message": message}
        return self.client.post("/webhooks/rest/webhook", json=body, headers=headers)

    @property
    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, verify=False, timeout=30)
