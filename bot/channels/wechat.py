"""WeChat, through a gateway (wechaty-puppet-service): the process that speaks to it, looked after from here."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import itertools
import os
import socket
import sys
import time
from typing import Any

import segno
from aiolimiter import AsyncLimiter

from bot.assembly import Assistant
from bot.channels.inbox import Brought, Inbox
from bot.channels.messenger import Away, Fetch, File, Rejected, Unlimited
from bot.channels.outbox import Outbox
from bot.channels.relay import Relay, in_group, place_in_group
from bot.channels.rendering import Part, at
from bot.channels.wechat_line import GATEWAY_AWAY, WRONG_TOKEN, Line
from bot.channels.wechat_words import spoken
from bot.intake import passed_on
from bot.logs import turn_log
from knowledge.build import Say
from storage.database import STORE_ERRORS

NOT_READABLE = "这种消息我看不懂。请发文字；举报时可以发图片、文件、录音、视频、位置、名片和网页链接。"
TOO_LARGE = "文件超过 {mb} MB，没有保存。请压缩或分成几个再发，也可以在网页{web}上传。"
LOST_FILE = "文件没有取到，没有保存。请再发一次。"
IN_WORDS = "语音我听不懂：请长按语音转文字，再把文字发给我。"
TOLD = {"unreadable": NOT_READABLE, "lost file": LOST_FILE}
ABOUT_THE_ACCOUNT = {"here", "scan", "logged out"}
IN_PRIVATE = "这件事涉及您的个人信息，请不要在群里说。请点我的头像，添加到通讯录后与我单独对话。"
BACK_OFF_SECONDS, STEADY_SECONDS = (1, 2, 4, 8, 16, 32, 60), 60
SENT_WITHIN_SECONDS = 150
MODULE = "bot.channels.wechat_bridge"


class WeChat(Unlimited):
    """The channel; ``start`` returns at once, and a gateway that is not there leaves the rest running."""

    channel, shown_name = "wechat", "微信"
    # What fits into two screens of a phone; WeChat itself takes more.
    longest = 1_000
    has_buttons, in_private = False, IN_PRIVATE

    def __init__(self, assistant: Assistant, outbox: Outbox, fetch: Fetch, say: Say) -> None:
        self._settings, self._say = assistant.settings, say
        self.relay = Relay(assistant, outbox, self, fetch)
        self._pace = AsyncLimiter(self._settings.wechat_per_second, 1)
        self._line: Line | None = None
        self._sending: dict[int, asyncio.Future[str]] = {}
        self._numbers = itertools.count(1)
        self.inbox = Inbox(outbox, self.channel, self._handle, self._failed)
        self._contents: dict[str, str] = {}  # of files that are not handled yet, by message
        self._work: set[asyncio.Task[None]] = set()
        self._said = ""

    # Running ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin in the background."""
        self._running = asyncio.create_task(self._run())
        self._handling = asyncio.create_task(self.inbox.run())
        self.relay.start()

    async def stop(self) -> None:
        for task in (self._running, self._handling):
            task.cancel()
        self.inbox.stop()
        await self.relay.stop()
        with contextlib.suppress(asyncio.CancelledError):
            await self._running

    async def _run(self) -> None:
        """Start the process again whenever it ends, after a while that grows."""
        failures = 0
        while True:
            began = time.monotonic()
            status = await self._serve()
            if status == WRONG_TOKEN:
                self._say("微信：令牌无效，该渠道未启动，其他渠道照常。请检查 ASSISTANT_WECHAT_TOKEN。")
                return
            why = "连不上网关" if status == GATEWAY_AWAY else f"进程退出（{status}）"
            self._once(f"微信：{why}，将不断重试；其他渠道照常。")
            failures = 0 if time.monotonic() - began > STEADY_SECONDS else failures + 1
            await asyncio.sleep(BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS) - 1)])

    def _once(self, text: str) -> None:
        """One line for one state, however often it is tried."""
        if text != self._said:
            self._say(text)
        self._said = text

    async def _serve(self) -> int:
        """One life of the process; returns its exit status."""
        ours, theirs = socket.socketpair()
        folder = self._settings.data_dir / "wechat"
        folder.mkdir(parents=True, exist_ok=True)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "ignore", "-m", MODULE, str(theirs.fileno()),
            pass_fds=[theirs.fileno()], env=_environment(str(folder)),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        theirs.close()
        line = await Line.open(ours)
        token, largest = self._settings.wechat_token, self._settings.evidence_mb * 2**20
        shown = token.get_secret_value() if token else ""
        line.write(endpoint=self._settings.wechat_endpoint, token=shown, largest=largest)
        self._line = line
        try:
            async for heard in line:
                self._take(heard)
            return await process.wait()
        finally:
            self._line = None
            for sending in self._sending.values():
                sending.set_result("later")
            line.close()  # on which the process ends
            with contextlib.suppress(ProcessLookupError):
                process.terminate()

    def _take(self, heard: dict[str, Any]) -> None:
        if heard["event"] == "sent":
            if sending := self._sending.pop(heard["number"], None):
                sending.set_result(heard["how"])
            return
        if heard["event"] in ABOUT_THE_ACCOUNT:
            self._note(heard)
        elif "id" in heard:
            self._keep(heard)
        else:
            turn_log.error("wechat", event=heard["event"])

    # In ---------------------------------------------------------------------------------------------------

    def _keep(self, heard: dict[str, Any]) -> None:
        """Kept before it is handled: should we die, whoever comes next answers it, or says that we did not.

        A file's content is not kept: it lies in memory until its report has it, and its sender is asked for it again.
        """
        content = heard.pop("content", None)
        brought = Brought(heard["id"], _place_of(heard), heard)
        try:
            new = self.inbox.keep(brought)
        except STORE_ERRORS as error:  # who wrote is told to write again (relay)
            turn_log.error("not kept", channel=self.channel, error=type(error).__name__)
            task = asyncio.create_task(self._not_kept(brought))
            self._work.add(task)
            task.add_done_callback(self._work.discard)
            return
        if new and content is not None:
            self._contents[heard["id"]] = content

    async def _not_kept(self, brought: Brought) -> None:
        with contextlib.suppress(Exception):
            await self._failed(brought)

    async def _failed(self, brought: Brought) -> None:
        await self.relay.not_heard(brought.who, brought.id)

    async def _handle(self, brought: Brought) -> None:
        heard, place = brought.content, brought.who
        relay, sender, message = self.relay, heard["sender"], brought.id
        content = self._contents.pop(message, None)
        match heard["event"]:
            case "friend":
                await relay.hear(sender, message, "你好")
            case "text" if heard.get("room"):
                await relay.hear_in_group(place, message, spoken(heard["text"]))
            case "text":
                await relay.hear(sender, message, spoken(heard["text"]))
            case "number":
                await relay.choose_in_group(place, message, heard["text"])
            case "passed on":
                await relay.take_forwarded(sender, message, heard["text"], passed_on(heard["text"]))
            case "item":
                await relay.take_item(sender, message, heard["item"], NOT_READABLE)
            case "file":
                await self._take_file(heard, message, content)
            case "too large":
                await relay.tell(sender, message, self._too_large(), counted=False)
            case other if other in TOLD:
                await relay.tell(sender, message, TOLD[other], counted=False)
            case other:
                turn_log.error("wechat", event=other)

    async def _take_file(self, heard: dict[str, Any], message: str, content: str | None) -> None:
        """A file goes to its report; of one whose content died with a process its sender is told."""
        if content is None:
            await self.relay.tell(heard["sender"], message, LOST_FILE, counted=False)
            return
        note = IN_WORDS if heard.get("voice") else ""
        name = heard["name"] or "文件"
        await self.relay.take_file(heard["sender"], message, name, base64.b64decode(content), note=note)

    def _note(self, heard: dict[str, Any]) -> None:
        """What happens to our own account, for whoever runs it."""
        match heard["event"]:
            case "here":
                self._once(f"微信：已连接（{heard['name']}）。")
                self.relay.wake()
            case "scan":
                self._once(_to_scan(heard["code"]))
            case _:
                self._once("微信：账号已在手机上退出，请在网关重新登录；其他渠道照常。")

    def _too_large(self) -> str:
        return TOO_LARGE.format(mb=self._settings.evidence_mb, web=at(self._settings.public_url))

    # Out --------------------------------------------------------------------------------------------------

    async def send(self, sender: str, part: Part, file: File | None) -> None:
        """Send one message; see ``relay.Messenger``."""
        room, person = place_in_group(sender)
        order: dict[str, Any] = {"to": person, "room": room}
        if file is None:
            order["text"] = part.text
        else:
            order |= {"name": file.name, "content": base64.b64encode(file.content).decode()}
        async with self._pace:
            how = await self._order(order)
        if how == "later":
            raise Away
        if how == "refused":  # tried several times; nothing that is sent again would fare better
            turn_log.error("wechat refused")
            raise Rejected

    async def _order(self, order: dict[str, Any]) -> str:
        """Have a message sent; ``yes``, ``later`` or ``refused``."""
        if self._line is None:
            return "later"
        number, sending = next(self._numbers), asyncio.get_running_loop().create_future()
        self._sending[number] = sending
        self._line.write(**order, number=number)
        try:
            return str(await asyncio.wait_for(sending, SENT_WITHIN_SECONDS))
        except TimeoutError:
            return "later"
        finally:
            self._sending.pop(number, None)


def _place_of(heard: dict[str, Any]) -> str:
    return in_group(heard["room"], heard["sender"]) if heard.get("room") else str(heard["sender"])


def _environment(folder: str) -> dict[str, str]:
    """Nothing of our settings; wechaty writes its cache into a folder of ours, and no message into a log."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ASSISTANT_", "WECHATY"))}
    return kept | {"WECHATY_LOG": "error", "CACHE_DIR": folder}


def _to_scan(code: str) -> str:
    """A QR code for the terminal, to log in with the office's telephone."""
    drawn = io.StringIO()
    segno.make(code).terminal(drawn, compact=True)
    return f"微信：请用本单位微信“扫一扫”登录网关：\n{drawn.getvalue()}"
