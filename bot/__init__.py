"""How people reach the assistant: assembly, channels, settings. Nothing imports this package."""

import nlu as nlu  # prepares the process for Rasa, so it must come before any module here imports rasa
