"""What the three messengers of Tencent's platforms are alike: made of the same parts, started and stopped as one."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from typing import Any

from bot.assembly import Assistant
from bot.channels.inbox import Brought, Inbox
from bot.channels.messenger import Fetch, File
from bot.channels.outbox import Outbox
from bot.channels.relay import Relay
from bot.channels.rendering import Part
from bot.channels.tencent.api import Account, Api, say_when_wrong
from bot.channels.tencent.arranging import unbundling
from bot.channels.tencent.listening import Listening
from bot.channels.tencent.records import Records
from knowledge.build import Say

# Of one text message, in UTF-8, on all three platforms.
LONGEST_BYTES = 2048


class PlatformMessenger(ABC):
    """A messenger whose messages come by callbacks and go by an HTTP interface; ``start`` returns at once.

    Attributes:
        secret_wrong: said when the platform does not take id or secret.
    """

    channel = shown_name = in_private = secret_wrong = ""
    # 680 Chinese characters are 2,040 bytes; what has others is fitted by ``arrange``.
    longest, has_buttons = LONGEST_BYTES // 3 - 2, False

    def __init__(
        self, assistant: Assistant, outbox: Outbox, records: Records, fetch: Fetch, say: Say, account: Account
    ) -> None:
        self._assistant, self._settings, self._say = assistant, assistant.settings, say
        self._outbox, self._records = outbox, records
        self.relay = Relay(assistant, outbox, self, unbundling(fetch))
        self.api = Api(account, records)
        self._listening = Listening(self.relay, self.api)
        self.inbox = Inbox(outbox, self.channel, self._handle, self._failed)
        self._inboxes = [self.inbox]
        self._running: list[asyncio.Task[None]] = []

    def start(self) -> None:
        runs = [*(inbox.run() for inbox in self._inboxes), *self._works()]
        runs.append(say_when_wrong(self.api, self._say, self.secret_wrong))
        self._running = [asyncio.create_task(run) for run in runs]
        self.relay.start()
        self._say(self._started())

    async def stop(self) -> None:
        for task in self._running:
            task.cancel()
        for inbox in self._inboxes:
            inbox.stop()
        await self.relay.stop()
        await self.api.close()

    def _works(self) -> list[Coroutine[Any, Any, None]]:
        """What runs besides, while the messenger does."""
        return []

    def _place(self, sender: str) -> str:
        return f"{self.channel}:{sender}"

    @abstractmethod
    def _started(self) -> str:
        """The line that says that it runs."""

    @abstractmethod
    async def _handle(self, brought: Brought) -> None:
        """Take one message.

        Raises:
            NotYet: it cannot be handled now, and is tried again.
        """

    async def _failed(self, brought: Brought) -> None:
        await self.relay.not_heard(brought.who, brought.id)

    @abstractmethod
    def arrange(self, parts: list[Part], most: int | None = None) -> list[Part]:
        """See ``messenger.Messenger``."""

    def room(self, sender: str) -> int | None:
        """See ``messenger.Messenger``."""
        return None

    @abstractmethod
    async def send(self, sender: str, part: Part, file: File | None) -> None:
        """Send one message; see ``messenger.Messenger``."""
