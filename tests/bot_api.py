"""A Telegram Bot API on this machine: what the real client library needs, and a world of people to type.

Written from https://core.telegram.org/bots/api; answers as the real one does, limits included.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import socket
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN = "123456:TEST-TOKEN"
BOT = {"id": 123456, "is_bot": True, "first_name": "整治助手", "username": "luoyang_test_bot"}
BOT |= {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
LONGEST, MOST_DATA = 4096, 64
MENTION = re.compile(r"(?<![\w@])@\w{3,32}|(?<![\w/])/\w{1,32}(?:@\w{3,32})?")


@dataclass
class Fault:
    """What a method answers instead of doing its work, so many times (-1: always) and in one chat or in all.

    Attributes:
        done: its work is done all the same, and only the answer is lost.
        seconds: after which it answers.
    """

    code: int
    description: str
    times: int = 1
    chat: int | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    done: bool = False
    seconds: float = 0.0


class BotApi:
    """The server and its people; ``stop`` and ``start`` again as when the network goes."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.updates: list[dict[str, Any]] = []
        self.sent: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self.said: dict[int, dict[str, Any]] = {}
        self.files: dict[str, bytes] = {}
        self.blocked: set[int] = set()
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.about: dict[str, str] = {}
        self.webhook: dict[str, Any] = {}
        self.slow_down = 0
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.allowed: list[str] = []
        self.nonsense: list[Any] = []  # given once with the next updates
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._server: uvicorn.Server | None = None

    # Running ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        routes = [
            Route("/bot{token}/{method}", self._call, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", self._download),
        ]
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

    # What people do ---------------------------------------------------------------------------------------

    def says(self, user: int, text: str, chat: dict[str, Any] | None = None, **more: Any) -> int:
        """Somebody types; returns the message's id."""
        return self._arrives(user, {"text": text, "entities": _entities(text), **more}, chat)

    def sends(self, user: int, name: str, content: bytes, photo: bool = False, **more: Any) -> None:
        file_id = f"file{next(self._ids)}"
        self.files[file_id] = content
        about = {"file_id": file_id, "file_unique_id": file_id, "file_size": len(content)}
        file = {"photo": [{**about, "width": 9, "height": 9}]} if photo else {"document": {**about, "file_name": name}}
        self._arrives(user, {**file, **more})

    def hands(self, user: int, kind: str, content: bytes = b"", **about: Any) -> None:
        """A message of a kind of its own: a voice, a round video, a place, a card; a file where there is content."""
        if content:
            file_id = f"file{next(self._ids)}"
            self.files[file_id] = content
            about = {"file_id": file_id, "file_unique_id": file_id, "file_size": len(content), **about}
        beside = about.pop("beside", {})
        self._arrives(user, {kind: about, **beside})

    def sends_album(self, user: int, contents: list[bytes], caption: str = "") -> None:
        """Pictures that were chosen together: a message each, the caption with the first."""
        album = f"album{next(self._ids)}"
        for number, content in enumerate(contents):
            more = {"caption": caption} if caption and not number else {}
            file_id = f"file{next(self._ids)}"
            self.files[file_id] = content
            photo = {"file_id": file_id, "file_unique_id": file_id, "file_size": len(content), "width": 9, "height": 9}
            self._arrives(user, {"photo": [photo], "media_group_id": album, **more})

    def fails(self, method: str, code: int, description: str, **more: Any) -> Fault:
        """Let a method fail from now on; see ``Fault``."""
        fault = Fault(code, description, **more)
        self.faults[method].append(fault)
        return fault

    def presses(self, user: int, title: str, chat: int | None = None) -> None:
        """Somebody taps the last button of that title."""
        for message in reversed(self.sent[chat or user]):
            rows = (message.get("reply_markup") or {}).get("inline_keyboard") or []
            data = next((b.get("callback_data") for row in rows for b in row if b["text"] == title), None)
            if data is not None:
                break
        else:
            raise AssertionError(f"no button {title}")
        message = {**message, "chat": _private(chat or user), "date": 1, "from": BOT}
        message = {key: value for key, value in message.items() if key not in ("content", "edits", "how")}
        query = {
            "id": str(next(self._ids)),
            "from": _user(user),
            "chat_instance": "1",
            "data": data,
            "message": message,
        }
        self._update({"callback_query": query})

    def edits(self, user: int, message_id: int, text: str) -> None:
        message = {"message_id": message_id, "from": _user(user), "chat": _private(user), "date": 1, "edit_date": 2}
        self._update({"edited_message": {**message, "text": text}})

    def texts(self, chat: int) -> list[str]:
        return [message["text"] for message in self.sent[chat] if "text" in message]

    def wait_for(self, chat: int, count: int, seconds: float = 30) -> list[dict[str, Any]]:
        """What a chat got, once it is so many messages."""
        until = time.monotonic() + seconds
        while len(self.sent[chat]) < count and time.monotonic() < until:
            time.sleep(0.02)
        assert len(self.sent[chat]) >= count, [message.get("text", "")[:60] for message in self.sent[chat]]
        return self.sent[chat]

    def wait_until(self, chat: int, wanted: str, seconds: float = 30) -> str:
        """The last message of a chat, once some words stand in it."""
        until = time.monotonic() + seconds
        while wanted not in "".join(self.texts(chat)[-1:]) and time.monotonic() < until:
            time.sleep(0.02)
        assert wanted in self.texts(chat)[-1], [text[:60] for text in self.texts(chat)]
        return self.texts(chat)[-1]

    def _arrives(self, user: int, content: dict[str, Any], chat: dict[str, Any] | None = None) -> int:
        number = next(self._ids)
        message = {"message_id": number, "from": _user(user), "chat": chat or _private(user), "date": int(time.time())}
        self.said[number] = {**message, **content}
        self._update({"message": self.said[number]})
        return number

    def takes_back(self) -> dict[str, Any]:
        """The last update, which nobody has seen yet, to be delivered later."""
        return self.updates.pop()

    def delivers(self, update: dict[str, Any]) -> None:
        """An update, perhaps again: under a number of its own, so that it is not taken for one that was seen."""
        self._update({name: content for name, content in update.items() if name != "update_id"})

    def _update(self, content: dict[str, Any]) -> None:
        with self._lock:
            self.updates.append({"update_id": next(self._ids), **content})

    # What the client asks ---------------------------------------------------------------------------------

    async def _call(self, request: Request) -> Response:
        if request.path_params["token"] != TOKEN:
            return _error(401, "Unauthorized")
        form = dict(await request.form()) if request.method == "POST" else dict(request.query_params)
        name = request.path_params["method"]
        method = getattr(self, name, None)
        if fault := self._fault(name, form):
            if fault.done and method:
                await method(form)
            await asyncio.sleep(fault.seconds)
            return _error(fault.code, fault.description, fault.parameters)
        if method is None:
            return _result(True)
        answer: Response = await method(form)
        return answer

    def _fault(self, method: str, form: dict[str, Any]) -> Fault | None:
        for fault in self.faults[method]:
            if fault.times and fault.chat in (None, int(form.get("chat_id") or 0)):
                fault.times -= 1
                return fault
        return None

    async def getMe(self, form: dict[str, Any]) -> Response:
        return _result(BOT)

    async def setWebhook(self, form: dict[str, Any]) -> Response:
        self.webhook = form
        return _result(True)

    async def setMyCommands(self, form: dict[str, Any]) -> Response:
        scope = json.loads(form.get("scope") or '{"type": "default"}')["type"]
        self.commands[scope] = json.loads(form["commands"])
        return _result(True)

    async def setMyDescription(self, form: dict[str, Any]) -> Response:
        self.about["description"] = form["description"]
        return _result(True)

    async def setMyShortDescription(self, form: dict[str, Any]) -> Response:
        self.about["short_description"] = form["short_description"]
        return _result(True)

    async def getUpdates(self, form: dict[str, Any]) -> Response:
        self.allowed = json.loads(form.get("allowed_updates") or "[]")
        offset, until = int(form.get("offset") or 0), time.monotonic() + min(int(form.get("timeout") or 0), 2)
        with self._lock:
            self.updates = [update for update in self.updates if update["update_id"] >= offset]
        while not self.updates and time.monotonic() < until:
            await asyncio.sleep(0.02)
        nonsense, self.nonsense = self.nonsense, []
        return _result([*nonsense, *self.updates[:100]])

    async def sendMessage(self, form: dict[str, Any]) -> Response:
        if len(form["text"].encode("utf-16-le")) // 2 > LONGEST:
            return _error(400, "Bad Request: message is too long")
        markup = json.loads(form.get("reply_markup") or "{}")
        for button in (button for row in markup.get("inline_keyboard", []) for button in row):
            if ("copy_text" in button) == ("callback_data" in button):
                return _error(400, "Bad Request: BUTTON_TYPE_INVALID")
            if len(button.get("callback_data", "").encode()) > MOST_DATA:
                return _error(400, "Bad Request: BUTTON_DATA_INVALID")
        return self._sent(form, {"text": form["text"], "reply_markup": markup} if markup else {"text": form["text"]})

    async def editMessageText(self, form: dict[str, Any]) -> Response:
        chat, number, text = int(form["chat_id"]), int(form["message_id"]), form["text"]
        markup = json.loads(form.get("reply_markup") or "{}")
        found = next((m for m in self.sent[chat] if m["message_id"] == number), None)
        if found is None:
            return _error(400, "Bad Request: message to edit not found")
        if (found["text"], found.get("reply_markup", {})) == (text, markup):
            return _error(400, "Bad Request: message is not modified")
        found |= {"text": text, "reply_markup": markup, "edits": found.get("edits", 0) + 1}
        return _result({key: value for key, value in found.items() if key not in ("content", "edits", "how")})

    async def sendDocument(self, form: dict[str, Any]) -> Response:
        content = await form["document"].read()
        return self._sent(form, {"document": _file(form["document"].filename), "content": content})

    async def sendPhoto(self, form: dict[str, Any]) -> Response:
        content = await form["photo"].read()
        photo = {"file_id": "p", "file_unique_id": "p", "width": 9, "height": 9}
        return self._sent(form, {"photo": [photo], "content": content})

    def _sent(self, form: dict[str, Any], content: dict[str, Any]) -> Response:
        chat = int(form["chat_id"])
        if chat in self.blocked:
            return _error(403, "Forbidden: bot was blocked by the user")
        if self.slow_down:
            self.slow_down -= 1
            return _error(429, "Too Many Requests: retry after 1", {"retry_after": 1})
        asked = json.loads(form.get("reply_parameters") or "{}").get("message_id")
        thread = form.get("message_thread_id")
        told: dict[str, Any] = {"message_thread_id": int(thread), "is_topic_message": True} if thread else {}
        if asked in self.said:
            shown = {"message_id", "date", "chat", "from", "sender_chat"}
            told["reply_to_message"] = {key: value for key, value in self.said[asked].items() if key in shown}
        message = {
            "message_id": next(self._ids),
            "date": int(time.time()),
            "chat": _private(chat),
            "from": BOT,
            **told,
            **content,
        }
        how = {
            "protected": form.get("protect_content") == "true",
            "preview": not json.loads(form.get("link_preview_options") or "{}").get("is_disabled"),
        }
        self.sent[chat].append({**message, "how": how})
        return _result({key: value for key, value in message.items() if key != "content"})

    async def editMessageReplyMarkup(self, form: dict[str, Any]) -> Response:
        chat, number = int(form["chat_id"]), int(form["message_id"])
        found = next((m for m in self.sent[chat] if m["message_id"] == number), None)
        if found is None or not found.pop("reply_markup", None):
            return _error(400, "Bad Request: message is not modified")
        return _result({key: value for key, value in found.items() if key not in ("content", "edits", "how")})

    async def getFile(self, form: dict[str, Any]) -> Response:
        file_id = form["file_id"]
        about = {"file_id": file_id, "file_unique_id": file_id, "file_size": len(self.files[file_id])}
        return _result({**about, "file_path": file_id})

    async def _download(self, request: Request) -> Response:
        if fault := self._fault("download", {}):
            return Response(status_code=fault.code)
        return Response(self.files[request.path_params["path"]])


def _user(user: int) -> dict[str, Any]:
    return {"id": user, "is_bot": False, "first_name": "某"}


def _private(user: int) -> dict[str, Any]:
    return {"id": user, "type": "private" if user > 0 else "group", **({} if user > 0 else {"title": "群"})}


def _file(name: str) -> dict[str, Any]:
    return {"file_id": "d", "file_unique_id": "d", "file_name": name}


def _entities(text: str) -> list[dict[str, Any]]:
    """Mentions and commands; offsets count UTF-16 units."""

    def units(part: str) -> int:
        return len(part.encode("utf-16-le")) // 2

    return [
        {
            "type": "mention" if match[0].startswith("@") else "bot_command",
            "offset": units(text[: match.start()]),
            "length": units(match[0]),
        }
        for match in MENTION.finditer(text)
    ]


def _result(result: Any) -> Response:
    return JSONResponse({"ok": True, "result": result})


def _error(code: int, description: str, parameters: dict[str, Any] | None = None) -> Response:
    body = {"ok": False, "error_code": code, "description": description}
    return JSONResponse({**body, **({"parameters": parameters} if parameters else {})}, code)
