"""The table beside GlobaLeaks and SecureDrop claims nothing that no test holds, or says that it is not there."""

from __future__ import annotations

import re

from tests.conftest import ROOT


def rows() -> list[list[str]]:
    text = (ROOT / "docs" / "tip-offs.md").read_text(encoding="utf-8")
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [cells for cells in lines if cells[0] not in ("GlobaLeaks", "---")]


def test_every_row_names_tests_that_are_there_or_says_that_it_is_absent() -> None:
    assert len(rows()) > 30
    for cells in rows():
        assert len(cells) in (4, 5), cells[0]
        if cells[-1] == "–":
            assert "absent" in cells[-2].lower(), cells[0]
            continue
        named = re.findall(r"test_[a-z_]+", cells[-1])
        assert named, cells[0]
        missing = [name for name in named if not (ROOT / "tests" / f"{name}.py").is_file()]
        assert not missing, (cells[0], missing)
