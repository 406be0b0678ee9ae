"""Lets Rasa import without packages that it imports but this project does not use.

Rasa 3.6 imports TensorFlow at module level for DIET and TED. A finder at the end of ``sys.meta_path`` answers those
imports with placeholders; a real TensorFlow is found first and wins. The bot puts another finder in front
(``shut_off``), so that what it must not have is not even imported.
"""

from __future__ import annotations

import abc
import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Sequence
from typing import Any

ROOTS = ("tensorflow", "tensorflow_hub", "tensorflow_text", "keras")


class _PlaceholderMeta(abc.ABCMeta):
    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _placeholder(name, cls.__module__)

    def __getitem__(cls, item: object) -> Any:
        return cls


class _Placeholder(metaclass=_PlaceholderMeta):
    """Can be subclassed, called as a decorator and named in annotations; using it says what is missing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return args[0] if len(args) == 1 and callable(args[0]) else self

    def __init_subclass__(cls, **kwargs: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        package = type(self).__module__.partition(".")[0]
        raise RuntimeError(f"this part of Rasa needs {package}, which is not installed or is shut off here")


def _placeholder(name: str, module: str) -> Any:
    return _PlaceholderMeta(name, (_Placeholder,), {"__module__": module})


class _PlaceholderModule(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = _placeholder(name, self.__name__)
        setattr(self, name, value)
        return value


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, roots: Sequence[str]) -> None:
        self.roots = frozenset(roots)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        parts = fullname.split(".")
        if any(".".join(parts[:count]) in self.roots for count in range(1, len(parts) + 1)):
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _PlaceholderModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        module.__path__ = []


def install() -> None:
    """Put the finder for TensorFlow last in line, once."""
    if not any(isinstance(finder, _Finder) and finder.roots == frozenset(ROOTS) for finder in sys.meta_path):
        sys.meta_path.append(_Finder(ROOTS))


def shut_off(roots: Sequence[str]) -> None:
    """Answer imports of these packages with placeholders in this process, though they are installed."""
    if not any(isinstance(finder, _Finder) and finder.roots == frozenset(roots) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder(roots))
