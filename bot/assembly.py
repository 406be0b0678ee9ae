"""Puts the parts together: knowledge base, Rasa agent with the actions in process, conversations.

The way of a turn: channel -> Assistant.turn -> Rasa's Agent -> action -> knowledge -> reply -> channel.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.lock_store import LockStore
from rasa.core.processor import MessageProcessor
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor
from threadpoolctl import threadpool_limits

import actions
from actions.expecting import SUPPLEMENT, after_submission, meant
from actions.turn_events import BESIDE, TURN_EVENTS, Clarified, Helpful, TurnEvent
from actions.wording import contacts, wording
from bot.channels.tencent.menus import menus
from bot.conversations import Conversations, SealedTrackerStore
from bot.intake import LONGEST_TURN, Intake
from bot.locks import AdvisoryLocks, DatabaseLockStore, LocalLockStore
from bot.logs import turn_log
from bot.metrics import CLARIFICATIONS, FAILED_TURNS, TURN_SECONDS, TURNS
from bot.settings import Settings
from bot.turn_loop import TurnLoop
from bot.web.city import city
from bot.work import WorkBudget
from casework.cases.in_hand import expects
from casework.cases.store import CaseStore
from casework.desk.accounts import Accounts
from casework.desk.questions import Questions
from casework.desk.tasks import Tasks
from casework.interview.interview import is_asking
from casework.petition.explanations import explanations
from casework.self_check.answers import answer_text, answers_to
from casework.self_check.definition import self_check_definition
from casework.shared import shared_accounts, shared_cases, shared_questions, shared_tasks
from casework.tip_off.definition import tip_off_definition
from knowledge.base import KnowledgeBase
from knowledge.build import Say, silent
from knowledge.shared import one_version, shared_knowledge
from knowledge.text import clean
from nlu.advice import Adviser
from nlu.components import ANSWERS_A_FORM
from nlu.training import prepare
from storage.shared import shared_store

# Characters of one message; what tells a report may be longer (bot/intake.py).
LONGEST_MESSAGE = LONGEST_TURN


# Parts in which messages are answered: the others load no model.
TALKING = ("all", "chat")


def _addressed(sender: str, replies: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**reply, "recipient_id": sender} for reply in replies]


# An action that fails leaves Rasa without a reply; nobody who wrote to us is left without one.
FAILED = {
    "text": "抱歉，系统暂时出了点问题，您刚才这条没有处理成功，之前的内容都在。请再发一次，或拨打 12345。",
    "custom": {"job": "help", "citations": [], "failed": True},
}


class InProcessActions(EndpointConfig):
    """Rasa's action endpoint answered by the action classes themselves, without an HTTP hop."""

    def __init__(self) -> None:
        super().__init__()
        self._executor = ActionExecutor()
        self._executor.register_package(actions)

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        result = await self._executor.run(kwargs.get("json") or {})
        return result or {"events": [], "responses": []}


ACTION_RESULT = validator_for({})(RemoteAction.action_response_format_spec())


def _validate_action_result(action: RemoteAction, result: dict[str, Any]) -> bool:
    """Rasa's own check of an action's result, without checking Rasa's constant schema anew each time.

    That was half the time of a turn (22 of 45 ms).
    """
    ACTION_RESULT.validate(result)
    return True


RemoteAction._validate_action_result = _validate_action_result


class Processor(MessageProcessor):
    """Rasa's processor, which need not find out what an answer to a form could mean."""

    async def parse_message(
        self,
        message: UserMessage,
        tracker: DialogueStateTracker | None = None,
        only_output_properties: bool = True,
    ) -> dict[str, Any]:
        """Read a message; its parse result is kept on it as well, for the log."""
        in_form = tracker is not None and tracker.active_loop_name is not None
        token = ANSWERS_A_FORM.set(in_form and not is_asking(message.text or ""))
        try:
            parsed: dict[str, Any] = await super().parse_message(message, tracker, only_output_properties)
        finally:
            ANSWERS_A_FORM.reset(token)
        if not in_form and tracker is not None and (intent := supplement_meant(tracker, message.text or "", parsed)):
            parsed["intent"] = {"name": intent, "confidence": 1.0}
        message.parse_data = parsed
        return parsed


def supplement_meant(tracker: DialogueStateTracker, text: str, parsed: dict[str, Any]) -> str | None:
    """The intent of a message of somebody who has a case in hand, where it is another than it seems; else None."""
    intent = str((parsed.get("intent") or {}).get("name") or "")
    wanted = expects(tracker.sender_id)
    if wanted is None:
        going_on = after_submission(intent, text) and not is_asking(text)
        submitted = going_on and shared_cases().receipt_again(tracker.sender_id)
        return SUPPLEMENT if submitted else None
    heard = meant(text, intent, wanted, is_asking(text))
    return heard if heard != intent else None


class MergedOutput(CollectingOutputChannel):
    """Collects replies as one object each; Rasa's own collector parts text and custom payload."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[TurnEvent] = []

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        kept = {key: message[key] for key in ("text", "buttons", "image", "attachment", "custom") if message.get(key)}
        self.messages.append({"recipient_id": recipient_id, **kept})
        self.events += TURN_EVENTS.validate_python(message.get(BESIDE) or ())

    def result(self) -> TurnResult:
        return TurnResult(self.messages or [FAILED], tuple(self.events))


@dataclass(frozen=True)
class TurnResult:
    """What came of a message.

    Attributes:
        replies: in the form of Rasa's REST channel, at least one.
        events: what is learnt from it; no reply carries them.
    """

    replies: Sequence[dict[str, Any]]
    events: tuple[TurnEvent, ...]


@dataclass
class Assistant:
    """A loaded assistant: one per process, shared by its channels."""

    settings: Settings
    agent: Agent
    conversations: Conversations
    cases: CaseStore
    accounts: Accounts
    tasks: Tasks
    questions: Questions
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
        return shared_knowledge(self.settings)

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
        conversation = f"{channel}:{sender}"
        output = MergedOutput()
        # A leading slash would reach Rasa as an intent of the sender's choosing.
        message = UserMessage(
            clean(text).lstrip("/") or "？", output, conversation, input_channel=channel, metadata=known
        )
        with one_version(self.settings):
            if self.adviser and not await self._private(conversation):
                await self.adviser.consult(shared_knowledge(self.settings), message.text or "")
            await self.agent.handle_message(message)
        if not output.messages:
            FAILED_TURNS.inc()
        seconds = time.perf_counter() - started
        return await asyncio.to_thread(self._kept, channel, sender, message, output.result(), seconds)

    def _kept(
        self, channel: str, sender: str, message: UserMessage, result: TurnResult, seconds: float
    ) -> list[dict[str, Any]]:
        """Count and learn from a turn; returns what goes out."""
        self._learn(result.events)
        self._record(channel, message, result.replies, seconds)
        return [*self.notices(f"{channel}:{sender}", sender), *_addressed(sender, result.replies)]

    async def in_form(self, conversation: str) -> bool:
        """Whether a question is being asked, and what is said next would be its answer."""
        tracker = await self.agent.tracker_store.retrieve(conversation)
        return tracker is not None and tracker.active_loop_name is not None

    async def _private(self, conversation: str) -> bool:
        """Whether what is said goes into a form or to a case: nothing of it is asked of a language model."""
        tracker = await self.agent.tracker_store.retrieve(conversation)
        if tracker is None:
            return False
        return tracker.active_loop_name is not None or expects(tracker.sender_id) is not None

    def notices(self, conversation: str, sender: str) -> list[dict[str, Any]]:
        """What an official who is signed in to a conversation, or an enterprise whose self-check was answered, has not
        been told yet; from now on they have."""
        account = self.accounts.bound(conversation)
        said = [("tasks", notice.text) for notice in self.tasks.take(account.id)] if account else []
        for untold in answers_to(self.cases, conversation):
            self.cases.told(untold.case, conversation, untold.last)
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

    def _record(self, channel: str, message: UserMessage, replies: Sequence[dict[str, Any]], seconds: float) -> None:
        job = next((r["custom"]["job"] for r in replies if "custom" in r), "none")
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
        parsed: dict[str, Any] = await self.turns.run(self.agent.parse_message(clean(text).lstrip("/") or "？"))
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
    model = prepare(settings) if talking else None
    say("载入助手 …")
    knowledge = shared_knowledge(settings)
    knowledge.search("预热")
    self_check_definition()
    tip_off_definition()
    explanations()
    conversations = shared_store("conversations", Conversations, settings)
    locks = AdvisoryLocks(settings.postgres_url) if settings.postgres_url else None
    lock_store = DatabaseLockStore(locks) if locks else LocalLockStore()
    agent = load_agent(model, conversations, lock_store) if model else Agent()
    # One message is too short to share out: a second thread takes a core from the next process and saves nothing
    # (docs/measurements.md). What is built above still uses them all.
    threadpool_limits(1, user_api="openmp")
    cases = shared_cases(settings)
    cases.conversations = conversations.tables()
    cases.finish_cuts()
    return Assistant(
        settings,
        agent,
        conversations,
        cases,
        shared_accounts(settings),
        shared_tasks(settings),
        shared_questions(settings),
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


def load_agent(model: Path, conversations: Conversations, locks: LockStore) -> Agent:
    """Load a trained model, with the actions in this process."""
    trackers = SealedTrackerStore(conversations)
    agent = Agent.load(str(model), tracker_store=trackers, lock_store=locks, action_endpoint=InProcessActions())
    agent.processor.__class__ = Processor
    # Rasa wraps the store in one that answers from an empty conversation when it cannot be read, and keeps in memory
    # what cannot be written: whoever was in the middle of a report would be asked what they mean, and lose it.
    agent.tracker_store = agent.processor.tracker_store = trackers
    return agent
