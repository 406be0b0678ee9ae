"""What is asked most about each clause, for the plan page; curated in ``data/asked.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, RootModel

from knowledge.datafile import load

Question = Annotated[str, Field(min_length=4, max_length=24)]
Questions = Annotated[tuple[Question, ...], Field(min_length=1, max_length=4)]


class AskedFile(RootModel[dict[str, Questions]]):
    root: dict[str, Questions]


@lru_cache(maxsize=1)
def asked_about() -> Mapping[str, tuple[str, ...]]:
    """Questions by clause id; a clause that nobody asks about has none.

    Raises:
        DataFileError: the file is not as its schema says.
    """
    return load(Path(__file__).parent / "data" / "asked.yml", AskedFile).root
