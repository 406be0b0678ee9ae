"""What people bring and officials handle: reports and self-checks from the first word to the close of the case.

It knows neither Rasa nor the web: chat, console, pages and messengers all call the same functions.
"""

from pathlib import Path

# Questions, red lines, explanations, tasks: YAML, checked when it is loaded.
DATA = Path(__file__).parent / "data"
