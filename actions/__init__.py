"""What the assistant does in a turn: one module a job, each an ordinary Rasa SDK action.

``python -m rasa_sdk --actions actions`` serves them over HTTP; the bot runs the same classes in process. Rasa's SDK
imports the modules itself.
"""

import knowledge as knowledge  # sets how threads wait, so it must come before anything that computes
