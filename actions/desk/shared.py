"""The desk's stores, one of each in a process."""

from __future__ import annotations

from actions.cases.database import Place
from actions.cases.sealing import Sealer
from actions.cases.shared import shared_store
from actions.desk.accounts import Accounts
from actions.desk.plan_tasks import plan_tasks
from actions.desk.questions import Questions
from actions.desk.tasks import Tasks
from actions.settings import ActionSettings
from knowledge.shared import shared_knowledge


def shared_accounts(settings: ActionSettings | None = None) -> Accounts:
    return shared_store("accounts", Accounts, settings)


def shared_tasks(settings: ActionSettings | None = None) -> Tasks:
    """The tasks, with the plan's own among them."""

    def planned(place: Place, sealer: Sealer) -> Tasks:
        tasks = Tasks(place, sealer)
        tasks.derive(plan_tasks(shared_knowledge(settings)))
        return tasks

    return shared_store("tasks", planned, settings)


def shared_questions(settings: ActionSettings | None = None) -> Questions:
    return shared_store("questions", Questions, settings)
