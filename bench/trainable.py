"""The embedded encoder as an ordinary SentenceTransformer folder, for what trains it: SetFit and fine-tuning."""

from __future__ import annotations

from pathlib import Path

from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Normalize, Pooling, Transformer

from knowledge.e5_weights import Packed, load_model, load_tokenizer


def save_trainable(folder: Path) -> Path:
    """Write the embedded encoder as a SentenceTransformer folder with weights of 32 bits."""
    packed = Packed.read()
    plain = folder / "plain"
    load_model(packed).save_pretrained(plain)
    load_tokenizer(packed).save_pretrained(plain)
    pooling = Pooling(packed.sizes["hidden"], "mean")
    body = Transformer(str(plain))
    SentenceTransformer(modules=[body, pooling, Normalize()], device="cpu").save(str(folder))
    return folder
