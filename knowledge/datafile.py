"""Data in YAML, checked by a schema when it is read; an error says in Chinese which file and line, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge.data_problems import not_yaml, unfit, unreadable
from knowledge.settings import KnowledgeSettings

DATA = Path(__file__).parent / "data"
Model = TypeVar("Model", bound=BaseModel)


class Data(BaseModel):
    """Base of every schema: frozen, and an unknown key is an error rather than a silent typo."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DataFileError(ValueError):
    """A data file is missing, is not YAML, or does not fit. The message is for whoever looks after the city's files:
    where, what, what to do, a line each (``data_problems``)."""


def city_folder() -> Path | None:
    """The folder of the city's own files; None where the program's are its own.

    This alone is read from the environment and not handed down: a process serves one city as long as it runs, and data
    files are read once, wherever their tables are needed, in functions that no services reach.
    """
    return KnowledgeSettings.current().city_dir


def of_city(path: Path) -> Path:
    """A file of the program's, or the city's own of the same name: its plan, directory, contacts."""
    folder = city_folder()
    own = folder / path.name if folder else path
    return own if own.exists() else path


def text_of(path: Path) -> str:
    """The text of a data file; the city's own takes the place of the program's.

    Raises:
        DataFileError: it is not there, or is no UTF-8.
    """
    path = of_city(path)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileError(unreadable(path, error)) from error


def load(path: Path, schema: type[Model]) -> Model:
    """Read a YAML file into its schema; the city's own takes the place of the program's.

    Raises:
        DataFileError: with file, line and what is wrong for each problem.
    """
    path, text = of_city(path), text_of(path)
    try:
        content = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise DataFileError(not_yaml(path, error)) from error
    try:
        return schema.model_validate(content)
    except ValidationError as error:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        problems = [unfit(path, _line(root, problem["loc"]), problem) for problem in error.errors()]
        raise DataFileError("\n".join(problems)) from error


def _line(node: yaml.Node | None, location: tuple[int | str, ...]) -> int:
    """Line of the deepest node that exists on the way to ``location`` (1 when the file is empty)."""
    line = node.start_mark.line + 1 if node else 1
    for step in location:
        child: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            child = next((value for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            child = node.value[step]
        if child is None:
            break
        node, line = child, child.start_mark.line + 1
    return line
