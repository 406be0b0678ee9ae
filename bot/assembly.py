"""Puts the parts together: knowledge base, Rasa agent with the actions in process, conversations.

The way of a turn: channel -> Assistant.turn -> Rasa's Agent -> action -> knowledge -> reply -> channel.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from threadpoolctl import threadpool_limits

from actions.turn_events import Clarified, Helpful, TurnEvent
from actions.wording import contacts, wording
from bot.channels.tencent.menus import menus
from bot.conversations import Conversations
from bot.intake import LONGEST_TURN, Intake
from bot.locks import AdvisoryLocks, DatabaseLockStore, LocalLockStore
from bot.logs import turn_log
from bot.metrics import CLARIFICATIONS, FAILED_TURNS, TURN_SECONDS, TURNS
from bot.rasa_agent import load_agent
from bot.settings import Settings
from bot.turn_loop import TurnLoop
from bot.turn_result import TurnOutput, TurnResult
from bot.web.city import city
from bot.web.suggestions import warm_up
from bot.work import WorkBudget
from casework.cases.store import CaseStore
from casework.desk.accounts import Accounts
from casework.desk.questions import Questions
from casework.desk.tasks import Tasks
from casework.self_check.answers import answer_text, answers_to
from casework.services import Services
from knowledge.base import KnowledgeBase
from knowledge.build import Say, silent
from knowledge.shared import one_version
from knowledge.text import clean
from nlu.advice import Adviser
from nlu.training import prepare
from storage.rights import renew_rights
from storage.shared import shared_store

# Characters of one message; what tells a report may be longer (bot/intake.py).
LONGEST_MESSAGE = LONGEST_TURN


# Parts in which messages are answered: the others load no model.
TALKING = ("all", "chat")
# Parts that know conversations: an official's console and the page that a receipt opens need none.
WITH_CONVERSATIONS = (*TALKING, "upkeep")


def _addressed(sender: str, replies: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**reply, "recipient_id": sender} for reply in replies]


@dataclass
class Assistant:
    """A loaded assistant: one per process, shared by its channels."""

    settings: Settings
    services: Services
    agent: Agent
    kept_conversations: Conversations | None
    locks: AdvisoryLocks | None = None
    adviser: Adviser | None = None
    turns: TurnLoop = field(default_factory=TurnLoop)
    intake: Intake = field(init=False)
    budget: WorkBudget = field(init=False)

    def __post_init__(self) -> None:
        self.intake = Intake(self)
        self.budget = WorkBudget(self.settings.sender_work_seconds, self.settings.address_work_seconds)

    @property
    def knowledge(self) -> KnowledgeBase:
        """The version that is answered from now; another may be switched to between two messages."""
        return self.services.knowledge

    @property
    def conversations(self) -> Conversations:
        """What was said, in the parts that know it (WITH_CONVERSATIONS)."""
        if self.kept_conversations is None:
            raise RuntimeError(f"the part {self.settings.serves} knows no conversations")
        return self.kept_conversations

    @property
    def keeps_house(self) -> bool:
        """Whether this process deletes and reminds for all: the upkeep, or a chat with all rights, as there may be
        no upkeep then."""
        serves = self.settings.serves
        return serves in ("all", "upkeep") or (serves == "chat" and self.cases.owned)

    @property
    def cases(self) -> CaseStore:
        return self.services.cases

    @property
    def accounts(self) -> Accounts:
        return self.services.accounts

    @property
    def tasks(self) -> Tasks:
        return self.services.tasks

    @property
    def questions(self) -> Questions:
        return self.services.questions

    async def turn(
        self, channel: str, sender: str, text: str, known: dict[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Answer one message; one that tells a report may be longer than LONGEST_MESSAGE.

        Args:
            channel: ``rest``, ``web``, ``terminal`` …: conversations of two channels never mix.
            sender: who, unique within the channel.
            text: the message, already checked for length.
            known: what our own channel knows besides, for the actions; never what a client sent.

        Returns:
            Replies in the form of Rasa's REST channel, at least one.

        Raises:
            OverBudgetError: they have had as much work done in this minute as one may.
        """
        async with self.budget.spending(f"{channel}:{sender}"):
            if len(text) > LONGEST_MESSAGE:
                return _addressed(sender, await self.intake.long_text(channel, sender, clean(text), known))
            if (answered := await self.intake.answered(channel, sender, text)) is not None:
                return _addressed(sender, answered)
            replies = await self.one_turn(channel, sender, text, known)
            return await asyncio.to_thread(self.intake.with_offer, channel, sender, replies)

    async def one_turn(
        self, channel: str, sender: str, text: str, known: dict[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Let the dialogue answer one message of at most LONGEST_MESSAGE characters; arguments as for ``turn``."""
        return await self.turns.run(self._turn(channel, sender, text, known))

    async def _turn(
        self, channel: str, sender: str, text: str, known: dict[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        started = time.perf_counter()
        conversation_id = f"{channel}:{sender}"
        output = TurnOutput()
        # A leading slash would reach Rasa as an intent of the sender's choosing.
        message = UserMessage(
            clean(text).lstrip("/") or "？", output, conversation_id, input_channel=channel, metadata=known
        )
        with one_version(self.settings):
            if self.adviser and not await self._private(conversation_id):
                await self.adviser.consult(self.knowledge, message.text or "")
            await self.agent.handle_message(message)
        result, seconds = output.result(), time.perf_counter() - started
        return await asyncio.to_thread(self._kept, channel, sender, message, result, seconds)

    def _kept(
        self, channel: str, sender: str, message: UserMessage, result: TurnResult, seconds: float
    ) -> list[dict[str, Any]]:
        """Count and learn from a turn; returns what goes out."""
        if result.failed:
            FAILED_TURNS.inc()
        self._learn(result.events)
        self._record(channel, message, result.job, seconds)
        return [*self.notices(f"{channel}:{sender}", sender), *result.as_json(sender)]

    async def in_form(self, conversation_id: str) -> bool:
        """Whether a question is being asked, and what is said next would be its answer."""
        tracker = await self.agent.tracker_store.retrieve(conversation_id)
        return tracker is not None and tracker.active_loop_name is not None

    async def _private(self, conversation_id: str) -> bool:
        """Whether what is said goes into a form or to a case: nothing of it is asked of a language model."""
        tracker = await self.agent.tracker_store.retrieve(conversation_id)
        if tracker is None:
            return False
        return tracker.active_loop_name is not None or self.services.in_hand.expects(tracker.sender_id) is not None

    def notices(self, conversation_id: str, sender: str) -> list[dict[str, Any]]:
        """What an official who is signed in to a conversation, or an enterprise whose self-check was answered, has not
        been told yet; from now on they have."""
        account = self.accounts.bound(conversation_id)
        said = [("tasks", notice.text) for notice in self.tasks.take(account.id)] if account else []
        for untold in answers_to(self.services, conversation_id):
            self.cases.told(untold.case, conversation_id, untold.last)
            said.append(("self_check", answer_text(self.cases, untold)))
        return [
            {"recipient_id": sender, "text": text, "custom": {"job": job, "citations": [], "notice": True}}
            for job, text in said
        ]

    def _learn(self, events: Sequence[TurnEvent]) -> None:
        """Keep what could not be answered, for the office, and what was found helpful."""
        for event in events:
            if isinstance(event, Helpful):
                self.questions.praise(event.clause)
            elif isinstance(event, Clarified):
                CLARIFICATIONS.labels(event.between).inc()
            else:
                self.questions.note(event.question, event.why)

    def _record(self, channel: str, message: UserMessage, job: str, seconds: float) -> None:
        intent = (message.parse_data or {}).get("intent") or {}
        TURNS.labels(channel, job).inc()
        self.questions.count_turn(job, self.settings.current_day())
        TURN_SECONDS.labels(channel).observe(seconds)
        turn_log.info(
            "turn",
            channel=channel,
            job=job,
            intent=intent.get("name"),
            confidence=round(float(intent.get("confidence") or 0.0), 3),
            ms=round(seconds * 1000, 1),
        )

    async def parse(self, text: str) -> dict[str, Any]:
        """Rasa's parse result of a text."""
        return await self.turns.run(self._parse(text))

    async def _parse(self, text: str) -> dict[str, Any]:
        with one_version(self.settings):
            parsed: dict[str, Any] = await self.agent.parse_message(clean(text).lstrip("/") or "？")
        return parsed

    def ready(self) -> bool:
        """Whether what this process serves can be served now: cases can be written, and where people talk to it the
        model is loaded and conversations can be written too."""
        self.cases.check()
        if self.settings.serves not in TALKING:
            return True
        self.conversations.check()
        return self.agent.is_ready() and bool(self.knowledge.search("时间安排", limit=1))


def assemble(settings: Settings, say: Say = silent) -> Assistant:
    """Build what is out of date and load everything, so that the first message is as fast as the rest."""
    # A mistake in these is said at once, not after a minute of building.
    contacts()
    wording()
    menus()
    city()
    talking = settings.serves in TALKING
    if talking:
        warm_up()
    model = prepare(settings) if talking else None
    say("载入助手 …")
    services = Services(settings, tells_officials=settings.serves != "intake")
    services.knowledge.search("预热")
    services.open_all()
    if settings.serves == "upkeep" and settings.postgres_url:
        renew_rights(settings.postgres_url)
    known = settings.serves in WITH_CONVERSATIONS
    conversations = shared_store("conversations", Conversations, settings) if known else None
    locks = AdvisoryLocks(settings.postgres_url) if settings.postgres_url else None
    lock_store = DatabaseLockStore(locks) if locks else LocalLockStore()
    agent = load_agent(model, services, conversations, lock_store) if model and conversations else Agent()
    # One message is too short to share out: a second thread takes a core from the next process and saves nothing
    # (docs/measurements.md). What is built above still uses them all.
    threadpool_limits(1, user_api="openmp")
    cases = services.cases
    if conversations:
        cases.conversations = conversations.tables()
        cases.finish_cuts()
    return Assistant(
        settings,
        services,
        agent,
        conversations,
        locks,
        adviser_of(settings),
    )


def adviser_of(settings: Settings) -> Adviser | None:
    """The language model that is asked for a second opinion, where the city has one."""
    if not settings.llm_url:
        return None
    return Adviser(
        settings.llm_url, settings.llm_model, settings.llm_key.get_secret_value() if settings.llm_key else ""
    )
