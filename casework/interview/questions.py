"""What an interview asks: the schema of its YAML."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from knowledge.datafile import Data

Type = Literal["name", "person", "phone", "money", "count", "address", "text", "yes_no", "choices", "checklist", "uscc"]


class Why(Data):
    """Why something is asked, and the clause it rests on."""

    text: str
    clause: str


class Option(Data):
    """One of several things to tick; ``words`` are other ways to say it."""

    id: str
    label: str
    words: tuple[str, ...] = ()


class Condition(Data):
    """Ask only when another question's answer contains one of these values, and none of those."""

    question: str
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


class Otherwise(Data):
    """How a question is asked instead, while these conditions hold; it is required then."""

    when: tuple[Condition, ...] = Field(min_length=1)
    label: str = Field(max_length=30)
    ask: str
    example: str = ""
    why: Why


class Question(Data):
    """One question.

    Attributes:
        names: what people call it: in 修改…, and before a value when they tell several things at once.
        optional: 跳过 leaves it empty.
        skips: 不知道 leaves it empty too.
        unknown: 不清楚 is kept as 待核实, and so is 两三万 or 几十人 as it was said.
        volunteered: never asked; there once somebody has said it.
        adds: a further answer is added to the one that is there, unless it corrects it.
        otherwise: how it is asked when another answer is missing.
        none: 没有 is an answer, and is printed like this.
        same_as: 一样 copies that question's answer.
        phone: the phone question that belongs to this person.
        most: the largest number that makes sense; for texts the greatest length.
        year, measure: place in a table by years.
        when: all of these must hold.
    """

    id: str
    section: str
    label: str = Field(max_length=30)
    names: tuple[str, ...] = ()
    type: Type
    ask: str
    example: str = ""
    why: Why
    optional: bool = False
    unknown: bool = False
    none: str | None = None
    same_as: str | None = None
    phone: str | None = None
    most: int = 100
    options: tuple[Option, ...] = ()
    year: str | None = None
    measure: Literal["count", "scale", "people"] | None = None
    when: tuple[Condition, ...] = ()
    skips: bool = False
    volunteered: bool = False
    adds: bool = False
    otherwise: Otherwise | None = None
