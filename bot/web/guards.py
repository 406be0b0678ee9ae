"""What stands between the network and the assistant: size limits, rate limits, headers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

from fastapi import Request
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.metrics import REFUSED
from bot.settings import Settings
from knowledge.turn import speaking_from
from storage.attempts import COUNTED, Pseudonyms, WhileThere, redis_of

LARGEST_BODY = 64 * 1024
# A visitor of IPv6 has a network of their own, and could count as another with every message.
VISITORS_PREFIX = 64
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


# Writes a page that says what is wrong, from a message, a status and the visitor's cookies.
Page = Callable[[str, int, Mapping[str, str]], str]
# Paths of programs; all others are also opened by people.
FOR_PROGRAMS = ("/webhooks", "/model", "/metrics", "/healthz")


def wants_page(headers: Headers, path: str) -> bool:
    """Whether a person's browser asked, which is answered by a page, and not a program or the page's own script."""
    by_script = headers.get("x-requested-with") == "fetch"
    return "text/html" in headers.get("accept", "") and not by_script and not path.startswith(FOR_PROGRAMS)


class BadInput(Exception):
    """Input that cannot be used; ``message`` says in Chinese what to send instead."""

    def __init__(self, message: str, status: int = 400, reason: str = "bad_input") -> None:
        super().__init__(message)
        self.message, self.status = message, status
        REFUSED.labels(reason).inc()


class CompressPublic:
    """Packs what is the same for everybody. A page with something secret in it stays as it is: the length of a packed
    page that also repeats what was asked for would tell of the secret (BREACH)."""

    PATHS = ("/plan", "/suggestions.json", "/look.css")
    FOLDER = "/static/"

    def __init__(self, app: ASGIApp) -> None:
        self._as_it_is, self._packed = app, GZipMiddleware(app, minimum_size=1024)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        public = path in self.PATHS or path.startswith(self.FOLDER)
        await (self._packed if public else self._as_it_is)(scope, receive, send)


class LimitBody:
    """Refuses a body over LARGEST_BODY before any of the application reads it, and adds security headers."""

    def __init__(
        self, app: ASGIApp, uploads: tuple[str, ...] = (), largest_upload: int = 0, page: Page | None = None
    ) -> None:
        self.app, self.uploads, self.largest_upload, self.page = app, uploads, largest_upload, page

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a file through part by part; one that says it is too large is not begun."""
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared) > self.largest_upload:
            REFUSED.labels("body_size").inc()
            await self._refuse(
                scope, send, 413, f"文件超过 {self.largest_upload // 2**20} MB，没有收下。请压缩或分成几个再传。"
            )
            return
        await self.app(scope, receive, send)

    async def _refuse(self, scope: Scope, send: Send, status: int, error: str) -> None:
        """Say no: to a browser in a page of ours, to a program in the contract's words."""
        kind, body = b"application/json", json.dumps(error_body(error), ensure_ascii=False).encode()
        asked = Headers(scope=scope)
        if self.page and wants_page(asked, scope["path"]):
            cookies = cookie_parser(asked.get("cookie", ""))
            kind, body = b"text/html; charset=utf-8", self.page(error, status, cookies).encode()
        headers = [(b"content-type", kind), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        secured = _with_headers(send)
        if scope["path"] in self.uploads and scope["method"] == "POST":
            await self._upload(scope, receive, secured)
            return
        body, more = b"", True
        while more and len(body) <= LARGEST_BODY:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if len(body) > LARGEST_BODY:
            REFUSED.labels("body_size").inc()
            await self._refuse(scope, secured, 413, "发送的内容太大了。请把文字控制在 1000 字以内再发送。")
            return
        await self.app(scope, _replay(body, receive), secured)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _with_headers(send: Send) -> Callable[[Message], Awaitable[None]]:
    async def secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            extra = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in present]
            message = {**message, "headers": [*message["headers"], *extra]}
        await send(message)

    return secured


class RateLimits:
    """Messages a minute, by sender and by address, and reports an hour: counted together with the other processes, and
    by each for itself while Redis is away."""

    def __init__(self, settings: Settings) -> None:
        self._alone = MovingWindowRateLimiter(MemoryStorage())
        self._redis, self._client = WhileThere(), redis_of(settings)
        self._pseudonyms = Pseudonyms(settings)
        self._sender = RateLimitItemPerMinute(settings.messages_per_minute)
        self._address = RateLimitItemPerMinute(settings.address_messages_per_minute)
        self._reports = RateLimitItemPerHour(settings.reports_per_hour)

    def check(self, request: Request, conversation_id: str) -> None:
        """Count one message.

        Raises:
            BadInput: with status 429 when there were too many.
        """
        address = address_of(request)
        speaking_from.set(address)
        within = self._count(self._sender, "sender", conversation_id)
        if not within or not self._count(self._address, "address", address):
            raise BadInput("您发送得太快了，请稍等一分钟再试。", 429, "rate")

    def may_report(self, request: Request) -> bool:
        """Whether the address may submit another report in this hour."""
        who = self._pseudonyms.of(address_of(request))

        def alone() -> int:
            return self._reports.amount - self._alone.get_window_stats(self._reports, "reports", who).remaining

        return self._so_far(self._reports, "reports", who, 0, alone) < self._reports.amount

    def count_reports(self, request: Request, replies: list[dict[str, Any]]) -> None:
        """Count what was submitted in a turn."""
        if any((reply.get("custom") or {}).get("receipt") for reply in replies):
            self._count(self._reports, "reports", address_of(request))

    def _count(self, item: RateLimitItem, kind: str, who: str) -> bool:
        """Count one more where there may be one more; whether there might."""
        who = self._pseudonyms.of(who)

        def alone() -> int:
            return 0 if self._alone.hit(item, kind, who) else item.amount

        return self._so_far(item, kind, who, item.amount, alone) < item.amount

    def _so_far(self, item: RateLimitItem, kind: str, who: str, most: int, alone: Callable[[], int]) -> int:
        """How often so far; counted once more together where that is fewer than ``most``."""
        client = self._client
        if client is None:
            return alone()
        given = [f"{kind}:{who}:", item.get_expiry(), most]
        return self._redis.ask(lambda: int(client.eval(COUNTED, 1, *given)), alone)


class BehindProxy:
    """Takes address and scheme from our own proxy's headers.

    Only what the proxy itself wrote is believed: the last address of the last line, whether it replaces the header or
    adds to what a visitor made up.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            last = {name: value.decode("latin-1").rpartition(",")[2].strip() for name, value in scope["headers"]}
            if address := _address_in(last.get(b"x-forwarded-for", "")):
                scope["client"] = (address, 0)
            if (scheme := last.get(b"x-forwarded-proto", "")) in ("http", "https"):
                scope["scheme"] = scheme
        await self.app(scope, receive, send)


def _address_in(text: str) -> str:
    """An address as proxies write it, with or without a port; empty when it is none."""
    bare = text[1:].partition("]")[0] if text.startswith("[") else text
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return str(ip_address(bare))
    except ValueError:
        return ""


def address_of(request: Request) -> str:
    """Where a request came from, as far as one visitor can be told from another: of IPv6 the /64 that one is given."""
    host = request.client.host if request.client else "unknown"
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(IPv6Network((address, VISITORS_PREFIX), strict=False))
    return str(address)


def same_site(request: Request) -> None:
    """Refuse a form that another site sent: a cross-site post could speak in the visitor's name."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise BadInput("请在本助手的页面上发送消息。", 403, "cross_site")


def error_body(message: str) -> dict[str, Any]:
    return {"error": message}
