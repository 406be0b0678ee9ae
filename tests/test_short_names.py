"""Documents named as people name them: 反诈法, 个保法, 非法集资条例. A wrong guess would open another law's article."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from actions.named_documents import opened_in_document
from actions.plan_text import text_not_held
from knowledge.documents import load_plan
from knowledge.naming import named_document, named_place
from tests.data.documents import texts as t
from tests.test_naming import held

TITLES = {
    "fraud": "中华人民共和国反电信网络诈骗法",
    "person": "中华人民共和国个人信息保护法",
    "consumer": "消费者权益保护法",
    "raising": "防范和处置非法集资条例",
    "lending": "网络借贷信息中介机构业务活动管理暂行办法",
    "funds": "中华人民共和国证券投资基金法",
    "work": "劳动争议调解仲裁法",
    "tax": "中华人民共和国环境保护税法",
    "young": "未成年人保护法",
}
HELD = [load_plan(), *(held(key, title, t.LAW) for key, title in TITLES.items())]


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("反诈法第三条怎么说", "fraud"),
        ("请问下反诈骗法第3条", "fraud"),
        ("个保法第四条", "person"),
        ("个人信息法第四条", "person"),
        ("消法第三条", "consumer"),
        ("消保法第3条第2款", "consumer"),
        ("非法集资条例第四条罚多少", "raising"),
        ("防非条例里第二条讲啥", "raising"),
        ("处置非法集资条例第二条", "raising"),
        ("网贷管理办法第三条", "lending"),
        ("按照反诈法第二条", "fraud"),
        ("我们市里非法集资条例第三条", "raising"),
        ("劳动仲裁法第三条", "work"),
    ],
)
def test_a_short_name_opens_the_place(question: str, document: str) -> None:
    provision = named_place(HELD, question)
    assert provision is not None
    assert provision.document.info.id == document
    assert provision.clauses


@pytest.mark.parametrize(
    "question",
    [
        "证券法第三条",  # a law of its own, and characters of 证券投资基金法
        "仲裁法第三条",
        "劳动法第三条",
        "洛阳市防范非法集资条例第三条",  # a city's own
        "河南省处置非法集资条例第三条",
        "《非法集资条例》第三条",  # a title stands whole between 《》
        "个人信息保护法实施细则第三条",
        "网络借贷信息中介机构业务活动管理办法第三条",  # not the 暂行办法
        "管理办法第三条",
        "环保法第三条",  # 环境保护法, which is not held
        "老年人保护法第三条",
        "平台违法怎么处罚法",
        "不合法的平台第三次被举报",
        "怎么个罚法",
    ],
)
def test_what_is_another_documents_name_or_none_opens_nothing(question: str) -> None:
    assert named_document(HELD, question) is None
    assert named_place(HELD, question) is None


def said(function: Any, documents: list[Any], question: str) -> Any:
    return function(SimpleNamespace(documents=documents, plan=documents[0]), question)


def test_a_held_document_is_never_said_not_to_be_held_and_one_that_is_not_held_is() -> None:
    assert said(text_not_held, HELD, "非法集资条例第十条怎么规定") is None
    assert said(text_not_held, HELD, "网贷管理办法第三条怎么规定") is None
    assert "没有收录《反诈法》" in said(text_not_held, HELD[:1], "请问反诈法第三十一条怎么规定").text
    assert "没有收录《仲裁法》" in said(text_not_held, HELD, "仲裁法第三条").text
    assert said(text_not_held, HELD[:1], "P2P违法第三次怎么办") is None


def test_a_name_that_may_mean_two_is_asked_back() -> None:
    both = [*HELD, held("rules", "防范和处置非法集资工作条例", t.LAW)]
    reply = said(opened_in_document, both, "非法集资条例第三条")
    assert "《防范和处置非法集资条例》" in reply.text
    assert "《防范和处置非法集资工作条例》" in reply.text
    assert [button.payload for button in reply.buttons] == [
        "《防范和处置非法集资条例》第三条", "《防范和处置非法集资工作条例》第三条",
    ]  # fmt: skip
