"""Styles and scripts with their version in the address, so that a browser keeps them and sees a new one at once.

The colours, the city's own colours and the layout are one file: a page waits for its styles before anything is drawn.
"""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from bot.web.city import city

STATIC = Path(__file__).parent / "static"
LOOK = "/look.css"
LOOK_PARTS = ("tokens.css", "site.css")
# Named with its version a file never changes; without, the browser asks whether it has the newest.
FOR_EVER, ASK_FIRST = "public, max-age=31536000, immutable", "no-cache"


def asset(name: str) -> str:
    """The address of a file of static/, or of LOOK, with its version."""
    if name == LOOK:
        return f"{LOOK}?v={_version(look())}"
    return f"/static/{name}?v={_version_of(name, (STATIC / name).stat().st_mtime_ns)}"


def look() -> bytes:
    """The styles that every page begins with; the city's colours come after the program's, before what uses them."""
    colours, layout = ((STATIC / name).read_text(encoding="utf-8") for name in LOOK_PARTS)
    return f"{colours}{city().style()}{layout}".encode()


def _version(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


@lru_cache(maxsize=64)
def _version_of(name: str, changed: int) -> str:
    return _version((STATIC / name).read_bytes())


def _kept(asked: str, version: str) -> str:
    return FOR_EVER if parse_qs(asked).get("v") == [version] else ASK_FIRST


class Static(StaticFiles):
    """static/, kept by browsers for as long as the version that was asked for is the one given."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        version = _version_of(str(Path(full_path).relative_to(STATIC)), stat_result.st_mtime_ns)
        response.headers["cache-control"] = _kept(scope["query_string"].decode("latin-1"), version)
        return response


def asset_routes() -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get(LOOK)
    async def styles(request: Request) -> Response:
        content = look()
        kept = {"cache-control": _kept(request.url.query, _version(content))}
        return Response(content, media_type="text/css", headers=kept)

    return router
