"""The directory against the plan: who, what, by when."""

from __future__ import annotations

import re
from datetime import date

import pytest

from knowledge import directory as directory_module
from knowledge.clauses import Clause, split_segments
from knowledge.datafile import DataFileError
from knowledge.directory import Directory, load_directory, parse_form
from knowledge.documents import Document
from knowledge.question_bank import by_clause, load_out_of_scope


@pytest.fixture(scope="module")
def directory(plan: Document) -> Directory:
    return load_directory(plan.clauses)


def test_the_six_sectors_and_their_leads(directory: Directory) -> None:
    assert {sector.clause: sector.lead for sector in directory.sectors} == {
        "三（二）1": "人民银行洛阳市中心支行",
        "三（二）2": "人民银行洛阳市中心支行",
        "三（二）3": "洛阳银监分局",
        "三（二）4": "市政府金融办",
        "三（二）5": "市保险业协会",
        "三（二）6": "市工商局",
    }


def test_every_duty_is_word_for_word_in_its_clause(directory: Directory, plan: Document) -> None:
    texts = {clause.id: clause.text for clause in plan.clauses}
    for unit in directory.units:
        for duty in unit.duties:
            assert duty.quote in texts[duty.clause], unit.name


def test_every_unit_that_section_three_names_is_in_the_directory(directory: Directory, plan: Document) -> None:
    section = "".join(clause.text for clause in plan.clauses if clause.id.startswith("三"))
    named = set(re.findall(r"市(?:委|政府)?[一-龥]{1,8}?(?:局|委|办|院|部)(?=[、，。会牵负指])", section))
    known = {unit.name for unit in directory.units}
    unknown = {name for name in named if not any(mention.id in known for mention in directory.mentions(name))}
    assert not unknown


def test_every_sentence_of_the_departments_clause_is_somebodys_duty(directory: Directory, plan: Document) -> None:
    clause = plan.clause("三（三）1")
    assert clause
    quotes = [duty.quote for unit in directory.units for duty in unit.duties if duty.clause == "三（三）1"]
    for sentence in clause.sentences[1:]:
        for part in split_segments(sentence.text):
            assert any(part in quote or quote in part for quote in quotes), part


def test_a_misquoted_duty_stops_the_build(plan: Document) -> None:
    changed = [Clause(c.id, c.path, c.text.replace("市信访局", "市信访办")) for c in plan.clauses]
    with pytest.raises(DataFileError, match=r"30_organisation\.yml 第 \d+ 行：引文与方案 三（三）1 的原文不一致"):
        load_directory(changed)


def test_members_of_the_leading_group(directory: Directory) -> None:
    assert len(directory.members) == 21
    head = directory.members[0]
    assert (head.role, head.name, head.post) == ("组长", "高义", "市委常委、副市长")
    assert [m.name for m in directory.members if m.role == "副组长"] == ["尚英照", "高丽萍", "刘茂钦"]
    assert directory.member("刘建军").post == "市保险业协会会长"
    assert all(" " not in member.name for member in directory.members)


def test_form_fields_of_annex_two(plan: Document) -> None:
    annex = plan.clause("附件2")
    assert annex
    fields = parse_form(annex.text)
    labels = [field.label for field in fields]
    assert labels[:9] == [
        "企业名称(公章)",
        "平台名称",
        "法定代表人",
        "联系电话",
        "实际控制人",
        "联系电话",
        "注册资本",
        "注册地",
        "经营地",
    ]
    kinds = [field.label for field in fields if field.group == "开展互联网金融业务的情况"]
    assert kinds[0] == "是否开展或参与互联网金融业务"
    assert kinds[1:] == [
        "P2P网络借贷",
        "股权众筹",
        "互联网资产管理",
        "非银行支付业务",
        "众筹买房",
        "首付贷",
        "为互联网金融活动提供担保",
        "其他涉及互联网金融的活动",
    ]
    yearly = [(field.group, field.label) for field in fields[-6:]]
    assert yearly[0] == ("业务数量", "2015年")
    assert yearly[-1] == ("业务涉及人员或企业数量", "2016年以来")


def test_deadlines(directory: Directory) -> None:
    assert {d.clause: d.date for d in directory.deadlines} == {
        "四（二）1": date(2016, 7, 10),
        "四（二）2": date(2016, 10, 20),
        "四（二）3": date(2016, 10, 20),
        "四（二）4": date(2016, 11, 30),
    }
    for deadline in directory.deadlines:
        day = f"{deadline.date.year}年{deadline.date.month}月{deadline.date.day}日"
        assert day in deadline.quote


@pytest.mark.parametrize(
    ("message", "kind", "meant"),
    [
        ("银监", "unit", "洛阳银监分局"),
        ("银监局", "unit", "洛阳银监分局"),
        ("央行", "unit", "人民银行洛阳市中心支行"),
        ("中支", "unit", "人民银行洛阳市中心支行"),
        ("市场监管", "unit", "市工商局"),
        ("金融局", "unit", "市政府金融办"),
        ("经侦", "unit", "市公安局"),
        ("网贷", "sector", "p2p"),
        ("Ｐ２Ｐ", "sector", "p2p"),
        ("眾籌", "sector", "equity_crowdfunding"),
        ("三方支付", "sector", "payment"),
        ("资管", "sector", "asset_management"),
        ("首付贷", "trade", "real_estate"),
        ("孟津", "county", "孟津县"),
    ],
)
def test_names_as_people_say_them(directory: Directory, message: str, kind: str, meant: str) -> None:
    assert (kind, meant) in {(mention.kind, mention.id) for mention in directory.mentions(f"问一下{message}的事")}


def test_the_longest_name_wins(directory: Directory) -> None:
    assert [m.id for m in directory.mentions("领导小组办公室")] == ["市领导小组办公室"]


def test_an_unknown_key_in_yaml_names_file_and_line(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, plan: Document
) -> None:
    folder = tmp_path_factory.mktemp("data")
    text = (directory_module.DATA / "directory.yml").read_text(encoding="utf-8")
    line = text[: text.index("    lead: 洛阳银监分局")].count("\n") + 1
    (folder / "directory.yml").write_text(text.replace("    lead: 洛阳银监分局", "    leed: 洛阳银监分局"), "utf-8")
    monkeypatch.setattr(directory_module, "DATA", folder)
    with pytest.raises(DataFileError, match=rf"directory\.yml 第 {line} 行：sectors 第 1 项 里，没有“leed”这一项"):
        load_directory(plan.clauses)


def test_every_clause_is_asked_about_in_the_bank(plan: Document) -> None:
    assert {clause.id for clause in plan.clauses} == {clause for _, clause in by_clause()}
    assert len(load_out_of_scope()) > 250
