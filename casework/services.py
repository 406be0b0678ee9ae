"""What the jobs of an installation work with, in one object.

``bot/assembly.py`` makes it and hands it down: to the actions (``actions/served.py``), to the pages and the console.
Nothing below looks anything up in the environment.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property

from casework.cases.in_hand import CasesInHand
from casework.cases.store import CaseStore
from casework.desk.accounts import Accounts
from casework.desk.questions import Questions
from casework.desk.tasks import Tasks
from casework.petition.explanations import Explanations, read_explanations
from casework.shared import shared_accounts, shared_cases, shared_questions, shared_tasks
from casework.workflows import hold_against_plan
from knowledge.base import KnowledgeBase
from knowledge.shared import shared_knowledge
from storage.attempts import ConversationAttemptLimiter
from storage.encryption import Encryptor
from storage.settings import ActionSettings
from storage.shared import shared_sealer

# What a process does without that knows no officials.
OF_OFFICIALS = ("accounts", "tasks", "questions")


class Services:
    """The settings, and what they lead to, each opened when it is asked for first.

    Tasks are also the outbox of the jobs: what is told an official waits there until a channel takes it along.
    """

    def __init__(self, settings: ActionSettings, tells_officials: bool = True) -> None:
        """Take the settings.

        Args:
            tells_officials: whether this process knows the officials; else it leaves what they are to be told, and
                opens neither accounts nor tasks nor questions.
        """
        self.settings, self.tells_officials = settings, tells_officials

    # What is known ----------------------------------------------------------------------------------------

    @property
    def knowledge(self) -> KnowledgeBase:
        """The version that answers: in a turn the one it began with, else the newest."""
        return shared_knowledge(self.settings)

    def today(self) -> date:
        """The day on which is asked: the clock."""
        return self.settings.current_day()

    @cached_property
    def explanations(self) -> Explanations:
        """The standard explanations, held against the plan."""
        knowledge = self.knowledge
        return Explanations(read_explanations(knowledge), knowledge, self.settings.data_dir / "cache")

    # What is kept -----------------------------------------------------------------------------------------

    @cached_property
    def cases(self) -> CaseStore:
        return shared_cases(self.settings)

    @cached_property
    def accounts(self) -> Accounts:
        return shared_accounts(self.settings)

    @cached_property
    def tasks(self) -> Tasks:
        return shared_tasks(self.settings)

    @cached_property
    def questions(self) -> Questions:
        return shared_questions(self.settings)

    @cached_property
    def encryptor(self) -> Encryptor:
        return shared_sealer(self.settings)

    # What is remembered for a while -----------------------------------------------------------------------

    @cached_property
    def in_hand(self) -> CasesInHand:
        """The submitted case that each conversation has in hand."""
        return CasesInHand(self.settings)

    @cached_property
    def receipts(self) -> ConversationAttemptLimiter:
        """Wrong receipts are counted here, wrong codes of drafts and wrong invitations below."""
        return ConversationAttemptLimiter("receipt", self.settings)

    @cached_property
    def codes(self) -> ConversationAttemptLimiter:
        return ConversationAttemptLimiter("code", self.settings)

    @cached_property
    def invitations(self) -> ConversationAttemptLimiter:
        return ConversationAttemptLimiter("invitation", self.settings)

    def open_all(self) -> None:
        """Open everything now, so that what is wrong is said at the start and the first message is as fast as others.

        Raises:
            DataFileError: a file of the city's does not fit the plan.
        """
        hold_against_plan(self.knowledge)
        for name, value in vars(Services).items():
            if isinstance(value, cached_property) and (self.tells_officials or name not in OF_OFFICIALS):
                getattr(self, name)
