"""A form with files, read as it comes: fields first, files part by part, so that nothing waits in memory or on disk.

Starlette's own form is whole before a handler sees any of it: whoever has no receipt could make the server keep what
they send. Parsed by python-multipart; what is too large is told by counting, whatever the request says of its length.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from bot.web.guards import BadInput

# All fields of a form together, in bytes, and the fields and files of one.
LONGEST_FIELDS, MOST_PARTS = 64 * 1024, 200
UNREADABLE = "表单没有读懂，请刷新页面后重新提交。"
TOO_LONG = "文字太长了，请精简后重新提交；图片和文件请用“补充材料”上传。"


@dataclass(frozen=True)
class Part:
    """A piece of a form: of a field when it has no file name.

    Attributes:
        last: whether the field or file ends with it.
    """

    name: str
    filename: str | None
    data: bytes
    last: bool


async def parts_of(request: Request) -> AsyncGenerator[Part]:
    """The fields and files of a form in their order.

    Raises:
        BadInput: it is no form, is broken, or its fields are longer than anybody writes.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind == b"application/x-www-form-urlencoded":
        for name, value in await _url_encoded(request):
            yield Part(name, None, value.encode(), last=True)
        return
    if kind != b"multipart/form-data" or b"boundary" not in options:
        raise BadInput(UNREADABLE, 400, "form")
    collected = _Collected()
    written, parts = 0, 0
    try:
        parser = MultipartParser(options[b"boundary"], collected.callbacks())  # type: ignore[arg-type]
        async for chunk in request.stream():
            parser.write(chunk)
            for part in collected.taken():
                written += len(part.data) if part.filename is None else 0
                parts += part.last
                if written > LONGEST_FIELDS or parts > MOST_PARTS:
                    raise BadInput(TOO_LONG, 413, "form")
                yield part
        parser.finalize()
    except FormParserError as error:
        raise BadInput(UNREADABLE, 400, "form") from error


async def drained(request: Request, most: int) -> None:
    """Read on for a while without keeping anything: a browser shows an answer only when it could send what it had."""
    read = 0
    with contextlib.suppress(RuntimeError):  # all of it was read already
        async for chunk in request.stream():
            read += len(chunk)
            if read > most:
                return


async def _url_encoded(request: Request) -> list[tuple[str, str]]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_FIELDS:
            raise BadInput(TOO_LONG, 413, "form")
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_PARTS)


class _Collected:
    """What the parser has found since it was last asked."""

    def __init__(self) -> None:
        self._found: list[Part] = []
        self._header, self._value, self._headers = b"", b"", dict[bytes, bytes]()
        self._name = ""
        self._filename: str | None = None

    def taken(self) -> list[Part]:
        found, self._found = self._found, []
        return found

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._headers.clear,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": self._on_part_data,
            "on_part_end": lambda: self._found.append(Part(self._name, self._filename, b"", last=True)),
        }

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header = self._value = b""

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        filename = options.get(b"filename")
        self._filename = None if filename is None else filename.decode("utf-8", "replace")

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._found.append(Part(self._name, self._filename, data[start:end], last=False))
