"""The HTTP interface of 公众号 and 企业微信: access tokens that all processes share, error codes, media both ways.

Sources: https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html and
https://developer.work.weixin.qq.com/document/path/90313
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import mimetypes
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot.channels.messenger import Away, File, Unsure
from bot.channels.tencent.records import RENEWING_SECONDS, Records
from bot.logs import turn_log

SECONDS, MEDIA_SECONDS = 10, 60
# A token that is not, or no longer, good; asking for one with a wrong secret gives WRONG_SECRET.
TOKEN_ENDED = {40001, 40014, 41001, 42001}
WRONG_SECRET = {40001, 40013, 40125, 40164, 40243, 60020}
# Asked too often: nobody calls that path for a while, which doubles as long as it is still too often.
TOO_OFTEN, REST_SECONDS, LONGEST_REST = {45009, 45011, 45033}, 5.0, 60.0
# Busy, or set up wrongly at the other end (our address not on its list, no right to call): what waits is sent later.
BUSY = {-1, 50005, 60011, *TOO_OFTEN}
NOT_SET_UP = {40164, 48002, 60020}
AGAIN_SECONDS = (0.3, 1.0)
LOOK_SECONDS = 0.1
MEDIA = "/cgi-bin/media/get"


class Refused(Exception):
    """The platform says no, and would say so again.

    Attributes:
        code: its errcode.
    """

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class TooLarge(Exception):
    """A file is larger than we take."""


@dataclass(frozen=True)
class Account:
    """Whose interface it is.

    Attributes:
        id: AppID or CorpID.
        secret: of the 公众号, or of the application in the 企业微信.
        stable: 公众号, whose token is asked for in another way.
    """

    url: str
    id: str
    secret: str = field(repr=False)
    stable: bool = False

    @property
    def name(self) -> str:
        """What the token is kept under; applications of one 企业微信 have one each."""
        return f"{self.id}:{hashlib.sha256(self.secret.encode()).hexdigest()[:16]}"


class Api:
    """One account's interface."""

    def __init__(self, account: Account, records: Records) -> None:
        self._account, self._records = account, records
        self._client = httpx.AsyncClient(base_url=account.url.rstrip("/"), timeout=SECONDS)
        self._rests: dict[str, tuple[float, float]] = {}
        self.wrong_secret = False

    async def close(self) -> None:
        await self._client.aclose()

    async def reachable(self) -> None:
        """Get a token.

        Raises:
            Away: nobody is there, or id or secret are wrong (``wrong_secret``).
        """
        await self._token()

    # Calls --------------------------------------------------------------------------------------------------

    async def post(self, path: str, body: dict[str, Any], **query: str) -> dict[str, Any]:
        """Call with a JSON body.

        Raises:
            Away: later; ``Unsure`` when it may have been done all the same.
            Refused: the platform says no.
        """
        # Their servers show escaped characters as they are written.
        content = json.dumps(body, ensure_ascii=False).encode()
        headers = {"content-type": "application/json"}
        return await self._called("POST", path, query, content=content, headers=headers)

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        return await self._called("GET", path, query)

    async def upload(self, kind: str, file: File) -> str:
        """Send up a file of a kind (image, file …); returns its media id, good for three days."""
        media = {"media": (file.name, file.content, mimetypes.guess_type(file.name)[0] or "application/octet-stream")}
        told = await self._called("POST", "/cgi-bin/media/upload", {"type": kind}, files=media, timeout=MEDIA_SECONDS)
        return str(told["media_id"])

    async def download(self, media_id: str, largest: int) -> File:
        """A file that somebody sent.

        Raises:
            Away: later.
            Refused: it is not there, or no longer.
            TooLarge: it has more than ``largest`` bytes.
        """
        self._may_call(MEDIA)
        token = await self._token()
        file, told = await self._fetched(MEDIA, largest, access_token=token, media_id=media_id)
        if int(told.get("errcode") or 0) in TOKEN_ENDED:
            token = await self._token(stale=token)
            file, told = await self._fetched(MEDIA, largest, access_token=token, media_id=media_id)
        self._note(MEDIA, int(told.get("errcode") or 0))
        if video := told.get("video_url"):
            return await self._video(str(video), largest)
        if file is None:
            raise _failure(told)
        return file

    async def _video(self, url: str, largest: int) -> File:
        """公众号 gives the address of a video instead of it; only Tencent's own is followed."""
        address, own = urlsplit(url), urlsplit(self._account.url)
        if address.hostname != own.hostname and not (address.hostname or "").endswith((".qq.com", ".qpic.cn")):
            raise Refused(0)
        file, _ = await self._fetched(url, largest)
        if file is None:
            raise Away
        return file

    async def _fetched(self, url: str, largest: int, **query: str) -> tuple[File | None, dict[str, Any]]:
        """A file, or what was said instead."""
        try:
            async with self._client.stream("GET", url, params=query, timeout=MEDIA_SECONDS) as answer:
                if answer.status_code >= 400:
                    raise Away
                content = bytearray()
                async for piece in answer.aiter_bytes():
                    content += piece
                    if len(content) > largest:
                        raise TooLarge
        except httpx.HTTPError as error:
            raise Away from error
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if kind in ("application/json", "text/plain") and "content-disposition" not in answer.headers:
            return None, _object(bytes(content))
        return File(_name(answer.headers, kind), bytes(content)), {}

    async def _called(self, method: str, path: str, query: dict[str, str], **how: Any) -> dict[str, Any]:
        self._may_call(path)
        stale, told = "", dict[str, Any]()
        for wait in (*AGAIN_SECONDS, None):
            token = await self._token(stale)
            told = await self._asked(method, path, {**query, "access_token": token}, **how)
            code = int(told.get("errcode") or 0)
            self._note(path, code)
            if code == 0:
                return told
            if code in TOKEN_ENDED:
                stale = token
            elif code != -1 or wait is None:
                break
            else:
                await asyncio.sleep(wait)
        raise _failure(told)

    def _may_call(self, path: str) -> None:
        until, _ = self._rests.get(path, (0.0, 0.0))
        if time.monotonic() < until:
            raise Away

    def _note(self, path: str, code: int) -> None:
        """What a call was answered: who is asked too often is left alone by everybody, not by one person's messages."""
        if code in TOO_OFTEN:
            rest = min(self._rests.get(path, (0.0, REST_SECONDS / 2))[1] * 2, LONGEST_REST)
            self._rests[path] = time.monotonic() + rest, rest
        elif code == 0:
            self._rests.pop(path, None)
        if code in NOT_SET_UP:
            turn_log.error("platform not set up", errcode=code)

    async def _asked(self, method: str, path: str, query: dict[str, str], **how: Any) -> dict[str, Any]:
        try:
            answer = await self._client.request(method, path, params=query, **how)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Away from error
        except httpx.HTTPError as error:
            raise Unsure from error
        if answer.status_code != httpx.codes.OK:
            raise Unsure
        told = _object(answer.content)
        if not told:
            raise Unsure
        return told

    # The access token ---------------------------------------------------------------------------------------

    async def _token(self, stale: str = "") -> str:
        """The token that all processes share; one of them renews it when it is over.

        Args:
            stale: one that was just refused.
        """
        name = self._account.name
        for _ in range(int(RENEWING_SECONDS / LOOK_SECONDS) + 1):
            held = self._records.token(name)
            if held and held != stale:
                return held
            if self._records.may_renew(name):
                return await self._renewed(name, stale)
            await asyncio.sleep(LOOK_SECONDS)
        raise Away

    async def _renewed(self, name: str, stale: str) -> str:
        try:
            told = await self._new_token()
            if stale and told.get("access_token") == stale:
                told = await self._new_token(force=True)
        except BaseException:
            self._records.not_renewed(name)
            raise
        code = int(told.get("errcode") or 0)
        token, seconds = told.get("access_token"), told.get("expires_in")
        if code or not isinstance(token, str) or not isinstance(seconds, int):
            self._records.not_renewed(name)
            if code in WRONG_SECRET and not self.wrong_secret:
                self.wrong_secret = True
                turn_log.error("token refused", errcode=code)
            raise Away
        self.wrong_secret = False
        self._records.renewed(name, token, seconds)
        return token

    async def _new_token(self, force: bool = False) -> dict[str, Any]:
        account = self._account
        if account.stable:
            # Unlike the older way, this does not end a token that another program may hold.
            body = {"grant_type": "client_credential", "appid": account.id, "secret": account.secret}
            return await self._asked("POST", "/cgi-bin/stable_token", {}, json=body | {"force_refresh": force})
        return await self._asked("GET", "/cgi-bin/gettoken", {"corpid": account.id, "corpsecret": account.secret})


async def say_when_wrong(api: Api, say: Callable[[str], None], text: str) -> None:
    """Say at the start that id or secret are wrong; a platform that is away is no news, and tried when needed."""
    try:
        await api.reachable()
    except Away:
        if api.wrong_secret:
            say(text)


def _failure(told: dict[str, Any]) -> Exception:
    code = int(told.get("errcode") or 0)
    later = code in BUSY or code in NOT_SET_UP or code in TOKEN_ENDED or not told
    return Away() if later else Refused(code)


def _object(content: bytes) -> dict[str, Any]:
    """What was said; empty when it is no JSON object."""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _name(headers: httpx.Headers, kind: str) -> str:
    """A file's name as it was given; one that is not ASCII comes in its bytes."""
    given = Message()
    given["content-disposition"] = headers.get("content-disposition", "attachment")
    name = given.get_filename() or f"文件{mimetypes.guess_extension(kind) or ''}"
    try:
        return name.encode("latin-1").decode()
    except (UnicodeEncodeError, UnicodeDecodeError):
        return name
