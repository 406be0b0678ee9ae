"""How actions get what they work with: the one place.

In the bot ``ServedExecutor`` makes the actions and hands them its services. Under ``python -m rasa_sdk --actions
actions`` Rasa's SDK makes them itself, without arguments: then, and only then, they open what the environment names.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

from casework.services import Services
from storage.settings import ActionSettings


@lru_cache(maxsize=1)
def services_of_the_environment() -> Services:
    """For an action server, which Rasa starts without our assembly."""
    return Services(ActionSettings())


class ServedAction(Action, ABC):
    """An action with the services of its installation."""

    def __init__(self, services: Services | None = None) -> None:
        self.services = services or services_of_the_environment()

    @abstractmethod
    def name(self) -> str: ...

    @abstractmethod
    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]: ...


class ServedExecutor(ActionExecutor):
    """Rasa's executor, with actions that get their services handed down."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services

    def register_action(self, action: Any) -> None:
        served = inspect.isclass(action) and issubclass(action, ServedAction)
        super().register_action(action(self._services) if served else action)
