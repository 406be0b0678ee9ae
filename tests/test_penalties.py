"""Questions after a punishment: the article that punishes comes before the rule that is broken."""

from __future__ import annotations

import pytest

from actions.named_documents import with_penalty
from knowledge.base import Hit
from knowledge.documents import Document, DocumentInfo
from knowledge.penalties import asks_for_penalty, punishing
from knowledge.reading.plain import read_plain
from knowledge.reading.structure import cut

LAW = """测试预付卡管理细则

第一条　发卡企业应当设立专用存款账户。

第二条　发卡企业不得使用预收资金从事证券投资。

第三条　购买不记名卡一次性一万元以上的，应当实名登记。

第四条　违反本细则第一条至第二条规定的，由商务主管部门处一万元以上三万元以下罚款。

第五条　发卡企业有下列情形之一的，予以警告：

（一）未实名登记的；

（二）未保存资料的。
"""
CLAUSES = cut(read_plain(LAW.encode(), "a.txt")).clauses
DOCUMENT = Document(DocumentInfo(id="doc-1", title="测试预付卡管理细则"), CLAUSES)


def hits(**chances: float) -> list[Hit]:
    """Hits by the names of their articles, the likeliest first."""
    clauses = {clause.id: clause for clause in CLAUSES}
    found = [Hit(DOCUMENT, clauses[name], chance, clauses[name].text, ()) for name, chance in chances.items()]
    return sorted(found, key=lambda hit: -hit.probability)


def cited(question: str, found: list[Hit]) -> list[str]:
    return [hit.clause.id for hit in with_penalty(question, found)]


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("拿预收的钱炒股怎么罚", True),
        ("拒绝检查会怎么处理", True),
        ("替人拉客户要判几年", True),
        ("不登记有什么后果", True),
        ("要承担什么责任", True),
        ("能拿预收资金放贷吗", False),
        ("罚没的钱归谁", False),
        ("登记要几天", False),
    ],
)
def test_who_asks_what_a_breach_costs(question: str, asked: bool) -> None:
    assert asks_for_penalty(question) is asked


def test_the_article_that_punishes_is_known_by_the_numbers_that_it_names() -> None:
    rules = {name: DOCUMENT.clause(name) for name in ("第一条", "第二条", "第三条")}
    named = {name: [one.id for one in punishing(DOCUMENT, rule)] for name, rule in rules.items() if rule}
    assert named == {"第一条": ["第四条"], "第二条": ["第四条"], "第三条": []}


def test_asked_what_it_costs_the_punishment_comes_before_the_rule() -> None:
    found = hits(第二条=0.6, 第四条=0.03, 第五条=0.02)
    assert cited("拿预收的钱炒股怎么罚", found) == ["第四条", "第二条"]  # it names the rule, however unlikely it is
    assert cited("能拿预收的钱炒股吗", found) == ["第二条"]
    assert cited("不实名登记怎么罚", hits(第三条=0.5, 第五条=0.2, 第四条=0.1)) == ["第五条", "第三条"]
    assert cited("不实名登记怎么罚", hits(第三条=0.9, 第五条=0.01)) == ["第三条"]  # nothing likely punishes it
    assert cited("怎么罚", hits(第四条=0.5, 第五条=0.4)) == ["第四条"]
