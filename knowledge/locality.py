"""The city that the plan is of, as a file says: no city's name stands in the program."""

from __future__ import annotations

from functools import lru_cache

from pydantic import Field

from knowledge.datafile import DATA, Data, load


class Locality(Data):
    """A city.

    Attributes:
        name: without its ending, as people say it: 洛阳.
        ending: what makes it the whole name: 市.
        province: without its ending too.
        area_code: of its fixed telephones.
        renamed: counties by the name that the plan's time had for them, and their present one.
        elsewhere_too: districts of names that other cities have as well.
    """

    name: str = Field(min_length=2, max_length=10)
    ending: str = Field(min_length=1, max_length=3)
    province: str = Field(min_length=2, max_length=10)
    area_code: str = Field(pattern=r"^0\d{2,3}$")
    renamed: dict[str, str] = Field(default_factory=dict)
    elsewhere_too: tuple[str, ...] = ()

    @property
    def full(self) -> str:
        return self.name + self.ending


@lru_cache(maxsize=1)
def locality() -> Locality:
    """The city's file, read once.

    Raises:
        DataFileError: it does not fit its schema.
    """
    return load(DATA / "locality.yml", Locality)
