"""Rasa graph components, in the order of config.yml's pipeline.

SafetyGuard -> QuestionJudge -> DirectoryEntities -> ExactCommands
"""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import (
    ENTITIES,
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message

from knowledge.base import SURE_BESIDE, KnowledgeBase
from knowledge.multi_question import split_questions
from knowledge.named_things import thing_asked_for
from knowledge.naming import named_document, named_place
from knowledge.query_cleaning import ASKED, clean_query
from knowledge.question_bank import names_another_city
from knowledge.question_form import asking_part
from knowledge.shared import knowledge_of_turn
from knowledge.text import normalise
from knowledge.turn import ANSWERS_A_FORM
from nlu.reports import (
    ANSWERS,
    ASKS_ANYTHING,
    ASKS_HOW_MANY,
    LEAST_ASKED_FOR,
    reported_or_asked,
    sure_of_one,
    tells_of_own_work,
)

OUT_OF_SCOPE = "out_of_scope"
UNCLEAR = "unclear"
# What can be told apart from an answer by asking: the others of actions/data/readings.yml (a test compares).
PROCEDURES = ("tip_off", "self_check", "tip_status", "petition", "handoff")
# What the guard may raise; nothing that follows it overrules that.
ALARMS = ("danger", "fraud_now")
# What it may leave on a message that raised none: the alarm that could be meant (actions/safety.py).
HINT = "hint"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class SafetyGuard(IntentClassifier, GraphComponent):
    """Before any job is looked for, in a form or not: is a life in danger, is somebody being cheated now?"""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SafetyGuard:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text, knowledge = message.get(TEXT) or "", knowledge_of_turn()
            # Who reports what is over sounds much like who is in it now: both are served by a report with a hint.
            heard = knowledge.heard(text, ANSWERS_A_FORM.get())
            if heard.alarm:
                set_intent(message, {heard.alarm: 1.0})
            elif heard.hint:
                message.set(HINT, heard.hint, add_to_output=True)
        return messages


def alarmed(message: Message) -> bool:
    """Whether the guard has spoken, which nothing overrules."""
    return (message.get(INTENT) or {}).get(INTENT_NAME_KEY) in ALARMS


def set_intent(message: Message, probabilities: dict[str, float]) -> None:
    """Write a ranking to a message the way Rasa's own classifiers do."""
    ranked = sorted(probabilities.items(), key=lambda item: -item[1])
    ranking = [{INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: value} for name, value in ranked]
    message.set(INTENT, ranking[0], add_to_output=True)
    message.set(INTENT_RANKING_KEY, ranking[:10], add_to_output=True)


def decided(intent: str, probabilities: dict[str, float]) -> dict[str, float]:
    """A ranking with a certain winner, though another was certain before."""
    others = {name: min(value, 0.99) for name, value in probabilities.items() if name != intent}
    return {intent: 1.0, **others}


def ranking(message: Message) -> dict[str, float]:
    """The intent ranking of a message as name -> probability."""
    return {item[INTENT_NAME_KEY]: item[PREDICTED_CONFIDENCE_KEY] for item in message.get(INTENT_RANKING_KEY) or []}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class DirectoryEntities(EntityExtractorMixin, GraphComponent):
    """Names from the directory as Rasa entities: sector, trade, unit, person, step, county."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DirectoryEntities:
        return cls()

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {}

    def process(self, messages: list[Message]) -> list[Message]:
        directory = knowledge_of_turn().directory
        for message in messages:
            entities = [
                {"entity": m.kind, "value": m.id, "start": m.start, "end": m.end, "extractor": "DirectoryEntities"}
                for m in directory.mentions(message.get(TEXT) or "")
            ]
            message.set(ENTITIES, (message.get(ENTITIES) or []) + entities, add_to_output=True)
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class QuestionJudge(IntentClassifier, GraphComponent):
    """One decision over the same evidence: which entry answers, which procedure begins, or neither.

    The probabilities are those of ``knowledge.judge``; an entry's count for its job, all of them together for "it is a
    question that can be answered".
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        # When two readings are put to the person: chosen on the bank's own questions, left out (docs/understanding.md).
        return {"second_at_least": 0.3, "close": 0.25, "asked_at_least": 0.2, "declined_at_least": 0.6}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> QuestionJudge:
        return cls(config)

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config

    def process(self, messages: list[Message]) -> list[Message]:
        if ANSWERS_A_FORM.get():
            return messages
        for message in messages:
            if not alarmed(message):
                set_intent(message, self._judged(clean_query(message.get(TEXT) or "")))
        return messages

    def _judged(self, text: str) -> dict[str, float]:
        # 😀😀😀, ……, /restart: nothing that is said, and a command that is none of ours (ours are heard exactly).
        if text.startswith("/") or not any(char.isalnum() for char in text):
            return {OUT_OF_SCOPE: 1.0}
        knowledge = knowledge_of_turn()
        if added := knowledge.added(text):
            return {added.job: 1.0}
        probabilities, answers = by_intent(knowledge, text)
        first = self._meant(knowledge, text, probabilities, answers)
        return probabilities if first == next(iter(probabilities)) else decided(first, probabilities)

    def _meant(self, knowledge: KnowledgeBase, text: str, probabilities: dict[str, float], answers: str) -> str:
        """The intent: the likeliest, unless the message's own words say that it is another.

        Args:
            answers: the job of the likeliest entry.
        """
        first = next(iter(probabilities))
        # 俺在郑州工地上打工，…几号以前整完: where somebody is says nothing of whose plan is asked about.
        if first in (*ANSWERS, OUT_OF_SCOPE) and (names_another_city(asking_part(text)) or FOR_MACHINES.search(text)):
            first = OUT_OF_SCOPE
        elif asks_other_document(knowledge, text, first):
            first = answers
        elif told := reported_or_asked(text, first, probabilities, answers):
            first = told
        elif ASKS_TO_DO_IT_HERE.search(text) and (begun := likeliest_procedure(probabilities)):
            first = begun
        elif (
            first in ANSWERS
            and ASKS_WHAT_TO_TELL.search(text)
            and probabilities.get("petition", 0.0) >= LEAST_ASKED_FOR
        ):
            first = "petition"
        elif self._is_answered_first(knowledge, text, probabilities, answers):
            first = answers
        elif self._two_readings(probabilities):
            first = UNCLEAR
        elif first == "tasks" and not FIRST_PERSON.search(text):
            first = answers
        elif first == OUT_OF_SCOPE:
            first = _answered_otherwise(knowledge, text) or self._declined(text, probabilities, answers)
        return first

    def _two_readings(self, probabilities: dict[str, float]) -> bool:
        """Whether a procedure and another reading are nearly as likely: a procedure is not begun on a guess."""
        asked = max(probabilities.get(intent, 0.0) for intent in ANSWERS)
        likely = {"asked": asked, **{intent: probabilities.get(intent, 0.0) for intent in PROCEDURES}}
        (_, first), (_, second) = sorted(likely.items(), key=lambda item: -item[1])[:2]
        if max(probabilities.values()) > first:
            return False
        return bool(second >= self._config["second_at_least"] and first - second <= self._config["close"])

    def _is_answered_first(
        self, knowledge: KnowledgeBase, text: str, probabilities: dict[str, float], answers: str
    ) -> bool:
        """Whether a message that sounds like a procedure is answered before a form is offered.

        It asks something, or tells what is done where somebody works: what the plan says of it comes first.
        """
        first, asked = next(iter(probabilities)), probabilities.get(answers, 0.0)
        asks = ASKS_HOW_MANY.search(text) or (asked >= self._config["asked_at_least"] and QUESTION.search(text))
        if first in STARTING and asks:
            return True
        unsure = first == "tip_off" or self._two_readings(probabilities)
        return unsure and tells_of_own_work(text) and sure_of_one(knowledge, text)

    def _declined(self, text: str, probabilities: dict[str, float], answers: str) -> str:
        """Out of scope only when that is likely: who is declined wrongly goes away unheard, with a report above all."""
        asked, reported = probabilities.get(answers, 0.0), probabilities.get("tip_off", 0.0)
        if reported >= LEAST_REPORTED and reported > asked:
            return "tip_off"
        sure = probabilities[OUT_OF_SCOPE] >= self._config["declined_at_least"]
        return OUT_OF_SCOPE if sure or asked < LEAST_ASKED else answers


def _answered_otherwise(knowledge: KnowledgeBase, text: str) -> str | None:
    """The job of a message that is out of scope as a whole but names an added document's matter, or asks two things."""
    if thing_asked_for(text):
        return "policy"  # 方案提到花呗没有: that it does not is an answer
    if best := other_document(knowledge, text):
        return best
    parts = split_questions(knowledge, text)
    return by_intent(knowledge, parts[0].text)[1] if parts else None


def by_intent(knowledge: KnowledgeBase, text: str) -> tuple[dict[str, float], str]:
    """Intents by probability, the likeliest first, and the job of the likeliest entry.

    All entries together speak for the job of the likeliest of them: which one answers is not the question here.
    """
    judged = knowledge.judgement(text)
    entry = knowledge.entries.get(judged.answers[0].label)
    answers = entry.job if entry else "policy"
    found = {**judged.procedures, answers: judged.chance_of_answer}
    return dict(sorted(found.items(), key=lambda item: -item[1])), answers


def likeliest_procedure(probabilities: dict[str, float]) -> str | None:
    """The procedure that somebody wants to go through who asks whether it can be done here."""
    chances = {intent: probabilities.get(intent, 0.0) for intent in STARTING}
    best = max(chances, key=lambda intent: chances[intent])
    return best if chances[best] >= LEAST_ASKED_FOR else None


def other_document(knowledge: KnowledgeBase, text: str) -> str | None:
    """The job of answering from an added document, when one of its clauses is likely to or the message names it."""
    return "policy" if knowledge.ahead(text) or named_document(knowledge.documents, text) else None


def asks_other_document(knowledge: KnowledgeBase, text: str, first: str) -> bool:
    """Whether a message that is taken for something else asks what an added document says.

    《…条例》第十条 is opened, whatever it speaks of. What begins a form must name the document and ask something: that
    a law speaks of reports makes no question of a report.
    """
    if len(knowledge.documents) == 1:
        return False
    if first not in STARTING and named_place(knowledge.documents, text):
        return True
    if first in (*ANSWERS, OUT_OF_SCOPE) or not ASKS_ANYTHING.search(text):
        return False
    if named_document(knowledge.documents, text):
        return True
    return first not in STARTING and any(hit.probability >= SURE_BESIDE for hit in knowledge.ahead(text))


# Entries together must be this likely for an answer in place of a refusal.
LEAST_ASKED = 0.25
# A report this likely is taken up. Of 220 reports that the encoder had not seen 1.8 % are declined then and not 9.5; of
# 898 messages out of scope 2.1 % begin a report and not 0.6.
LEAST_REPORTED = 0.2
# policy{"sector": "p2p"}: what is written for a program is no question.
FOR_MACHINES = re.compile(r"\{[^}]*[:=][^}]*\}")
# Procedures that begin a form or ask for a code.
STARTING = ("tip_off", "self_check", "tip_status")
QUESTION = re.compile(
    r"[?？]$|[吗么不没呢][?？。]?$|归谁|谁管|哪个(?:部门|单位|小组)|怎么办|咋办|"
    r"多久|几天|几年|是不是|能不能|问一句|先问"
)
# 在你这儿能填不能, 您一步步问我来答: no question about the plan, but a wish to begin.
ASKS_TO_DO_IT_HERE = re.compile(
    r"(?:你们?|您)?这(?:儿|里|边|上头|上面|个?助手)?.{0,4}(?:能|可以|中|行|成).{0,3}(?:办|填|做|弄|报|交|举报|自查|登记)"
    r"|(?:往|到|跟|向|给)(?:你们?|您)(?:这)?(?:儿|里|边)?.{0,3}(?:说|报|交|讲|反映).{0,2}(?:中|行|可以|成|能|吗|不)"
    r"|(?:想|要|来)(?:去)?(?:举报|检举|告发)[^，。？?]{0,12}[，,]?(?:咋|怎么|如何)(?:个)?(?:弄|办|搞|整|报|举报|操作)[?？]?$"
    r"|(?:咋|怎么|如何|往哪儿?)(?:发|交|传|寄|递)(?:给|到)?(?:你们?|您)|(?:给|请|让|交)(?:给)?(?:你们?|您)(?:来)?(?:查|管|看)(?:查|管|看|一?下)"
    r"|从哪(?:儿|里)?(?:开始)?(?:填|做|弄)"
    r"|(?:一步一?步|一步步|挨个|一条一?条|逐项)(?:地)?(?:来)?(?:问我|问，?我|带我)|(?:交给|发给|转给)(?:你们?|您).{0,3}(?:查|核实|处理)"
)
# Somebody at the counter who wants to know what to tell those who have come: the standard explanations.
ASKS_WHAT_TO_TELL = re.compile(
    r"(?:来访|上访|访民|群众|投资人|出借人|大厅|窗口|找上门|来人|老乡)[^？?]{0,40}"
    r"(?:该|应该?)?(?:咋|怎么|如何|咋样|怎样)(?:给|跟|向|对)?(?:人家|他们?|她们?|群众)?(?:才)?"
    r"(?:接待|答复|回复|回应|回话|解释|劝|应对|登记|安抚|稳住|开口|说|答|讲|回)"
)
FIRST_PERSON = re.compile(r"全市任务|各单位任务|我|咱|俺|本单位|本局|本县|本区")


# Commands whose patterns leave no room for other words: 我回来了 and 我想撤回 are no cry for help.
SAID_WHOLE = ("resume", "cancel", "tip_withdraw")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class ExactCommands(IntentClassifier, GraphComponent):
    """Words that mean one thing only, whatever a classifier thinks of them: buttons, codes, 那众筹呢."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ExactCommands:
        return cls(config)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"commands": {}}

    def __init__(self, config: dict[str, Any]) -> None:
        self._commands = [(intent, re.compile(pattern)) for intent, pattern in config["commands"].items()]

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = normalise(message.get(TEXT) or "").strip(" 。！？!?~～，,")
            intent = next((name for name, pattern in self._commands if pattern.fullmatch(text)), None)
            if alarmed(message) and message.get(INTENT)[INTENT_NAME_KEY] == "danger" and intent not in SAID_WHOLE:
                continue  # a life comes before any command; a code or 补充 is no fraud under way
            # A whole question may end in 呢 as well.
            if intent == "follow_up" and (ASKED.search(text) or not knowledge_of_turn().directory.mentions(text)):
                intent = None
            intent = intent or _with_receipt(text)
            if intent:
                set_intent(message, decided(intent, ranking(message)))
        return messages


def _with_receipt(text: str) -> str | None:
    """What is wanted of a report whose receipt stands in the message: its digits must not decide what is meant."""
    match = RECEIPT.search(text)
    beside = text[: match.start()] + text[match.end() :] if match else ""
    if not beside or len(beside) > SHORT_BESIDE or NO_RECEIPT.search(beside):
        return None
    if WITHDRAWS.search(beside):
        return "tip_withdraw"
    return "tip_status" if ASKS_PROGRESS.search(beside) else None


# Sixteen digits, in fours or in one.
RECEIPT = re.compile(r"(?<!\d)\d{4}(?:[ .·\-]{0,2}\d{4}){3}(?!\d)")
SHORT_BESIDE = 16
NO_RECEIPT = re.compile(r"卡|账|帐|户|转|汇|补充|追加|留言|编号")
WITHDRAWS = re.compile(r"(?<![不别])撤(?!销?案)")
ASKS_PROGRESS = re.compile(
    r"进度|进展|结果|步|怎么样|咋样|受理|办[理得好完到]|查|看看|帮.{0,2}看|瞅|号码?是|是这个|输错|抄错|写错|有信|消息|回复了?[吗没]"
)
