"""What goes past Rasa with a turn, in context variables: all of them stand here.

Whatever a turn works with is handed down (``casework/services.py``), but for this. Rasa's Agent takes a message and
nothing besides; its graph makes the components of the pipeline itself, from their class names, and gives them nothing
but the message; and what is put into a message's metadata is written to the conversation. So three values that belong
to one turn, and must not be kept, go beside the message.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knowledge.base import KnowledgeBase

# The version that answers this message, whatever is switched to meanwhile.
VERSION: ContextVar[KnowledgeBase | None] = ContextVar("version", default=None)
# True while a message is read that a form takes whatever it means: only exact words are then looked for.
ANSWERS_A_FORM: ContextVar[bool] = ContextVar("answers_a_form", default=False)
# The address that the message came from; empty where a channel does not know.
speaking_from: ContextVar[str] = ContextVar("speaking_from", default="")
