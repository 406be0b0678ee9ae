"""Imported once by the process that QuickServers are forked from: what every start would do again."""

from knowledge.text import normalise

normalise("预热")
