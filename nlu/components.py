"""Rasa graph components, in the order of config.yml's pipeline.

SentenceVectors -> JobClassifier -> DirectoryEntities -> ScopeJudge -> ExactCommands
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import (
    ENTITIES,
    FEATURE_TYPE_SENTENCE,
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from knowledge.bank import load_other_places
from knowledge.build import VectorCache
from knowledge.classifier import TextClassifier
from knowledge.core import ASKED, core
from knowledge.encoder import shared_encoder
from knowledge.parts import parts_of
from knowledge.settings import KnowledgeSettings
from knowledge.shared import shared_knowledge
from knowledge.text import normalise

ANSWERS = ("policy", "duty", "deadline")
OUT_OF_SCOPE = "out_of_scope"
UNCLEAR = "unclear"
# What can be told apart from an answer by asking: the others of actions/data/readings.yml (a test compares).
PROCEDURES = ("tip_off", "self_check", "tip_status", "petition", "handoff")
ALIAS = "sentence_vectors"
# True while a message is read that a form takes whatever it means: only exact words are then looked for.
ANSWERS_A_FORM: ContextVar[bool] = ContextVar("answers_a_form", default=False)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceVectors(GraphComponent):
    """Puts the shared encoder's vector of a message where Rasa's components look for features."""

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
    ) -> SentenceVectors:
        return cls()

    def __init__(self) -> None:
        self._settings = KnowledgeSettings.current()
        self._encoder = shared_encoder(self._settings.encoder)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        messages = [message for message in training_data.training_examples if message.get(TEXT)]
        cache = VectorCache(self._settings.data_dir / "cache", self._encoder)
        vectors = cache.queries([message.get(TEXT) for message in messages])
        cache.save()
        for message, vector in zip(messages, vectors, strict=True):
            self._add(message, vector)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        if ANSWERS_A_FORM.get():
            return messages
        for message in messages:
            if text := core(message.get(TEXT) or ""):
                self._add(message, self._encoder.query(text))
        return messages

    def _add(self, message: Message, vector: Any) -> None:
        message.add_features(Features(vector[None, :], FEATURE_TYPE_SENTENCE, TEXT, ALIAS))


def sentence_vector(message: Message) -> Any:
    """The vector that SentenceVectors left on a message, shape (d,); None for a message without text."""
    for feature in message.features:
        if feature.origin == ALIAS:
            return np.asarray(feature.features)[0]
    return None


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class JobClassifier(IntentClassifier, GraphComponent):
    """Which job a message is for: a TextClassifier over the intents, out_of_scope among them."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"strength": 20.0}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> JobClassifier:
        return cls(TextClassifier(config["strength"]), model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> JobClassifier:
        with model_storage.read_from(resource) as folder:
            return cls(TextClassifier.load(folder / "jobs.npz"), model_storage, resource)

    def __init__(self, classifier: TextClassifier, storage: ModelStorage, resource: Resource) -> None:
        self._classifier, self._storage, self._resource = classifier, storage, resource

    def train(self, training_data: TrainingData) -> Resource:
        examples = [m for m in training_data.intent_examples if sentence_vector(m) is not None]
        texts = [message.get(TEXT) for message in examples]
        vectors = np.stack([sentence_vector(message) for message in examples])
        self._classifier.fit(texts, vectors, [[message.get(INTENT)] for message in examples])
        with self._storage.write_to(self._resource) as folder:
            self._classifier.save(folder / "jobs.npz")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            vector = sentence_vector(message)
            if vector is None:
                set_intent(message, {OUT_OF_SCOPE: 1.0})
                continue
            found = self._classifier.predict([message.get(TEXT)], vector[None, :])[0]
            set_intent(message, dict(zip(self._classifier.labels, map(float, found), strict=True)))
        return messages


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
        directory = shared_knowledge().directory
        for message in messages:
            entities = [
                {"entity": m.kind, "value": m.id, "start": m.start, "end": m.end, "extractor": "DirectoryEntities"}
                for m in directory.mentions(message.get(TEXT) or "")
            ]
            message.set(ENTITIES, (message.get(ENTITIES) or []) + entities, add_to_output=True)
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class ScopeJudge(IntentClassifier, GraphComponent):
    """Lets the search's calibrated probability correct the classifier: what the plan answers, and what it can't.

    A linear classifier is sure of things it never saw; the search knows whether any clause says something.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        # Chosen by hand on the first half of bench/questions; docs/measurements.md says what they give.
        return {"answer_above": 0.85, "decline_below": 0.10, "sure_out_of_scope": 0.5, "unsure_below": 0.3,
                "second_at_least": 0.3, "close": 0.3}  # fmt: skip

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ScopeJudge:
        return cls(config)

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        places = load_other_places()
        self._places = re.compile("|".join(map(re.escape, places.places)))
        self._about_us = re.compile("|".join(map(re.escape, places.about_us)))

    def process(self, messages: list[Message]) -> list[Message]:
        if ANSWERS_A_FORM.get():
            return messages
        for message in messages:
            probabilities = ranking(message)
            text = core(message.get(TEXT) or "")
            added = shared_knowledge().added(text) if text else None
            job = added.job if added else self._judge(text, probabilities) if text else OUT_OF_SCOPE
            if job != OUT_OF_SCOPE and not added and self._two_readings(text, job, probabilities):
                job = UNCLEAR
            if job == OUT_OF_SCOPE and (parts := parts_of(shared_knowledge(), text)) and not self._elsewhere(text):
                job = shared_knowledge().job_of(parts[0].text, parts[0].clause)
            if job != next(iter(probabilities), None):
                set_intent(message, decided(job, probabilities))
        return messages

    def _judge(self, text: str, probabilities: dict[str, float]) -> str:
        job, confidence = max(probabilities.items(), key=lambda item: item[1], default=(OUT_OF_SCOPE, 1.0))
        knowledge = shared_knowledge()
        kinds = {mention.kind for mention in knowledge.directory.mentions(text)}
        if job == "tasks" and not FIRST_PERSON.search(text):
            job = "duty" if "unit" in kinds else "deadline" if A_DAY.search(text) else job
        if job not in (*ANSWERS, OUT_OF_SCOPE):
            return job if confidence >= self._config["unsure_below"] else self._weak(job, text)
        if self._elsewhere(text):
            return OUT_OF_SCOPE
        best = knowledge.search(text)[0]
        declined = probabilities.get(OUT_OF_SCOPE, 0.0)
        named = bool(kinds & {"person", "county", "unit"})
        if declined > self._config["sure_out_of_scope"] and best.probability < self._config["answer_above"]:
            return job if job != OUT_OF_SCOPE and named else ("duty" if "person" in kinds else OUT_OF_SCOPE)
        if best.probability < self._config["decline_below"] and not named:
            return OUT_OF_SCOPE
        return self._job_of_clause(best.clause.id, text, probabilities) if best.document.is_plan else "policy"

    def _two_readings(self, text: str, job: str, probabilities: dict[str, float]) -> bool:
        """Whether another job than the one decided on is nearly as likely, and one of the two begins a procedure."""
        if job not in (*ANSWERS, *PROCEDURES):
            return False
        asked = sum(probabilities.get(intent, 0.0) for intent in ANSWERS)
        likely = [asked, *(probabilities.get(intent, 0.0) for intent in PROCEDURES)]
        first, second = sorted(likely, reverse=True)[:2]
        return bool(second >= self._config["second_at_least"] and first - second <= self._config["close"])

    def _elsewhere(self, text: str) -> bool:
        return bool(self._places.search(text) and not self._about_us.search(text))

    def _weak(self, job: str, text: str) -> str:
        best = shared_knowledge().search(text)[0]
        return "policy" if best.probability >= self._config["answer_above"] else job

    def _job_of_clause(self, clause: str, text: str, probabilities: dict[str, float]) -> str:
        """The likeliest of the jobs that the clause is ever the answer to."""
        jobs = shared_knowledge().jobs_of_clause(clause) or ANSWERS
        if "deadline" in jobs and ASKS_WHEN.search(text):
            return "deadline"
        return max(jobs, key=lambda job: probabilities.get(job, 0.0))


A_DAY = re.compile(r"[月日号底]")
ASKS_WHEN = re.compile(
    r"时限|期限|几号|哪天|几月|(什么|啥|几)时|多久|多长时间|截止|截至|最晚|最迟|\d ?月底|进度要求|时间节点"
    r"|还(剩|有).{0,2}天"
)
FIRST_PERSON = re.compile(r"我|咱|俺|本单位|本局|本县|本区")


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
            # A whole question may end in 呢 as well.
            if intent == "follow_up" and (ASKED.search(text) or not shared_knowledge().directory.mentions(text)):
                intent = None
            if intent:
                set_intent(message, decided(intent, ranking(message)))
        return messages
