"""Pages and files about the site itself: who runs it, privacy, accessibility, offline, what installs it as an app."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from fastapi.templating import Jinja2Templates
from starlette.exceptions import HTTPException

from actions.wording import contacts
from bot.assembly import Assistant
from bot.web.city import PICTURES, city
from bot.web.pages import FOLDER, page_of
from bot.web.suggestions import offered
from knowledge.datafile import of_city

PAGES = ("about", "privacy", "accessibility", "offline")
ICONS = {
    "icon.svg": "image/svg+xml",
    "icon-180.png": "image/png",
    "icon-192.png": "image/png",
    "icon-512.png": "image/png",
}
# A day; a new version of the program is seen the next day at the latest.
KEPT = "public, max-age=86400"


def site_routes(assistant: Assistant, templates: Jinja2Templates) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    def add(name: str) -> None:
        @router.get(f"/{name}")
        async def show(request: Request) -> HTMLResponse:
            values: dict[str, Any] = {"contacts": contacts(), "settings": assistant.settings}
            return page_of(request, templates, assistant, f"{name}.html", **values)

    for name in PAGES:
        add(name)
    return router


def site_file_routes(assistant: Assistant) -> APIRouter:
    """What a browser fetches beside the pages."""
    router = APIRouter(include_in_schema=False)

    @router.get("/suggestions.json")
    async def suggestions() -> Response:
        """Every question that is offered while typing; the page matches them itself."""
        content = json.dumps(offered(assistant.knowledge.entries), ensure_ascii=False)
        return Response(content, media_type="application/json", headers={"cache-control": KEPT})

    @router.get("/manifest.webmanifest")
    async def manifest() -> Response:
        content = json.dumps(app_manifest(), ensure_ascii=False)
        return Response(content, media_type="application/manifest+json", headers={"cache-control": KEPT})

    @router.get("/sw.js")
    async def service_worker() -> FileResponse:
        """At the root, since a worker is in charge of no more than its own folder."""
        return FileResponse(
            FOLDER / "static" / "sw.js", media_type="text/javascript", headers={"cache-control": "no-cache"}
        )

    @router.get("/icons/{name}")
    async def icon(name: str) -> FileResponse:
        """The program's icon, or the city's own of the same name."""
        if name not in ICONS:
            raise HTTPException(404)
        path = of_city(FOLDER / "static" / "icons" / name)
        return FileResponse(path, media_type=ICONS[name], headers={"cache-control": KEPT})

    @router.get("/favicon.ico")
    async def favicon() -> FileResponse:
        return await icon("icon-192.png")

    @router.get("/city/emblem")
    async def emblem() -> FileResponse:
        path = city().emblem_file()
        if path is None:
            raise HTTPException(404)
        return FileResponse(path, media_type=PICTURES[path.suffix], headers={"cache-control": KEPT})

    return router


def app_manifest() -> dict[str, Any]:
    """What a phone needs to keep the page on its home screen."""
    colours = city().colours
    return {
        "name": city().title,
        "short_name": city().short,
        "lang": "zh-CN",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f3f5f7",
        "theme_color": colours.light if colours else "#0b4a8f",
        "icons": [
            {"src": "/icons/icon-192.png", "sizes": "192x192", "type": "image/png"},
            {"src": "/icons/icon-512.png", "sizes": "512x512", "type": "image/png"},
            {"src": "/icons/icon-512.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
            {"src": "/icons/icon.svg", "sizes": "any", "type": "image/svg+xml"},
        ],
    }
