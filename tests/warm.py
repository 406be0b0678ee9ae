"""Imported once by the process that QuickServers are forked from: what every start would do again."""

import bot.web.app  # noqa: F401
from knowledge.text import normalise

normalise("预热")
