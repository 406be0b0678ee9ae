"""JSON lines between the assistant and the process that speaks to the WeChat gateway."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

# How that process ends.
GATEWAY_AWAY, WRONG_TOKEN, LEFT_ALONE = 10, 11, 12
# A file passes as one line; larger ones are refused before.
LONGEST_LINE = 2**30


class Line:
    """One end of the line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, end: socket.socket) -> Line:
        return cls(*await asyncio.open_connection(sock=end, limit=LONGEST_LINE))

    def write(self, **what: Any) -> None:
        self._writer.write(json.dumps(what).encode() + b"\n")

    async def drain(self) -> None:
        """Wait until everything is on its way, unless nobody is there."""
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()

    def close(self) -> None:
        self._writer.close()

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        """What the other end writes, until it is closed."""
        with contextlib.suppress(ConnectionError):
            while line := await self._reader.readline():
                yield json.loads(line)
