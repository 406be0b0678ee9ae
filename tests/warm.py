"""Loaded once by the process that servers and commands are forked from: what every start would do again.

What a start reads of the built knowledge base is remembered by its file, so that a fork has it in memory already. All
else of a start is done by each fork: settings, stores, the check that what is built is whole and of these sources.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydantic.v1  # noqa: F401  (FastAPI asks whether a field is of it)
import uvicorn  # noqa: F401
from rasa.core.processor import MessageProcessor
from rasa_sdk.executor import ActionExecutor

import actions
import bot.assembly
import bot.web.app  # noqa: F401
from bot.settings import Settings
from casework import services
from casework.petition.explanations import ExplanationFile, Explanations, read_explanations
from knowledge import base, build, shared
from knowledge.base import KnowledgeBase
from knowledge.clauses import Clause
from knowledge.entries import load_entries
from knowledge.index import Index
from knowledge.judge import Judge
from knowledge.safety import AlarmModel
from knowledge.settings import KnowledgeSettings
from knowledge.text import normalise
from nlu import training
from tests.cheap_hashing import hash_cheaply
from tests.forks import train_in_a_fork
from tests.quick_builds import read_ahead, read_once
from tests.quick_disks import write_without_waiting
from tests.short_pauses import pause_briefly


def by_file(load: Callable[[Path], Any]) -> Any:
    """A loader that reads a file, or a folder of files, once for as long as nobody writes to it."""
    kept: dict[object, Any] = {}

    def remembered(path: Path | str) -> Any:
        path = Path(path)
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        states = [(file.resolve(), file.stat()) for file in files]
        key = tuple((file, state.st_mtime_ns, state.st_size) for file, state in states)
        if key not in kept:
            kept[key] = load(path)
        return kept[key]

    return remembered


kept_entries: dict[object, Any] = {}


def remembered_entries(clauses: tuple[Clause, ...]) -> Any:
    """The entries, read and held against these clauses once for each city."""
    key = (KnowledgeSettings.current().city_dir, tuple((clause.id, clause.text) for clause in clauses))
    if key not in kept_entries:
        kept_entries[key] = load_entries(clauses)
    return kept_entries[key]


kept_explanations: dict[object, Any] = {}


def remembered_explanations(file: ExplanationFile, knowledge: KnowledgeBase, cache: Path) -> Any:
    """The explanations of a file's content, learnt once; another city's file has other content."""
    key = (file.model_dump_json(), knowledge.encoder.version)
    if key not in kept_explanations:
        kept_explanations[key] = Explanations(file, knowledge, cache)
    return kept_explanations[key]


of_a_folder, load_index = by_file(Index.load), Index.load


def remembered_index(folder: Path, shared: Any = None) -> Any:
    """What stands in a database beside the files is asked for again by each fork."""
    return load_index(folder, shared) if shared else of_a_folder(folder)


Index.load = remembered_index  # type: ignore[method-assign]
Judge.load = staticmethod(by_file(Judge.load))  # type: ignore[method-assign]
AlarmModel.load = staticmethod(by_file(AlarmModel.load))  # type: ignore[method-assign]
MessageProcessor._load_model = staticmethod(by_file(MessageProcessor._load_model))
services.Explanations = remembered_explanations  # type: ignore[assignment, attr-defined]
base.load_entries = remembered_entries  # type: ignore[assignment, attr-defined]
training.train_apart = train_in_a_fork
build.digest_of = training.digest_of = by_file(build.digest_of)  # type: ignore[attr-defined]

hash_cheaply()
pause_briefly()
read_once()
write_without_waiting()
settings = Settings()
# A file of a city's own changes what follows: only Luoyang is loaded here.
if settings.city_dir is None and build.is_whole(build.built_folder(settings)):
    read_ahead()
    knowledge = shared.shared_knowledge(settings)
    knowledge.search("预热")
    remembered_explanations(read_explanations(knowledge), knowledge, settings.data_dir / "cache")
    MessageProcessor._load_model(training.model_path(settings))
    # Each fork opens the version that its own data folder has.
    shared._bases.clear()
ActionExecutor().register_package(actions)
normalise("预热")
gc.collect()
gc.freeze()
gc.enable()
