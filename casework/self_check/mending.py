"""What an enterprise does about a red line it does not keep, read from YAML: orders, not the prohibition once more."""

from __future__ import annotations

import re
from functools import lru_cache

from pydantic import Field, RootModel

from casework import DATA
from casework.self_check.definition import self_check_definition
from knowledge.datafile import DataFileError, load

PATH = DATA / "mending.yml"
LONGEST = 60
# Checked by another question than those of red_lines.yml: name and business scope.
NAME_WORDS = "name_words"


class MendingFile(RootModel[dict[str, str]]):
    root: dict[str, str] = Field(min_length=1)


@lru_cache(maxsize=1)
def mending() -> dict[str, str]:
    """The order for each red line, by its id.

    Raises:
        DataFileError: a red line has none, there is one for nothing, or it only says again what is forbidden.
    """
    orders = load(PATH, MendingFile).root
    rules = {item.id for group in self_check_definition().groups for item in group.items} | {NAME_WORDS}
    problems = [f"{rule}: no order for this red line" for rule in sorted(rules - orders.keys())]
    problems += [f"{rule}: there is no such red line" for rule in sorted(orders.keys() - rules)]
    problems += [f"{rule}: longer than {LONGEST}" for rule, order in orders.items() if len(order) > LONGEST]
    problems += [f"{rule}: says what is forbidden, not what to do" for rule, order in orders.items() if FORBIDS(order)]
    if problems:
        raise DataFileError("\n".join(f"{PATH}: {problem}" for problem in problems))
    return orders


FORBIDS = re.compile(r"不得|严禁|禁止").search
