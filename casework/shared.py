"""The stores of a process, one of each, which ``casework/services.py`` hands out."""

from __future__ import annotations

from casework.cases.store import CaseStore
from casework.desk.accounts import Accounts
from casework.desk.plan_tasks import plan_tasks
from casework.desk.questions import Questions
from casework.desk.tasks import Tasks
from knowledge.shared import shared_knowledge
from storage.database import StoreLocation
from storage.encryption import Encryptor
from storage.settings import ActionSettings
from storage.shared import shared_store


def shared_cases(settings: ActionSettings) -> CaseStore:
    return shared_store("cases", CaseStore, settings)


def shared_accounts(settings: ActionSettings) -> Accounts:
    return shared_store("accounts", Accounts, settings)


def shared_tasks(settings: ActionSettings) -> Tasks:
    """The tasks, with the plan's own among them."""

    def planned(location: StoreLocation, encryptor: Encryptor) -> Tasks:
        tasks = Tasks(location, encryptor)
        if tasks.owned:  # else a process that owns the store has added them
            tasks.derive(plan_tasks(shared_knowledge(settings)))
        return tasks

    return shared_store("tasks", planned, settings)


def shared_questions(settings: ActionSettings) -> Questions:
    return shared_store("questions", Questions, settings)
