"""Vectors come in batches from PyTorch or one by one from the embedded engine: both must be the same."""

from __future__ import annotations

import pytest

from knowledge import bulk_encoding
from knowledge.bulk_encoding import BulkEncoder
from knowledge.encoder import shared_encoder
from knowledge.encoder_names import EMBEDDED_ONES

TEXTS = ["P2P谁牵头", "我妈的钱拿不回来了，该找谁管", "二（一）1", "ｐ２ｐ　平台 可以 放贷 吗？", "𠮷", ""]
# The engine keeps what passes between two layers in 8 bits, PyTorch in 32.
ALIKE = 0.998


@pytest.mark.parametrize("name", EMBEDDED_ONES)
@pytest.mark.parametrize("role", ["q", "p"])
def test_batches_give_the_vectors_of_the_engine(name: str, role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = shared_encoder(name)
    one_by_one = BulkEncoder(encoder).encode(role, TEXTS)
    monkeypatch.setattr(bulk_encoding, "WORTH_LOADING", 1)
    batched = BulkEncoder(encoder).encode(role, TEXTS)
    assert batched.shape == one_by_one.shape == (len(TEXTS), 384)
    assert (one_by_one * batched).sum(axis=1).min() > ALIKE
