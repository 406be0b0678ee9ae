"""Trains the Rasa model when its sources changed, else reuses the last one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import nlu  # noqa: F401  (before rasa: silences it and lets it import without TensorFlow)
from knowledge.build import Say, ensure_built, silent, source_hash
from knowledge.settings import KnowledgeSettings

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("config.yml", "domain/*.yml", "nlu/*.py", "nlu/data/*.yml")


class TrainingError(RuntimeError):
    """The model could not be trained; the message carries Rasa's reason."""


def ensure_trained(settings: KnowledgeSettings, say: Say = silent) -> Path:
    """Return the path of the model that the sources ask for, trained if it is not there."""
    ensure_built(settings, say)
    model = settings.data_dir / "models" / f"{model_hash(settings)}.tar.gz"
    if not model.exists():
        say("训练对话模型 …")
        train(model)
        for old in sorted(model.parent.glob("*.tar.gz"), key=lambda p: p.stat().st_mtime)[:-2]:
            old.unlink()
    return model


def model_hash(settings: KnowledgeSettings) -> str:
    """Hash of all that a model is made from, the knowledge base's version included."""
    digest = hashlib.sha256(source_hash(settings).encode())
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def train(model: Path) -> None:
    """Train once, without Rasa's fingerprint cache: it would hide a component that changed."""
    from rasa.model_training import train as rasa_train

    model.parent.mkdir(parents=True, exist_ok=True)
    result = rasa_train(
        domain=str(ROOT / "domain"),
        config=str(ROOT / "config.yml"),
        training_files=[str(ROOT / "nlu" / "data")],
        output=str(model.parent),
        fixed_model_name=f".{model.name.removesuffix('.tar.gz')}",
        force_training=True,
    )
    if result.model is None or result.code != 0:
        raise TrainingError(f"Rasa could not train a model (code {result.code})")
    Path(result.model).rename(model)
