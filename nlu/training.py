"""Trains the Rasa model when its sources changed, else reuses the last one."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from knowledge import build
from knowledge.build import (
    Say,
    built_folder,
    digest_of,
    ensure_built,
    hash_of,
    is_whole,
    one_at_a_time,
    silent,
)
from knowledge.settings import KnowledgeSettings

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("config.yml", "domain/*.yml", "nlu/*.py", "nlu/data/*.yml")


class TrainingError(RuntimeError):
    """The model could not be trained; the message carries Rasa's reason."""


def prepare(settings: KnowledgeSettings) -> Path:
    """Like ``ensure_trained``, but training happens in a process of its own.

    What training needs (Rasa's importers, scikit-learn's solvers, their memory) stays out of a serving process.
    """
    model = model_path(settings)
    if not model_is_whole(model) or not is_whole(built_folder(settings)):
        chosen = {
            "ASSISTANT_DATA_DIR": str(settings.data_dir),
            "ASSISTANT_ENCODER": settings.encoder,
            "PYTHONWARNINGS": "ignore",
        }
        if train_apart(chosen) != 0:
            raise TrainingError("对话模型没有训练成功，请查看上面的提示。")
    return model


def train_apart(chosen: Mapping[str, str]) -> int:
    """Run ``python -m nlu train`` with this process's environment and what is chosen; returns its exit status."""
    command = [sys.executable, "-m", "nlu", "train"]
    return subprocess.run(command, check=False, cwd=ROOT, env=os.environ | chosen, stdout=subprocess.DEVNULL).returncode


def model_is_whole(model: Path) -> bool:
    """Whether a model is there as it was trained."""
    try:
        return _digest_file(model).read_text() == digest_of(model)
    except OSError:
        return False


def _digest_file(model: Path) -> Path:
    return model.with_name(f"{model.name}.sha256")


def model_path(settings: KnowledgeSettings) -> Path:
    """Where the model is, or will be, that the sources as they are now ask for."""
    return settings.data_dir.absolute() / "models" / f"{model_hash(settings)}.tar.gz"


def ensure_trained(settings: KnowledgeSettings, say: Say = silent) -> Path:
    """Return the path of the model that the sources ask for, trained if it is not there."""
    ensure_built(settings, say)
    model = model_path(settings)
    if not model_is_whole(model):
        with one_at_a_time(model.parent):
            if not model_is_whole(model):
                say("训练对话模型 …")
                train(model)
        for old in sorted(model.parent.glob("*.tar.gz"), key=lambda p: p.stat().st_mtime)[:-2]:
            old.unlink(missing_ok=True)
            _digest_file(old).unlink(missing_ok=True)
    return model


def model_hash(settings: KnowledgeSettings) -> str:
    """Hash of all that a model is made from; no document that an office adds is among it."""
    return hashlib.sha256(f"{settings.encoder}{program_hash()}".encode()).hexdigest()[:16]


def program_hash() -> str:
    """Hash of what comes with the program and goes into a version or a model, as its files are now."""
    return build.program_hash() + _own_hash()


def _own_hash() -> str:
    return hash_of(path for pattern in SOURCES for path in ROOT.glob(pattern))


def train(model: Path) -> None:
    """Train once, without Rasa's fingerprint cache: it would hide a component that changed."""
    from rasa.model_training import train as rasa_train

    model.parent.mkdir(parents=True, exist_ok=True)
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        result = rasa_train(
            domain=str(ROOT / "domain"),
            config=str(ROOT / "config.yml"),
            training_files=[str(ROOT / "nlu" / "data")],
            output=str(model.parent),
            fixed_model_name=f".{model.name.removesuffix('.tar.gz')}",
            force_training=True,
        )
    if result.model is None or result.code != 0:
        raise TrainingError(f"Rasa could not train a model (code {result.code}): {said.getvalue()}")
    _digest_file(model).write_text(digest_of(Path(result.model)))
    Path(result.model).rename(model)
