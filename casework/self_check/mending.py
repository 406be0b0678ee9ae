"""What an enterprise does about a red line it does not keep, read from YAML: orders, not the prohibition once more."""

from __future__ import annotations

import re
from functools import lru_cache

from pydantic import Field, RootModel

from casework import DATA
from casework.self_check.definition import self_check_definition
from knowledge.data_problems import problem_at
from knowledge.datafile import DataFileError, load, of_city

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
    wrong = [(rule, "没有整改要求。请补上") for rule in sorted(rules - orders.keys())]
    wrong += [(rule, "不是红线。请改成 red_lines.yml 里的编号，或删去") for rule in sorted(orders.keys() - rules)]
    wrong += [(rule, f"超过 {LONGEST} 字。请写短些") for rule, order in orders.items() if len(order) > LONGEST]
    wrong += [(rule, "写的是不得做什么。请写要做什么") for rule, order in orders.items() if FORBIDS(order)]
    if wrong:
        raise DataFileError("\n".join(problem_at(of_city(PATH), f"{rule} {what}", rule) for rule, what in wrong))
    return orders


FORBIDS = re.compile(r"不得|严禁|禁止").search
