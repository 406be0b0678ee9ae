"""Deletes what its time is up for, however long the process runs. What is kept for how long: docs/privacy.md."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from datetime import datetime

from bot.anchors import Anchor
from bot.assembly import Assistant
from bot.channels.outbox import Outbox
from bot.channels.tencent.records import Records
from bot.logs import turn_log
from bot.metrics import KEPT_HOUSE
from bot.settings import Settings
from casework.desk.notify import announce_what_was_left
from storage.database import STORE_ERRORS, StoreLocation
from storage.encryption import Encryptor
from storage.settings import LUOYANG
from storage.shared import Store, open_stores, shared_store

MINUTE, MINUTES_AN_HOUR = 60, 60
TELLING_SECONDS = 5
# Reports from before their units had a key; each takes about a millisecond, in one transaction.
SEALED_A_MINUTE = 1000
# How far the clock may drift from the time that has passed before nothing is deleted by it.
TRUSTED_SECONDS = 600.0


class Clock:
    """The wall clock, and whether it has run since this was made as time has: one that jumped a year ahead would
    make every draft look abandoned."""

    def __init__(self) -> None:
        self._difference = time.time() - time.monotonic()

    def jumped(self) -> bool:
        return abs(time.time() - time.monotonic() - self._difference) > TRUSTED_SECONDS


async def keep_retention(assistant: Assistant) -> None:
    """What may be told again for a while every minute, the rest every hour; a store that is away is tried again."""
    clock, anchor = Clock(), Anchor(assistant.settings)
    for minute in itertools.count():
        try:
            await asyncio.to_thread(assistant.cases.forget_deliveries)
            await asyncio.to_thread(assistant.cases.forget_contacts)
            await asyncio.to_thread(forget_given, assistant.settings)
            await asyncio.to_thread(assistant.cases.secrets.forget)
            await asyncio.to_thread(assistant.cases.destroy_doomed)
            await asyncio.to_thread(assistant.cases.key_earlier, SEALED_A_MINUTE)
            await asyncio.to_thread(assistant.cases.seal_earlier, SEALED_A_MINUTE)
            if minute % (MINUTES_AN_HOUR if assistant.settings.postgres_url else 1) == 0:
                await asyncio.to_thread(write_over, assistant)
            anchor.daily(await asyncio.to_thread(assistant.cases.head), datetime.now(LUOYANG).date())
            KEPT_HOUSE.set_to_current_time()
            if clock.jumped():
                turn_log.error("clock_jumped", deleted="nothing until the clock is set right or we are started again")
            elif minute % MINUTES_AN_HOUR == 0:
                await asyncio.to_thread(delete_what_is_old, assistant)
        except (*STORE_ERRORS, OSError) as error:
            turn_log.warning("retention_postponed", error=type(error).__name__)
        await asyncio.sleep(MINUTE)


async def keep_telling(assistant: Assistant) -> None:
    """Tell officials, within seconds, what the receipt page left for them in a process that knows none."""
    while True:
        try:
            await asyncio.to_thread(announce_what_was_left, assistant.services)
        except (*STORE_ERRORS, OSError) as error:
            turn_log.warning("telling_postponed", error=type(error).__name__)
        await asyncio.sleep(TELLING_SECONDS)


def forget_given(settings: Settings) -> None:
    """What the platforms were given in the answer to a callback, and pages whose time is up."""
    if records := _of_messengers("tencent", Records, settings):
        records.delete_old(settings.link_minutes)


def _of_messengers(name: str, make: Callable[[StoreLocation, Encryptor], Store], settings: Settings) -> Store | None:
    """A store of the messengers, also of such as were turned off since; None where there never was one."""
    there = settings.postgres_url or (settings.data_dir / f"{name}.db").exists()
    return shared_store(name, make, settings) if there else None


def write_over(assistant: Assistant) -> None:
    """Leave nothing in any store's own files of what was deleted: a conversation goes with its report."""
    stores = (assistant.cases, assistant.conversations, *open_stores(assistant.settings))
    for store in dict.fromkeys(stores):
        store.write_over()


def delete_what_is_old(assistant: Assistant) -> None:
    """Keep what was promised about conversations, drafts, tip-offs, files without a case, questions and messages."""
    settings = assistant.settings
    assistant.conversations.delete_older_than(settings.conversation_days)
    assistant.cases.delete_drafts_older_than(settings.draft_days)
    assistant.cases.delete_closed_older_than(settings.tip_days)
    assistant.cases.delete_idle_older_than(settings.open_tip_days)
    assistant.cases.sweep()
    assistant.questions.delete_older_than(settings.question_days)
    if outbox := _of_messengers("outbox", Outbox, settings):
        outbox.delete_old()
