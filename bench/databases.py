"""PostgreSQL and Redis for a while, for measurements and for tests."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg2
import redis

ADMIN = "postgresql://postgres@127.0.0.1:5432/postgres"
STARTS_WITHIN = 60


@contextmanager
def new_database(admin_url: str) -> Iterator[str]:
    """Make a database, yield its URL, drop it whoever is still in it.

    Raises:
        psycopg2.OperationalError: the server cannot be reached.
    """
    admin = psycopg2.connect(admin_url, connect_timeout=3)
    admin.autocommit = True
    name = f"assistant_{secrets.token_hex(6)}"
    with admin.cursor() as cursor:
        cursor.execute(f"create database {name} template template0 encoding 'UTF8'")
        try:
            yield f"{admin_url.rpartition('/')[0]}/{name}"
        finally:
            cursor.execute(f"drop database {name} with (force)")
            admin.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class OwnPostgres:
    """A PostgreSQL server that nobody else uses, so that it may be stopped, killed and filled up.

    Args:
        binaries: the folder of its programs; else the newest that is installed.

    Raises:
        FileNotFoundError: PostgreSQL is not installed here.
    """

    def __init__(self, binaries: Path | None = None) -> None:
        found = [binaries] if binaries else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        if not found:
            raise FileNotFoundError("no PostgreSQL below /usr/lib/postgresql")
        self._bin, self.folder, self.port = found[-1], Path(tempfile.mkdtemp(prefix="postgres-")), free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        self._run("initdb", "-D", str(self.folder), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=100"
        log = str(self.folder / "server.log")
        self._run("pg_ctl", "-D", str(self.folder), "-o", options, "-l", log, "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        """``immediate`` is what a power cut is to it: no goodbye, recovery from the log at the next start."""
        self._run("pg_ctl", "-D", str(self.folder), "-m", mode, "-w", "stop")

    def close(self) -> None:
        with suppress(subprocess.CalledProcessError):
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._bin / program), *arguments]
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class OwnRedis:
    """A Redis that nobody else uses; keeps nothing over a restart.

    Raises:
        FileNotFoundError: Redis is not installed here.
    """

    def __init__(self) -> None:
        found = shutil.which("redis-server")
        if not found:
            raise FileNotFoundError("no redis-server on the path")
        self._program = found
        self.take_port()
        while not self._started():
            self.take_port()  # somebody else was faster

    def take_port(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it again on its port.

        Raises:
            OSError: somebody else has the port by now.
        """
        if not self._started():
            raise OSError(f"port {self.port} is taken")

    def _started(self) -> bool:
        """Whether the process that answers on the port is the one just started."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen([self._program, *options], cwd="/", stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                return False
            with suppress(redis.RedisError), redis.Redis.from_url(self.url) as asked:
                if asked.info("server")["process_id"] == self._process.pid:
                    return True
            time.sleep(0.05)
        self._process.kill()
        raise TimeoutError("Redis did not start")

    def stop(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
