"""Adds the knowledge base's questions to Rasa's training data, so that nobody has to write them twice."""

from __future__ import annotations

from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from knowledge.documents import load_plan
from knowledge.entries import Entries, load_entries
from knowledge.judge import INTENT
from knowledge.question_bank import load_examples, load_questions


def intent_of(entries: Entries, label: str) -> str:
    """The Rasa intent of a bank label: an entry's job, or the intent that it names."""
    entry = entries.get(label)
    return entry.job if entry else label.removeprefix(INTENT)


class QuestionBankImporter(TrainingDataImporter):
    """The question bank as examples of policy, duty and deadline; the declined questions as out_of_scope."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Rasa passes the project's paths; this importer needs none of them."""

    def get_nlu_data(self, language: str | None = "zh") -> TrainingData:
        entries = load_entries(load_plan().clauses)
        asked = [(question.text, intent_of(entries, question.label)) for question in load_questions(entries)]
        examples = {example.text for example in load_examples()}
        return TrainingData([Message.build(text=t, intent=intent) for t, intent in asked if t not in examples])

    def get_domain(self) -> Domain:
        return Domain.empty()

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        return StoryGraph([])

    def get_conversation_tests(self) -> StoryGraph:
        return StoryGraph([])

    def get_config(self) -> dict[str, Any]:
        return {}

    def get_config_file_for_auto_config(self) -> str | None:
        return None
