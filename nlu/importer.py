"""Adds the knowledge base's questions to Rasa's training data, so that nobody has to write them twice."""

from __future__ import annotations

from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from knowledge.bank import LEARNED, load_bank, load_out_of_scope
from knowledge.documents import load_plan
from knowledge.settings import KnowledgeSettings


class QuestionBankImporter(TrainingDataImporter):
    """The question bank as examples of policy, duty and deadline; the declined questions as out_of_scope."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Rasa passes the project's paths; this importer needs none of them."""

    def get_nlu_data(self, language: str | None = "zh") -> TrainingData:
        learned = KnowledgeSettings.current().data_dir / LEARNED
        bank = load_bank((clause.id for clause in load_plan().clauses), learned)
        asked = [(question, entry.job) for entry in bank for question in entry.questions]
        declined = [(question, "out_of_scope") for question in load_out_of_scope()]
        return TrainingData([Message.build(text=text, intent=intent) for text, intent in [*asked, *declined]])

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
