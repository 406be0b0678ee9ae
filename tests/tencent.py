"""公众号, 企业微信 and 微信客服 on this machine: their interface, their limits, their faults, and people who use them.

Written from https://developers.weixin.qq.com/doc/offiaccount and https://developer.work.weixin.qq.com/document;
callbacks are sealed and opened by Tencent's own package (tests/gateway/crypto.mjs), never by ours.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import re
import secrets
import shutil
import socket
import subprocess
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.channels.outbox import Outbox
from storage.encryption import load_encryptor
from storage.settings import ActionSettings

if TYPE_CHECKING:  # which has fixtures of what is here
    from tests.conftest import Server

FOLDER = Path(__file__).parent / "gateway"
APP_ID, APP_SECRET = "wx5823bf96d3bd56c7", "service-account-secret-0001"
CORP_ID, CORP_SECRET, KF_SECRET, AGENT = "ww1234567890abcdef", "wecom-secret-0002", "kf-secret-0003", 1000002
TOKEN, AES_KEY = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
KF = "wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q"
ACCOUNT = "gh_luoyang"
LONGEST, HEAD, ITEM, ITEM_ID, MOST_ITEMS = 2048, 1024, 128, 64, 10
CUSTOMER_SECONDS, EVENT_SECONDS = 48 * 3600, 60
WAITS_SECONDS, TRIES = 5.0, 3


class Oracle:
    """Tencent's own package, in a Node process."""

    def __init__(self) -> None:
        command = ["node", str(FOLDER / "crypto.mjs")]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._lock = threading.Lock()

    @staticmethod
    def there() -> bool:
        return bool(shutil.which("node")) and (FOLDER / "node_modules" / "@wecom" / "crypto").exists()

    def ask(self, what: str, **about: str) -> Any:
        with self._lock:
            assert self._process.stdin and self._process.stdout
            self._process.stdin.write(json.dumps({"what": what, **about}) + "\n")
            self._process.stdin.flush()
            told = json.loads(self._process.stdout.readline())
        if "error" in told:
            raise ValueError(told["error"])
        return told["result"]

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


@dataclass
class Standing:
    """What somebody's last action allows, and when it was."""

    left: int = 0
    until: float = 0.0


@dataclass
class Someone:
    """Somebody's telephone."""

    shown: list[dict[str, Any]] = field(default_factory=list)
    standing: Standing = field(default_factory=Standing)


class Tencent:
    """The server; ``stop`` and ``start`` again as when the network goes.

    Attributes:
        faults: by path, what the next calls get instead of an answer: an errcode, "slow" (done, and told too late),
            "lost" (done, and not told), "broken" (no JSON), "well" (no fault).
        asked: how often each path was called.
    """

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.people: defaultdict[str, Someone] = defaultdict(Someone)
        self.faults: defaultdict[str, list[int | str]] = defaultdict(list)
        self.asked: defaultdict[str, int] = defaultdict(int)
        self.good_tokens: dict[str, str] = {}
        self.media: dict[str, tuple[str, bytes, str]] = {}
        self.menus: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []  # the customer-service messages to be read
        self.named: set[str] = set()
        self.codes: dict[str, str] = {}
        self.just_sent: dict[str, float] = {}
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._server: uvicorn.Server | None = None

    # Running ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        routes = [Route("/{path:path}", self._call, methods=["GET", "POST"])]
        config = uvicorn.Config(Starlette(routes=routes), port=self.port, log_level="error", ws="none", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        if self._server:
            self._server.should_exit = self._server.force_exit = True
            self._thread.join(10)

    def end_tokens(self) -> None:
        """Every token that was given ends at once, as when another program asked for one."""
        self.good_tokens.clear()

    def add_media(self, name: str, content: bytes, kind: str = "application/octet-stream") -> str:
        media_id = f"media{next(self._ids)}{secrets.token_hex(8)}"
        self.media[media_id] = (name, content, kind)
        return media_id

    # The interface ------------------------------------------------------------------------------------------

    async def _call(self, request: Request) -> Response:
        path = request.url.path
        self.asked[path] += 1
        fault = self.faults[path].pop(0) if self.faults[path] else None
        if isinstance(fault, int):
            return error(fault)
        if fault == "broken":
            return Response("<html>502 Bad Gateway</html>", 502)
        handler = HANDLERS.get(path)
        if handler is None:
            return error(40066)
        if path not in WITHOUT_TOKEN and request.query_params.get("access_token") not in self.good_tokens:
            return error(40001 if not request.query_params.get("access_token") else 42001)
        answer: Response = await handler(self, request)
        if fault in ("slow", "lost"):
            await asyncio.sleep(12 if fault == "slow" else 0)
            return Response(status_code=504)
        return answer

    async def stable_token(self, request: Request) -> Response:
        body = await request.json()
        if body.get("grant_type") != "client_credential" or (body["appid"], body["secret"]) != (APP_ID, APP_SECRET):
            return error(40125)
        return self._new_token(APP_ID)

    async def gettoken(self, request: Request) -> Response:
        query = request.query_params
        if query.get("corpid") != CORP_ID or query.get("corpsecret") not in (CORP_SECRET, KF_SECRET):
            return error(40001)
        return self._new_token(query["corpsecret"])

    def _new_token(self, of: str) -> Response:
        token = secrets.token_hex(40)
        self.good_tokens[token] = of
        return JSONResponse({"errcode": 0, "access_token": token, "expires_in": 7200})

    async def custom_send(self, request: Request) -> Response:
        body = await request.json()
        person = self.people[body["touser"]]
        if not body["touser"].startswith("o"):
            return error(40003)
        if person.standing.until < time.time():
            return error(45015)
        if person.standing.left < 1:
            return error(45047)
        shown = self._content(body, ("text", "image", "msgmenu"))
        if shown is None:
            return error(45002)
        person.standing.left -= 1
        person.shown.append(shown)
        return error(0)

    async def template_send(self, request: Request) -> Response:
        body = await request.json()
        if any(len(value["value"]) > 20 for name, value in body["data"].items() if name.startswith("thing")):
            return error(47003)
        self.people[body["touser"]].shown.append({"template": body["template_id"], "data": body["data"]})
        return JSONResponse({"errcode": 0, "msgid": next(self._ids)})

    async def message_send(self, request: Request) -> Response:
        body = await request.json()
        if body["agentid"] != AGENT:
            return error(40056)
        shown = self._content(body, ("text", "image", "file"))
        if shown is None:
            return error(45002)
        if body["touser"].startswith("gone"):
            return error(81013)
        same = hashlib.sha256(json.dumps([body["touser"], body["msgtype"], body[body["msgtype"]]]).encode()).hexdigest()
        if body.get("enable_duplicate_check"):
            within = body.get("duplicate_check_interval", 1800)
            if time.time() - self.just_sent.get(same, 0.0) < within:
                return error(0)
        self.just_sent[same] = time.time()
        self.people[body["touser"]].shown.append(shown)
        return JSONResponse({"errcode": 0, "msgid": str(next(self._ids))})

    async def kf_send(self, request: Request) -> Response:
        body = await request.json()
        person = self.people[body["touser"]]
        if person.standing.left < 1:
            return error(95001)
        if body.get("msgid") in self.named:
            return error(40063)
        shown = self._content(body, ("text", "image", "file", "msgmenu"))
        if shown is None or body["open_kfid"] != KF:
            return error(40008)
        self.named |= {body["msgid"]}
        person.standing.left -= 1
        person.shown.append(shown)
        return JSONResponse({"errcode": 0, "msgid": body["msgid"]})

    async def kf_greet(self, request: Request) -> Response:
        body = await request.json()
        who = self.codes.pop(body["code"], None)
        shown = self._content(body, ("text", "msgmenu"))
        if who is None or shown is None:
            return error(95007)
        self.people[who].shown.append(shown)
        return JSONResponse({"errcode": 0, "msgid": body["msgid"]})

    async def kf_read(self, request: Request) -> Response:
        body = await request.json()
        assert body["open_kfid"] == KF
        begin = int(body.get("cursor") or 0)
        page = self.told[begin : begin + 3]  # a few at a time, so that reading has to go on
        told = {"next_cursor": str(begin + len(page)), "has_more": int(begin + len(page) < len(self.told))}
        return JSONResponse({"errcode": 0, "errmsg": "ok", "msg_list": page, **told})

    async def kf_link(self, request: Request) -> Response:
        body = await request.json()
        return JSONResponse({"errcode": 0, "url": f"https://work.weixin.qq.com/kf/kfc?enc_scene={body['scene']}"})

    async def menu(self, request: Request) -> Response:
        self.menus.append({"for": request.query_params.get("agentid", "service account"), **(await request.json())})
        return error(0)

    async def qrcode(self, request: Request) -> Response:
        scene = (await request.json())["action_info"]["scene"]["scene_str"]
        return JSONResponse({"ticket": "t", "url": f"http://weixin.qq.com/q/{scene}"})

    async def upload(self, request: Request) -> Response:
        form = await request.form()
        media: Any = form["media"]
        return JSONResponse(
            {"errcode": 0, "type": "file", "media_id": self.add_media(media.filename, await media.read())}
        )

    async def download(self, request: Request) -> Response:
        found = self.media.get(request.query_params["media_id"])
        if found is None:
            return error(40007)
        name, content, kind = found
        if kind == "video_url":
            return JSONResponse({"video_url": content.decode()})
        disposition = f'attachment; filename="{name}"'.encode().decode("latin-1")  # its bytes as they are
        return Response(content, media_type=kind, headers={"content-disposition": disposition})

    async def video(self, request: Request) -> Response:
        return Response(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 64, media_type="video/mp4")

    def _content(self, body: dict[str, Any], kinds: tuple[str, ...]) -> dict[str, Any] | None:
        """What a telephone shows; None for what the platform refuses."""
        kind = body["msgtype"]
        about = body[kind]
        if kind not in kinds:
            return None
        if kind == "text":
            return {"text": about["content"]} if 0 < len(about["content"].encode()) <= LONGEST else None
        if kind == "msgmenu":
            items = [item["click"] for item in about["list"]]
            sizes = [(len(item["content"].encode()), len(item["id"].encode())) for item in items]
            fits = len(about["head_content"].encode()) <= HEAD and len(items) <= MOST_ITEMS
            fits = fits and all(1 <= shown <= ITEM and 1 <= known <= ITEM_ID for shown, known in sizes)
            return {"text": about["head_content"], "items": items} if fits else None
        name, content, _ = self.media[about["media_id"]]
        return {kind: name, "content": content}


HANDLERS: dict[str, Any] = {
    "/cgi-bin/stable_token": Tencent.stable_token,
    "/cgi-bin/gettoken": Tencent.gettoken,
    "/cgi-bin/message/custom/send": Tencent.custom_send,
    "/cgi-bin/message/template/send": Tencent.template_send,
    "/cgi-bin/message/send": Tencent.message_send,
    "/cgi-bin/kf/send_msg": Tencent.kf_send,
    "/cgi-bin/kf/send_msg_on_event": Tencent.kf_greet,
    "/cgi-bin/kf/sync_msg": Tencent.kf_read,
    "/cgi-bin/kf/add_contact_way": Tencent.kf_link,
    "/cgi-bin/menu/create": Tencent.menu,
    "/cgi-bin/qrcode/create": Tencent.qrcode,
    "/cgi-bin/media/upload": Tencent.upload,
    "/cgi-bin/media/get": Tencent.download,
    "/video": Tencent.video,
}
WITHOUT_TOKEN = {"/cgi-bin/stable_token", "/cgi-bin/gettoken", "/video"}


def error(code: int) -> Response:
    return JSONResponse({"errcode": code, "errmsg": "ok" if code == 0 else "error"})


def xml(**fields: str) -> str:
    """A message as the platforms write it."""
    root = ElementTree.Element("xml")
    for name, value in fields.items():
        ElementTree.SubElement(root, name).text = value
    return ElementTree.tostring(root, encoding="unicode")


def fields_of(text: str) -> dict[str, str]:
    return {child.tag: child.text or "" for child in ElementTree.fromstring(text)}


class Caller:
    """Posts callbacks as the platforms do: sealed, signed, again when nobody answers."""

    def __init__(self, oracle: Oracle, base: str, path: str, receiver: str) -> None:
        self.oracle, self.path, self.receiver = oracle, path, receiver
        self.http = httpx.Client(base_url=base, timeout=WAITS_SECONDS)

    def query(self, sealed: str) -> dict[str, str]:
        timestamp, nonce = str(int(time.time())), secrets.token_hex(5)
        signature = self.oracle.ask("sign", token=TOKEN, timestamp=timestamp, nonce=nonce, sealed=sealed)
        return {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce, "encrypt_type": "aes"}

    def post(self, message: str) -> httpx.Response:
        """Once."""
        sealed = self.oracle.ask("seal", key=AES_KEY, text=message, id=self.receiver)
        body = xml(ToUserName=self.receiver, Encrypt=sealed).encode()
        return self.http.post(self.path, params=self.query(sealed), content=body)

    def brings(self, message: str) -> str | None:
        """Until it is taken, three times at most; the reply in the answer, opened, or None."""
        for _ in range(TRIES):
            try:
                answer = self.post(message)
            except httpx.TransportError:
                continue
            if answer.status_code == 200:
                return None if answer.text in ("", "success") else self.opened(answer.text)
        return None

    def opened(self, text: str) -> str:
        told = fields_of(text)
        signed = self.oracle.ask(
            "sign", token=TOKEN, timestamp=told["TimeStamp"], nonce=told["Nonce"], sealed=told["Encrypt"]
        )
        assert signed == told["MsgSignature"]
        inner = self.oracle.ask("open", key=AES_KEY, sealed=told["Encrypt"])
        assert inner["id"] == self.receiver
        return str(inner["message"])


NUMBERS = itertools.count(1)


class Person:
    """Somebody with a telephone."""

    def __init__(self, tencent: Tencent, caller: Caller, name: str) -> None:
        self.tencent, self.caller, self.id = tencent, caller, f"{name}{next(NUMBERS):06}"

    @property
    def shown(self) -> list[dict[str, Any]]:
        return self.tencent.people[self.id].shown

    @property
    def texts(self) -> list[str]:
        return [shown["text"] for shown in self.shown if "text" in shown]

    @property
    def last(self) -> str:
        return self.texts[-1]

    def wait_for_text(self, pattern: str, seconds: float = 30) -> str:
        """What a message that is shown, or will be, holds: an answer may come in several."""
        until = time.monotonic() + seconds
        while (match := re.search(pattern, "\n".join(self.texts))) is None:
            assert time.monotonic() < until, f"{pattern}: {[text[:60] for text in self.texts[-3:]]}"
            time.sleep(0.02)
        return match[0]

    def wait_for(self, count: int, seconds: float = 30) -> list[dict[str, Any]]:
        """Until so many messages are shown in all."""
        until = time.monotonic() + seconds
        while len(self.shown) < count:
            assert time.monotonic() < until, f"only {len(self.shown)} of {count}: {[t[:60] for t in self.texts]}"
            time.sleep(0.02)
        return self.shown


class Follower(Person):
    """Somebody who follows the 公众号."""

    def __init__(self, tencent: Tencent, caller: Caller) -> None:
        super().__init__(tencent, caller, "oABC")

    def message(self, kind: str, **about: str) -> str:
        about = {"MsgId": str(next(NUMBERS) + 10**15), **about}
        return self._xml(kind, **about)

    def _xml(self, kind: str, **about: str) -> str:
        head = {"ToUserName": ACCOUNT, "FromUserName": self.id, "CreateTime": str(int(time.time())), "MsgType": kind}
        return xml(**head, **about)

    def brings(self, message: str, allows: Standing | None = None) -> None:
        """Something reaches the account; what it replies within the callback is shown."""
        self.tencent.people[self.id].standing = allows or Standing(5, time.time() + CUSTOMER_SECONDS)
        reply = self.caller.brings(message)
        if reply is not None:
            told = fields_of(reply)
            assert (told["ToUserName"], told["FromUserName"], told["MsgType"]) == (self.id, ACCOUNT, "text")
            assert 0 < len(told["Content"].encode()) <= LONGEST
            # It was first: what came by itself meanwhile was sent after it.
            self.shown.append({"text": told["Content"], "passive": True})

    def say(self, *texts: str, replies: int = 1) -> str:
        for text in texts:
            have = len(self.shown)
            self.brings(self.message("text", Content=text))
            self.wait_for(have + replies)
        return self.last

    def event(self, event: str, key: str = "", **about: str) -> None:
        allows = Standing(3, time.time() + EVENT_SECONDS)
        self.brings(self._xml("event", Event=event, EventKey=key, **about), allows)

    def sends(self, kind: str, content: bytes, **about: str) -> None:
        self.brings(self.message(kind, MediaId=self.tencent.add_media("x", content), **about))


class Member(Person):
    """Somebody in the office's 企业微信."""

    def __init__(self, tencent: Tencent, caller: Caller) -> None:
        super().__init__(tencent, caller, "zhou")

    def message(self, kind: str, **about: str) -> str:
        head = {"ToUserName": CORP_ID, "FromUserName": self.id, "CreateTime": str(int(time.time())), "MsgType": kind}
        number = {} if kind == "event" else {"MsgId": str(next(NUMBERS) + 10**15)}
        return xml(**head, **number, AgentID=str(AGENT), **about)

    def say(self, *texts: str, replies: int = 1) -> str:
        for text in texts:
            have = len(self.shown)
            assert self.caller.brings(self.message("text", Content=text)) is None
            self.wait_for(have + replies)
        return self.last


class Citizen(Person):
    """Somebody in WeChat who talks to the office's 微信客服."""

    def __init__(self, tencent: Tencent, caller: Caller) -> None:
        super().__init__(tencent, caller, "wmAJ")

    def told(self, kind: str, about: dict[str, Any], origin: int = 3) -> dict[str, Any]:
        """A message of theirs as it is read once it is in ``Tencent.told``."""
        message = {"msgid": f"m{next(NUMBERS)}", "send_time": int(time.time()), "origin": origin, "msgtype": kind}
        own = {} if kind == "event" else {"open_kfid": KF, "external_userid": self.id}
        return {**message, **own, kind: about}

    def _told(self, kind: str, about: dict[str, Any], origin: int) -> dict[str, Any]:
        self.tencent.told.append(self.told(kind, about, origin))
        return self.tencent.told[-1]

    def calls(self) -> None:
        """The callback that says that there is something to read."""
        told = {"Event": "kf_msg_or_event", "Token": secrets.token_hex(12), "OpenKfId": KF}
        self.caller.brings(xml(ToUserName=CORP_ID, CreateTime=str(int(time.time())), MsgType="event", **told))

    def sends(self, kind: str, **about: Any) -> dict[str, Any]:
        self.tencent.people[self.id].standing = Standing(5, time.time() + CUSTOMER_SECONDS)
        told = self._told(kind, about, 3)
        self.calls()
        return told

    def say(self, *texts: str, replies: int = 1) -> str:
        for text in texts:
            have = len(self.shown)
            self.sends("text", content=text)
            self.wait_for(have + replies)
        return self.last

    def enters(self, scene: str = "") -> None:
        code = secrets.token_hex(12)
        self.tencent.codes[code] = self.id
        event = {"event_type": "enter_session", "open_kfid": KF, "external_userid": self.id, "welcome_code": code}
        self._told("event", {**event, "scene": "", "scene_param": scene}, 4)
        self.calls()

    def presses(self, title: str) -> None:
        """Tap the last button of that title."""
        items = [item for shown in reversed(self.shown) for item in shown.get("items", [])]
        item = next(item for item in items if item["content"] == title)
        self.sends("text", content=title, menu_id=item["id"])

    def taps(self, title: str, replies: int = 1) -> str:
        """The same, and wait for so many messages; returns the last."""
        have = len(self.shown)
        self.presses(title)
        self.wait_for(have + replies)
        return self.last


def wait_until_all_is_sent(server: Server, *channels: str) -> None:
    """Until a running server has handled what it was brought, and nothing waits to be sent."""
    settings = ActionSettings(data_dir=server.settings["data_dir"])
    outbox = Outbox(settings.data_dir / "outbox.db", load_encryptor(settings))
    until = time.monotonic() + 60
    while outbox.places() or any(outbox.kept(channel) for channel in channels):
        assert time.monotonic() < until, f"{len(outbox.places())} people still wait"
        time.sleep(0.05)
    outbox.close()


def of_service_account(tencent: Tencent, **more: str) -> dict[str, str]:
    """Settings of a server that serves the 公众号."""
    return {
        "service_account_id": APP_ID,
        "service_account_secret": APP_SECRET,
        "service_account_token": TOKEN,
        "service_account_aes_key": AES_KEY,
        "service_account_url": tencent.url,
        "public_url": "https://zhengzhi.example",
        **more,
    }


def of_wecom(tencent: Tencent, **more: str) -> dict[str, str]:
    """Settings of a server that serves the 企业微信 and 微信客服."""
    return {
        "wecom_corp_id": CORP_ID,
        "wecom_agent_id": str(AGENT),
        "wecom_secret": CORP_SECRET,
        "wecom_token": TOKEN,
        "wecom_aes_key": AES_KEY,
        "wecom_url": tencent.url,
        "wecom_kf": "true",
        "wecom_kf_secret": KF_SECRET,
        "public_url": "https://zhengzhi.example",
        **more,
    }
