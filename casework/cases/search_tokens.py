"""What a case can be found by although its content is sealed: names, cut so that parts of them match."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from knowledge.locality import locality
from knowledge.text import normalise


@lru_cache(maxsize=1)
def _plain_words() -> re.Pattern[str]:
    """What names of firms have in common: legal form, place, trade."""
    city = locality()
    return re.compile(
        rf"(股份有限公司|有限责任公司|有限公司|公司|集团|平台|网站|app|官网|{city.name}{city.ending}?|{city.province}省?|"
        "信息|科技|咨询|服务|管理|技术|网络|电子商务)"
    )


def plain_name(name: str) -> str:
    """A name without place, trade and legal form: 金鼎信息咨询有限公司 is 金鼎."""
    whole = normalise(name)
    return _plain_words().sub("", whole) or whole


def name_tokens(name: str) -> list[str]:
    """A name as a store can find it without reading it: its pairs of characters."""
    return [f"name:{first}{second}" for first, second in pairwise(name)] or [f"name:{name}"]
