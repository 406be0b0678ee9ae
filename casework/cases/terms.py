"""What a case can be found by although its content is sealed: names, cut so that parts of them match."""

from __future__ import annotations

import re
from itertools import pairwise

from knowledge.text import normalise

LEGAL_FORM = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|公司|集团|平台|网站|app|官网|洛阳市?|河南省?|信息|科技|咨询|服务|管理|技术|网络|电子商务)"
)


def plain_name(name: str) -> str:
    """A name without place, trade and legal form: 洛阳金鼎信息咨询有限公司 is 金鼎."""
    whole = normalise(name)
    return LEGAL_FORM.sub("", whole) or whole


def name_terms(name: str) -> list[str]:
    """A name as a store can find it without reading it: its pairs of characters."""
    return [f"name:{first}{second}" for first, second in pairwise(name)] or [f"name:{name}"]
