"""Follows the documents and learned questions of the data folder: a new version is answered from without a restart.

Every process looks for itself, so all that share a data folder switch within seconds of each other. One of them builds
and trains, in a process of its own; the others wait for it and open what it made.
"""

from __future__ import annotations

import asyncio
import time

from bot.assembly import TALKING, Assistant
from bot.collector import settle_anew
from bot.logs import turn_log
from bot.memory import give_back
from bot.rasa_agent import load_agent
from knowledge.build import added_files, open_knowledge, source_hash
from knowledge.settings import KnowledgeSettings
from knowledge.shared import switch_to
from nlu.training import prepare, program_hash

LOOK_SECONDS = 2.0
AGAIN_SECONDS = 60.0
# When every turn has ended that the version before still answers.
SETTLED_SECONDS = 60.0

Looks = tuple[tuple[str, int, int], ...]


class Reloader:
    """Looks after one running assistant."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant, self._settings = assistant, assistant.settings
        self._program = program_hash()
        self._seen: Looks | None = None

    async def run(self) -> None:
        """Look until cancelled; what goes wrong leaves the version that answers as it is."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except Exception as error:  # the next try may do; nobody who asks should notice
                turn_log.error("knowledge_not_switched", error=type(error).__name__)
                self._seen = None
                await asyncio.sleep(AGAIN_SECONDS)

    async def look(self) -> None:
        """Switch if the data folder asks for another version."""
        looks = _looks(self._settings)
        if looks == self._seen:
            return
        current = self._assistant.knowledge.version
        wanted = await asyncio.to_thread(source_hash, self._settings)
        if wanted != current and await asyncio.to_thread(program_hash) != self._program:
            # Files of a newer program lie here already: what it builds is for it, and its restart will open it.
            turn_log.warning("program_changed", knowledge=current)
        elif wanted != current:
            started = time.perf_counter()
            await asyncio.to_thread(self._switch)
            asyncio.get_running_loop().call_later(SETTLED_SECONDS, _let_go)
            seconds = round(time.perf_counter() - started, 1)
            turn_log.info("knowledge_switched", before=current, now=self._assistant.knowledge.version, seconds=seconds)
        self._seen = looks

    def _switch(self) -> None:
        model = prepare(self._settings) if self._assistant.settings.serves in TALKING else None
        knowledge = open_knowledge(self._settings)
        knowledge.search("预热")
        agent = self._assistant.agent
        if model:  # else nobody talks to this process
            agent = load_agent(model, self._assistant.services, self._assistant.conversations, agent.lock_store)
        switch_to(knowledge, self._settings)
        self._assistant.agent = agent


def _looks(settings: KnowledgeSettings) -> Looks:
    """What shows cheaply that something was added, changed or taken away."""
    found = []
    for path in added_files(settings):
        status = path.stat()
        found.append((path.name, status.st_mtime_ns, status.st_size))
    return tuple(found)


def _let_go() -> None:
    """Free what the version before held."""
    settle_anew()
    give_back()
