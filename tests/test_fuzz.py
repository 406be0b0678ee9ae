"""What strangers send, made up by the thousand; ``python -m bench.fuzz`` makes up more."""

from __future__ import annotations

import pytest

from bench.fuzz import READERS, in_its_own_process


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_refuses_only_as_it_declares(reader: str) -> None:
    assert "nothing found" in in_its_own_process(reader, 2000)
