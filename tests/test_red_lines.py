"""The red lines as data: all of section 二 is asked about, and every quote is the plan's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from casework.interview.answers import Answer
from casework.interview.state import State
from casework.self_check import definition as module
from casework.self_check.definition import self_check_definition
from casework.self_check.findings import findings, restricted_words, used_words
from casework.workflows import hold_against_plan
from knowledge.base import KnowledgeBase
from knowledge.counties import find_county
from knowledge.datafile import DataFileError
from knowledge.directory import parse_form
from knowledge.documents import Document

# 应 in 相应, 适应 and 反应 asks nothing of anybody.
DEMAND = re.compile(r"不得|(?<![相适反])应(?!急)|严禁")
ALSO_COVERED = ("四（一）4", "四（一）5")
# What 四（一）5 asks of the authorities, not of enterprises.
OF_AUTHORITIES = "应对由其监管的机构与互联网企业合作开展业务的情况进行清理整顿。"


def test_every_prohibition_and_demand_of_section_two_is_asked_or_said_not_to_be(plan: Document) -> None:
    definition = self_check_definition()
    quotes: dict[str, list[str]] = {}
    for group in definition.groups:
        for item in group.items:
            quotes.setdefault(item.clause or group.clause, []).append(item.quote)
    for left in definition.not_asked:
        assert left.reason
        quotes.setdefault(left.clause, []).append(left.quote)
    missing = []
    for clause in plan.clauses:
        if not clause.id.startswith("二") and clause.id not in ALSO_COVERED:
            continue
        spans = [(clause.text.find(q), clause.text.find(q) + len(q)) for q in quotes.get(clause.id, [])]
        if OF_AUTHORITIES in clause.text:
            spans.append((clause.text.find(OF_AUTHORITIES), len(clause.text)))
        for demand in DEMAND.finditer(clause.text):
            if not any(begin <= demand.start() and demand.end() <= end for begin, end in spans):
                missing.append(f"{clause.id}: {clause.text[max(0, demand.start() - 12) : demand.end() + 20]}")
    assert not missing


def test_each_prohibition_in_a_list_has_a_question_of_its_own(plan: Document) -> None:
    """不得自融自保、代替客户承诺保本保息、期限错配、期限拆分、虚假宣传、虚构标的 is one 不得 and six prohibitions."""
    group = next(group for group in self_check_definition().groups if group.id == "p2p")
    asked = "".join(item.quote for item in group.items)
    for words in (
        "资金池",
        "发放贷款",
        "非法集资",
        "自融自保",
        "保本保息",
        "期限错配",
        "期限拆分",
        "虚构标的",
        "线下营销",
    ):
        assert words in asked


def test_the_form_has_every_cell_of_annex_two(plan: Document) -> None:
    clause = plan.clause("附件2")
    assert clause
    definition = self_check_definition()
    labels = {question.label for question in definition.questions}
    kinds = {kind.label for kind in definition.kinds}
    for field in parse_form(clause.text):
        if field.label.startswith("企业名称"):
            assert "企业名称" in labels
        elif field.group and field.label in ("2015年", "2016年以来"):
            assert f"{field.label}{field.group}" in labels
        elif field.label == "联系电话":
            assert {"法定代表人电话", "实际控制人电话"} <= labels
        else:
            assert field.label in labels | kinds


def test_a_misquoted_red_line_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, knowledge: KnowledgeBase
) -> None:
    for name in ("self_check.yml", "red_lines.yml"):
        text = (module.DATA / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("不得设立资金池", "不可设立资金池"), encoding="utf-8")
    monkeypatch.setattr(module, "DATA", tmp_path)
    module.self_check_definition.cache_clear()
    try:
        with pytest.raises(DataFileError, match=r"第 \d+ 行：引文与方案 二（一）1 的原文不一致：“不可设立资金池”"):
            hold_against_plan(knowledge)
    finally:
        module.self_check_definition.cache_clear()


def test_an_answer_with_a_wrong_type_names_file_and_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("self_check.yml", "red_lines.yml"):
        text = (module.DATA / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("type: uscc", "type: code"), encoding="utf-8")
    monkeypatch.setattr(module, "DATA", tmp_path)
    with pytest.raises(DataFileError, match=r"self_check\.yml 第 \d+ 行：questions 第 2 项 里，“type”只能是"):
        module.self_check_definition.__wrapped__()


def test_the_restricted_words_are_the_plans(knowledge: KnowledgeBase) -> None:
    words = restricted_words(knowledge)
    assert len(words) == 16
    assert used_words(words, "洛阳基金管理有限公司") == ["基金管理"]
    assert used_words(words, "某某ｐ２ｐ网络借贷") == ["P2P", "网络借贷"]
    assert used_words(words, "洛阳信息科技有限公司") == []


@pytest.mark.parametrize(("message", "outcome"), [("yes", "疑似违规"), ("unsure", "需核实"), ("", "符合")])
def test_what_an_answer_means(knowledge: KnowledgeBase, message: str, outcome: str) -> None:
    value = {"yes": [], "unsure": [], message: ["pool"]}
    answers = {
        "internet_finance": Answer("yes", "是"),
        "kinds": Answer(["p2p"], "P2P网络借贷"),
        "red_p2p": Answer(value, ""),
    }
    found = findings(knowledge, self_check_definition(), State(answers))
    pool = next(finding for finding in found if finding.rule == "pool")
    assert pool.outcome == outcome
    assert pool.quote.quote == "不得设立资金池"
    assert "第三方存管" in pool.mend.quote


@pytest.mark.parametrize(
    ("address", "county"),
    [
        ("洛阳市涧西区南昌路5号", "涧西区"),
        ("河南省洛阳市偃师市商城路", "偃师区"),
        ("洛阳市孟津县城关镇", "孟津区"),
        ("洛阳瀍河区启明南路", "瀍河回族区"),
        ("洛阳市高新区", "高新区"),
        ("洛阳涧西南昌路5号", "涧西区"),
        ("郑州市高新区科学大道", None),
        ("北京市朝阳区", None),
    ],
)
def test_the_county_of_an_address(knowledge: KnowledgeBase, address: str, county: str | None) -> None:
    assert find_county(knowledge.directory, address) == county
