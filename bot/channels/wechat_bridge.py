"""The process that speaks to a WeChat gateway, by wechaty: ``python -m bot.channels.wechat_bridge SOCKET``.

Wechaty stops the loop it runs in when the gateway is not there, keeps a stream open for ever and knows no way back but
a new start; so it has a process of its own, which ends when anything is wrong and is started again (``wechat.py``). It
knows nothing of the assistant: what it hears and what it must send pass as JSON lines over a socket that it inherits.

Gateway protocol: https://github.com/wechaty/grpc (wechaty.Puppet), as wechaty-puppet-service 1.x serves it.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import re
import socket
import sys
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import betterproto
import httpx
from grpclib.const import Cardinality, Status
from grpclib.exceptions import GRPCError, StreamTerminatedError
from wechaty_puppet.schemas.puppet import PuppetOptions

from bot.channels.ordering import Locks
from bot.channels.wechat_line import GATEWAY_AWAY, LEFT_ALONE, WRONG_TOKEN, Line
from bot.channels.wechat_words import Words, own_words, passed_on

# Before wechaty is imported: its dataclasses have these options for a default, and Python 3.11 wants those hashable.
PuppetOptions.__hash__ = object.__hash__

from wechaty import Message, Wechaty, WechatyOptions  # noqa: E402
from wechaty_puppet import ContactType, FileBox, FriendshipType, MessageType, WechatyPuppetError  # noqa: E402

FILES = {
    MessageType.MESSAGE_TYPE_ATTACHMENT,
    MessageType.MESSAGE_TYPE_AUDIO,
    MessageType.MESSAGE_TYPE_IMAGE,
    MessageType.MESSAGE_TYPE_VIDEO,
}
ITEMS = {
    MessageType.MESSAGE_TYPE_CONTACT,
    MessageType.MESSAGE_TYPE_LOCATION,
    MessageType.MESSAGE_TYPE_URL,
}
# A call has 4 MiB, base64 included; what is larger than this goes up in pieces, as a 1.x gateway does it itself.
IN_ONE_CALL, PIECE = 20 * 1024, 64 * 1024
URL_BOX, UUID_BOX = 2, 7
LOADING_TRIES, SENDING_TRIES = 3, 3
CALL_SECONDS, FILE_SECONDS = 20, 120
ALIVE_SECONDS = 20
# “回复 12”, ②: what a number of a list looks like in a group where nobody is named.
LONGEST_CHOICE = 8
# Gateways list everybody, us included, as mentioned by what is said to all: that is said to nobody of them.
TO_ALL = re.compile(r"@(?:所有人|all|everyone)(?![\w-])", re.IGNORECASE)
# WeChat puts U+2005 behind a mention, of whoever it is and by whatever name they have in that group.
MENTION = re.compile("@[^@\u2005\n]{1,64}\u2005")
# What grpclib raises when the way to the gateway is broken; a GRPCError is an answer of the gateway.
BROKEN = (StreamTerminatedError, OSError, asyncio.TimeoutError, WechatyPuppetError)
LOST = {Status.UNAVAILABLE, Status.CANCELLED, Status.DEADLINE_EXCEEDED}


@dataclass(eq=False, repr=False)
class Chunk(betterproto.Message):
    """A piece of a file: UploadRequest and DownloadResponse, which wechaty-grpc 0.20 does not have yet."""

    chunk: bytes = betterproto.bytes_field(1)


@dataclass(eq=False, repr=False)
class FileId(betterproto.Message):
    """DownloadRequest and UploadResponse; what asks about a message has the same form."""

    id: str = betterproto.string_field(1)


@dataclass(eq=False, repr=False)
class LocationPayload(betterproto.Message):
    """A place, which wechaty-grpc 0.20 does not have yet."""

    address: str = betterproto.string_field(2)
    latitude: float = betterproto.double_field(3)
    longitude: float = betterproto.double_field(4)
    name: str = betterproto.string_field(5)


@dataclass(eq=False, repr=False)
class MessageLocation(betterproto.Message):
    """MessageLocationResponse."""

    location: LocationPayload = betterproto.message_field(1)  # noqa: RUF009


@dataclass(eq=False, repr=False)
class UrlLinkPayload(betterproto.Message):
    """A shared page as gateways since 1.0 give it."""

    description: str = betterproto.string_field(1)
    title: str = betterproto.string_field(3)
    url: str = betterproto.string_field(4)


@dataclass(eq=False, repr=False)
class MessageUrl(betterproto.Message):
    """MessageUrlResponse."""

    url_link: UrlLinkPayload = betterproto.message_field(2)  # noqa: RUF009


class TooLarge(Exception):
    """A file larger than we take."""


class Bridge(Wechaty):
    """Wechaty with its events in order, and files of any size."""

    def __init__(self, options: WechatyOptions, line: Line, largest: int) -> None:
        super().__init__(options)
        self._line, self._largest = line, largest
        self._arriving: asyncio.Queue[asyncio.Task[Message | None]] = asyncio.Queue()
        self._order = Locks()
        self._running: set[asyncio.Task[Any]] = set()
        self._here = False

    # Coming and going ---------------------------------------------------------------------------------------

    async def serve(self) -> int:
        """Until the gateway or the assistant is gone; returns how it ended."""
        await self.init_puppet()
        await self.init_puppet_event_bridge(self.puppet)
        ways = [self.puppet.start(), self._take_in(), self._take_orders(), self._still_there()]
        tasks = [asyncio.ensure_future(way) for way in ways]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        error = next((task.exception() for task in done if task.exception()), None)
        if isinstance(error, GRPCError) and error.status in {Status.UNAUTHENTICATED, Status.PERMISSION_DENIED}:
            return WRONG_TOKEN
        return LEFT_ALONE if error is None and tasks[2] in done else GATEWAY_AWAY

    async def init_puppet_event_bridge(self, puppet: Any) -> None:
        """Only the events that are used.

        Wechaty's own bridge loads messages side by side and gives them out as loaded: a person's second message
        may come before the first. It also opens a web page for plug-ins and a database of scheduled work.
        """
        puppet.on("message", self._arrived)
        puppet.on("login", self._logged_in)
        puppet.on("logout", self._logged_out)
        puppet.on("scan", self._to_be_scanned)
        puppet.on("friendship", self._asked_for_friendship)

    def _logged_in(self, payload: Any) -> None:
        self._here = True
        self._soon(self._say_who(payload.contact_id))

    async def _say_who(self, contact_id: str) -> None:
        contact = self.Contact.load(contact_id)
        with contextlib.suppress(*BROKEN, GRPCError):
            await contact.ready()
        self._line.write(event="here", name=contact.name if contact.is_ready() else "")

    def _logged_out(self, payload: Any) -> None:
        self._here = False
        self._line.write(event="logged out")

    def _to_be_scanned(self, payload: Any) -> None:
        if payload.qrcode:
            self._line.write(event="scan", code=payload.qrcode)

    def _asked_for_friendship(self, payload: Any) -> None:
        self._soon(self._befriend(payload.friendship_id))

    async def _befriend(self, friendship_id: str) -> None:
        """Nobody can talk to an account that does not accept them."""
        friendship = self.Friendship.load(friendship_id)
        await friendship.ready()
        if friendship.type() == FriendshipType.FRIENDSHIP_TYPE_RECEIVE:
            await self.puppet.friendship_accept(friendship_id)
            self._line.write(event="friend", id=f"friend {friendship_id}", sender=friendship.contact().contact_id)

    async def _still_there(self) -> None:
        """A network that breaks without a word is noticed by asking."""
        while True:
            await asyncio.sleep(ALIVE_SECONDS)
            await asyncio.wait_for(self.puppet.ding("alive"), CALL_SECONDS)

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    # In -----------------------------------------------------------------------------------------------------

    def _arrived(self, payload: Any) -> None:
        """Called in the order of arrival; messages are loaded side by side and handed on in that order."""
        self._arriving.put_nowait(asyncio.create_task(self._loaded(payload.message_id)))

    async def _loaded(self, message_id: str) -> Message | None:
        for attempt in range(LOADING_TRIES):
            message = self.Message.load(message_id)
            try:
                await asyncio.wait_for(message.ready(), CALL_SECONDS)
                return message
            except IndexError:  # a kind of message that came after this wechaty
                message.payload = await self.puppet.puppet_stub.message_payload(id=message_id)
                message.payload.type = MessageType.MESSAGE_TYPE_UNSPECIFIED
                return message
            except (*BROKEN, GRPCError):
                await asyncio.sleep(attempt)
        self._line.write(event="unheard")
        return None

    async def _take_in(self) -> None:
        while True:
            message = await (await self._arriving.get())
            if message and not self._is_noise(message):
                self._soon(self._hand_on(message))

    def _is_noise(self, message: Message) -> bool:
        """What we said ourselves, what official accounts send to everybody, messages that were taken back."""
        talker = message.talker()
        official = talker.is_ready() and talker.payload.type == ContactType.CONTACT_TYPE_OFFICIAL
        taken_back = message.type() == MessageType.MESSAGE_TYPE_RECALLED
        return bool(talker.contact_id == self.puppet.self_id() or official or taken_back)

    async def _hand_on(self, message: Message) -> None:
        talker, room = message.talker(), message.room()
        async with self._order.of(f"{room.room_id if room else ''} {talker.contact_id}"):
            about: dict[str, Any] = {"id": message.message_id, "sender": talker.contact_id}
            words = own_words(message.text() or "")
            if room is not None:
                self._in_room(message, words, {**about, "room": room.room_id})
            elif message.type() == MessageType.MESSAGE_TYPE_TEXT or words.quoted:
                self._line.write(event="text", **about, text=words.own)
            elif message.type() in FILES:
                voice = message.type() == MessageType.MESSAGE_TYPE_AUDIO
                self._line.write(**about, **await self._file(message), voice=voice)
            elif message.type() == MessageType.MESSAGE_TYPE_CHAT_HISTORY and (said := passed_on(message.text() or "")):
                self._line.write(event="passed on", **about, text=said)
            elif message.type() in ITEMS:
                self._line.write(**about, **await self._item(message))
            else:
                self._line.write(event="unreadable", **about)

    async def _item(self, message: Message) -> dict[str, Any]:
        """What is handed on about a place, a card or a shared page: the fields of ``casework.cases.items``."""
        try:
            return {"event": "item", "item": await asyncio.wait_for(self._read_item(message), CALL_SECONDS)}
        except (*BROKEN, GRPCError):
            return {"event": "unreadable"}

    async def _read_item(self, message: Message) -> dict[str, Any]:
        stub, asked = self.puppet.puppet_stub, FileId(id=message.message_id)
        match message.type():
            case MessageType.MESSAGE_TYPE_LOCATION:
                place = (await stub._unary_unary("/wechaty.Puppet/MessageLocation", asked, MessageLocation)).location
                about = {"title": place.name, "address": place.address}
                return {"type": "location", "latitude": place.latitude, "longitude": place.longitude, **about}
            case MessageType.MESSAGE_TYPE_URL:
                link = (await stub._unary_unary("/wechaty.Puppet/MessageUrl", asked, MessageUrl)).url_link
                return {"type": "link", "title": link.title, "url": link.url, "description": link.description}
            case _:
                card = self.Contact.load((await stub.message_contact(id=message.message_id)).id)
                await card.ready()
                return {"type": "contact", "name": card.name, "account": card.payload.weixin or card.contact_id}

    def _in_room(self, message: Message, words: Words, about: dict[str, Any]) -> None:
        """What names or quotes us; of the rest only what may be the number of a choice that we have just offered."""
        if message.type() != MessageType.MESSAGE_TYPE_TEXT and not words.quoted:
            return
        if self._to_us(message, words):
            self._line.write(event="text", **about, text=self._without_name(words.own))
        elif len(words.own) <= LONGEST_CHOICE and any(letter.isdigit() for letter in words.own):
            self._line.write(event="number", **about, text=words.own)

    def _to_us(self, message: Message, words: Words) -> bool:
        """By the list of those who are mentioned; gateways that leave it empty leave the name in the text."""
        name = self._name_of_us()
        named = re.search(rf"@{re.escape(name)}(?![\w-])", words.own)
        listed = self.puppet.self_id() in (message.payload.mention_ids or []) and not TO_ALL.search(words.own)
        return listed or bool(named) or words.quoted == name

    def _without_name(self, text: str) -> str:
        text = re.sub(rf"@{re.escape(self._name_of_us())}(?![\w-])[\u2005 ]?", "", text)
        return MENTION.sub("", text).strip()

    def _name_of_us(self) -> str:
        return str(self.Contact.load(self.puppet.self_id()).name)

    async def _file(self, message: Message) -> dict[str, Any]:
        """What is handed on about a file."""
        name = Path(message.payload.filename or "").name
        try:
            given, content = await asyncio.wait_for(self._download(message), FILE_SECONDS)
        except TooLarge:
            return {"event": "too large"}
        except (*BROKEN, GRPCError, httpx.HTTPError, ValueError, KeyError):
            return {"event": "lost file"}
        return {"event": "file", "name": name or given, "content": base64.b64encode(content).decode()}

    async def _download(self, message: Message) -> tuple[str, bytes]:
        """Name and content of the file of a message."""
        stub = self.puppet.puppet_stub
        if message.type() == MessageType.MESSAGE_TYPE_IMAGE:
            box = json.loads((await stub.message_image(id=message.message_id, type=3)).filebox)  # as it was sent
        else:
            box = json.loads((await stub.message_file(id=message.message_id)).filebox)
        kind, content = box.get("boxType", box.get("type")), bytearray()
        if kind not in (URL_BOX, UUID_BOX):
            content += base64.b64decode(FileBox.from_json(json.dumps(box)).base64)
        async for piece in self._pieces(kind, box):
            content += piece
            if len(content) > self._largest:
                break
        if len(content) > self._largest:
            raise TooLarge
        return str(box.get("name") or ""), bytes(content)

    async def _pieces(self, kind: int, box: dict[str, Any]) -> AsyncIterator[bytes]:
        """A file that the gateway keeps, or knows where to find."""
        if kind == UUID_BOX:
            stream = self.puppet.puppet_stub._unary_stream("/wechaty.Puppet/Download", FileId(id=box["uuid"]), Chunk)
            async for piece in stream:
                yield piece.chunk
        elif kind == URL_BOX:
            async with httpx.AsyncClient() as client, client.stream("GET", box["url"]) as answer:
                answer.raise_for_status()
                async for part in answer.aiter_bytes():
                    yield part

    # Out ----------------------------------------------------------------------------------------------------

    async def _take_orders(self) -> None:
        """Until the assistant closes its end."""
        async for order in self._line:
            self._soon(self._obey(order))

    async def _obey(self, order: dict[str, Any]) -> None:
        self._line.write(event="sent", number=order["number"], how=await self._sent(order))

    async def _sent(self, order: dict[str, Any]) -> str:
        """``yes``, ``later`` when the gateway is not there, ``refused`` when it does not take this message."""
        for attempt in range(SENDING_TRIES):
            if not self._here:
                return "later"
            try:
                await asyncio.wait_for(self._send(order), FILE_SECONDS)
                return "yes"
            except BROKEN:
                return "later"
            except GRPCError as error:
                if error.status in LOST:
                    return "later"
                await asyncio.sleep(attempt)
        return "refused" if self._here else "later"

    async def _send(self, order: dict[str, Any]) -> None:
        to = order["room"] or order["to"]
        if "content" in order:
            stub = self.puppet.puppet_stub
            await stub.message_send_file(conversation_id=to, filebox=await self._box(order["name"], order["content"]))
            return
        text, mentioned = order["text"], []
        if order["room"]:
            asker = self.Contact.load(order["to"])
            await asker.ready()
            text, mentioned = f"@{asker.name}\u2005{text}", [order["to"]]
        await self.puppet.message_send_text(to, text, mentioned)

    async def _box(self, name: str, content: str) -> str:
        """A file as the gateway takes it: small ones in the call, others sent up before."""
        if len(content) <= IN_ONE_CALL:
            return str(FileBox.from_base64(content, name).to_json_str())
        whole = base64.b64decode(content)
        call = self.puppet.channel.request("/wechaty.Puppet/Upload", Cardinality.STREAM_UNARY, Chunk, FileId)
        async with call as stream:
            for at in range(0, len(whole), PIECE):
                await stream.send_message(Chunk(chunk=whole[at : at + PIECE]), end=at + PIECE >= len(whole))
            kept = await stream.recv_message()
        return json.dumps({"boxType": UUID_BOX, "type": UUID_BOX, "uuid": kept.id, "name": name, "size": len(whole)})


async def main(descriptor: int) -> int:
    """Serve one gateway; the settings come first over the line, so that no token is in a command or an environment."""
    line = await Line.open(socket.socket(fileno=descriptor))
    async for settings in line:
        options = WechatyOptions(token=settings["token"] or None, endpoint=settings["endpoint"])
        try:
            return await Bridge(options, line, settings["largest"]).serve()
        finally:
            await line.drain()
    return LEFT_ALONE


if __name__ == "__main__":
    # os._exit: wechaty and grpclib leave tasks behind that have nothing more to do.
    os._exit(asyncio.run(main(int(sys.argv[1]))))
