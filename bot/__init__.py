"""How people reach the assistant: assembly, channels, settings. Nothing imports this package."""

import bot.shut_off  # noqa: F401  (before anything imports Rasa)
import nlu as nlu  # prepares the process for Rasa, so it must come before any module here imports rasa
