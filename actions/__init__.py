"""What the assistant does in a turn: one module a job, each an ordinary Rasa SDK action.

``python -m rasa_sdk --actions actions`` serves them over HTTP; the bot runs the same classes in process.
"""

from actions import chat, dialogue, duties, handoff, petition, policy, tip_off
from actions.interview import form
from actions.self_check import dialogue as self_check

__all__ = ["chat", "dialogue", "duties", "form", "handoff", "petition", "policy", "self_check", "tip_off"]
