# ruff: noqa: E501 - a sample is easier to see on one line
"""The table of sample documents: how each is written, which clauses it must give, and what is rightly left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from tests.data.documents import texts as t
from tests.data.documents.writers import (
    Text,
    as_docx,
    as_html,
    as_markdown,
    as_ofd,
    as_pdf,
    as_strict,
    as_txt,
    as_wrapped,
    numbered,
    numbering,
    raw,
    saved,
    with_notes,
    with_numbering,
)


@dataclass(frozen=True, eq=False)
class Sample:
    """A document.

    Attributes:
        file: its name.
        write: its bytes.
        words: every visible word that must stand in a clause.
        cited: by clause id, words that must stand in that clause.
        parts: by words of a quotation, the label that cites it.
        left_out: by kind (页码 …), words that the report must name.
        asked: questions in people's words, and the clause that answers each.
    """

    file: str
    write: Callable[[], bytes]
    words: Sequence[str]
    cited: Mapping[str, str]
    parts: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, str] = field(default_factory=dict)


def _of(file: str, write: Callable[[Text], bytes], content: Text, like: Sample, **left_out: str) -> Sample:
    return Sample(file, lambda: write(content), content.words, like.cited, like.parts, left_out)


def _plain(file: str, content: Text, cited: Mapping[str, str], parts: Mapping[str, str] | None = None) -> Sample:
    return Sample(file, lambda: as_txt("utf-8")(content), content.words, cited, parts or {})


LAW = _plain(
    "law.txt", t.LAW,
    {"文头": "防范非法集资条例", "目录": "法律责任", "第一章": "总", "第一条": "为了防范", "第二条": "适用本条例。",
     "第三条": "夸大收益", "第三条之一": "五年", "第四条": "一万元", "第四章": "附", "第五条": "施行。"},
    {"非法集资的防范以及行政机关": "第二条第二款", "（一）未经许可的；": "第三条第一款第一项", "2．夸大收益；": "第三条第一款第二项第2目",
     "前款规定由市场监督": "第三条第二款", "为了防范和处置": "第一条", "责令改正": "第四条"},
)  # fmt: skip
ORDER = _plain(
    "order.txt", t.ORDER,
    {"文头": "第210号", "落款": "王测试", "标题": "测试省地方金融组织管理办法", "第一条": "规范", "第三条": "12月31日前"},
)  # fmt: skip
INTERPRETATION = _plain(
    "interpretation.txt", t.INTERPRETATION,
    {"文头": "法释〔2022〕5号", "前言": "解释如下", "第一条": "（四）向社会公众", "第二条": "代种植", "第三条": "施行"},
    {"（三）承诺还本付息；": "第一条第一款第三项", "未向社会公开宣传": "第一条第二款", "（二）以代种植": "第二条第二项"},
)  # fmt: skip
NOTICE = _plain(
    "notice.txt", t.NOTICE,
    {"文头": "测政〔2023〕5号", "主送": "各县", "通知·一": "提高认识", "通知·二": "每季度", "附件说明": "责任分工表", "落款": "2023年3月1日",
     "附注": "公开发布", "标题": "行政应诉办法", "第一条": "规范行政应诉", "第二条": "出庭", "附件1·一（一）": "司法局", "附件1·二（一）": "六月底",
     "附件2": "张测试", "版记": "抄送"},
)  # fmt: skip
OPINION = _plain(
    "opinion.txt", t.OPINION,
    {"文头": "测政办〔2018〕33号", "主送": "各县", "前言": "提出如下意见", "一（一）": "指导思想", "一（二）": "防止风险外溢",
     "二": "压实各方责任", "二（一）1": "严格登记", "二（一）2": "十五个工作日", "二（二）": "设立资金池", "三": "经费保障", "落款": "2018年9月1日"},
    {"2．发放贷款；": "二（二）2", "网络借贷机构不得": "二（二）"},
)  # fmt: skip
TASKS = Sample(
    "tasks.docx", lambda: as_docx(t.TASKS), t.TASKS.words,
    {"表1": "牵头单位", "表1第1行": "牵头单位：市金融办", "表1第2行": "工作任务：清理整顿违规平台", "表1第3行": "完成时限：2016年11月30日前"},
)  # fmt: skip
LETTER = _plain(
    "letter.txt", t.LETTER,
    {"主送": "市银行业协会", "前言": "承诺保本", "结语": "此复", "落款": "二〇一六年七月一日"}, {"2.发放贷款；": "前言2"},
)  # fmt: skip
DECISION = _plain(
    "decision.txt", t.DECISION,
    {"前言": "作如下修改", "一": "应当建立协调机制", "二": "弄虚作假", "三": "删去第六条"},
)  # fmt: skip
STANDARD = _plain(
    "standard.txt", t.STANDARD,
    {"1": "本标准规定", "2.1": "获取的个人信息", "2.2": "控制权", "3.1.1": "最小必要", "3.1.2": "1.5年"},
)  # fmt: skip
QUESTIONS = _plain(
    "questions.txt", t.QUESTIONS, {"1": "未经依法许可", "2": "利诱性", "3": "处非办"}, {"（2）公开性；": "2（2）"}
)
NEWS = _plain("news.txt", t.NEWS, {"文头": "宣传活动", "第1段": "副市长", "第2段": "3000余份"})
CODE = _plain(
    "code.txt", t.CODE,
    {"第一编第一章": "基本规定", "第一编第二章第一节": "刑事责任", "第二编": "分则", "第二编第一章": "破坏金融", "第一条": "保护人民",
     "第一百二十条": "十年以下", "第一百二十条之一": "判处罚金"},
    {"单位犯前款罪的": "第一百二十条之一第二款"},
)  # fmt: skip
OLD_LAW = _plain("old_law.txt", t.OLD_LAW, {"第一条": "典当", "第二条": "三十日"}, {"二、从事典当": "第一条第二项"})
TWO_LAWS = _plain(
    "two_laws.txt", t.TWO_LAWS,
    {"第一条": "第一办法的目的", "第三条": "施行", "《测试第二办法》第一条": "第二办法的目的", "《测试第二办法》第二条": "第二办法的范围"},
)  # fmt: skip
ANNOUNCEMENT = _plain(
    "announcement.txt",
    t.ANNOUNCEMENT,
    {"前言": "公告如下", "（一）": "2019年6月30日", "（三）": "逾期", "落款": "公安局"},
)
CHARTER = _plain("charter.txt", t.CHARTER, {"第1条": "非营利", "第2条": "会费", "第3条": "理事会"})
MINUTES = _plain("minutes.txt", t.MINUTES, {"一": "八月底前", "二": "宣传部"})
FULL_WIDTH = _plain("full_width.txt", t.FULL_WIDTH, {"1": "营业执照", "2": "跨区经营"}, {"（２）营业执照。": "1（2）"})
NO_SPACE = _plain("no_space.txt", t.NO_SPACE, {"第一条": "规范备案", "第二条": "责令改正", "第三条": "解释"})
TITLED = _plain("titled.txt", t.TITLED, {"第一条": "信访权利", "第二条": "适用本条例"})
EMERGENCY = _plain("emergency.txt", t.EMERGENCY, {"1.1": "编制目的", "1.2": "突发事件的应对", "2.1": "指挥部"})
TRADITIONAL = _plain("traditional.txt", t.TRADITIONAL, {"第一條": "投資者", "第二條": "資金池"})
LONG = _plain("long.txt", t.LONG, {"第一条": "如实披露", "第五条": "处5万元以下罚款", "第九条": "处4万元以下罚款"})


# Word's own ways ---------------------------------------------------------------------------------------------


def _automatic() -> bytes:
    document = docx.Document()
    num = with_numbering(document, [("chineseCountingThousand", "第%1章"), ("chineseCountingThousand", "第%2条"),
                                    ("chineseCounting", "（%3）")], running=[1])  # fmt: skip
    document.add_heading("测试自动编号办法", 0)
    for level, words in ((0, "总则"), (1, "为了规范，制定本办法。"), (1, "有下列情形的，应当报告："), (2, "发生挤兑的；"), (2, "失联的。"),
                         (0, "附则"), (1, "本办法由金融办解释。")):  # fmt: skip
        numbered(document, words, num, level)
    return saved(document)


def _outline_numbers() -> bytes:
    document = docx.Document()
    num = with_numbering(document, [("chineseCounting", "%1、"), ("chineseCounting", "（%2）"), ("decimal", "%3.")])
    document.add_paragraph("关于开展排查的实施方案")
    for level, words in ((0, "总体要求"), (1, "坚持依法排查，落实属地责任。"), (0, "重点任务"), (1, "全面摸底"),
                         (2, "各县区应当逐户核查。各部门应当配合。"), (2, "建立台账。台账应当按月更新。")):  # fmt: skip
        numbered(document, words, num, level)
    return saved(document)


def _styled() -> bytes:
    document = docx.Document()
    document.add_heading("测试工作指引", 0)
    document.add_heading("适用范围", 1)
    document.add_paragraph("本指引适用于网络借贷机构。")
    document.add_heading("信息披露", 1)
    document.add_paragraph("机构应当每月披露。")
    document.add_paragraph("披露内容应当真实。")
    return saved(document)


def _tracked() -> bytes:
    document = docx.Document()
    document.add_paragraph("测试修订管理办法")
    document.add_paragraph("第一条　为了规范管理，制定本办法。")
    raw(document, '<w:r><w:t>第二条　期限为</w:t></w:r><w:del w:id="1" w:author="a"><w:r><w:delText>三十</w:delText></w:r></w:del>'
                  '<w:ins w:id="2" w:author="a"><w:r><w:t>十五</w:t></w:r></w:ins><w:r><w:t>日。</w:t></w:r>')  # fmt: skip
    raw(document, '<w:ins w:id="3" w:author="a"><w:r><w:t>第三条　新增一条。</w:t></w:r></w:ins>')
    return saved(document)


BOX = ('<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:inline><a:graphic><a:graphicData uri="x"><wps:wsp>'
       "<wps:txbx><w:txbxContent><w:p><w:r><w:t>咨询电话见官网</w:t></w:r></w:p></w:txbxContent></wps:txbx></wps:wsp>"
       "</a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox><w:txbxContent><w:p><w:r>"
       "<w:t>咨询电话见官网</w:t></w:r></w:p></w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>")  # fmt: skip


def _boxed() -> bytes:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "内部资料"
    document.add_paragraph("测试文本框办法")
    document.add_paragraph("第一条　应当公示。")
    raw(document, BOX)
    raw(document, '<w:r><w:t>第二条　</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏内容</w:t></w:r><w:sdt><w:sdtContent>'
                  '<w:r><w:t>控件中的文字</w:t></w:r></w:sdtContent></w:sdt><w:hyperlink><w:r><w:t>链接文字</w:t></w:r></w:hyperlink>'
                  '<w:r><w:sym w:font="Wingdings" w:char="F0A8"/><w:t>是</w:t></w:r>')  # fmt: skip
    return saved(document)


def _noted() -> bytes:
    document = docx.Document()
    document.add_paragraph("测试脚注办法")
    raw(
        document,
        '<w:r><w:t>第一条　平台应当备案</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:t>。</w:t></w:r>',
    )
    document.add_paragraph("第二条　平台应当公示。")
    return with_notes(saved(document), "备案机关为市金融办。", "此处待定")


def _merged() -> bytes:
    document = docx.Document()
    document.add_paragraph("表2 行政处罚裁量标准")
    table = document.add_table(4, 3)
    for row, cells in enumerate(
        (
            ("违法行为", "情形", "处罚标准"),
            ("虚假宣传", "初次", "一万元"),
            ("", "再次", "三万元"),
            ("非法集资", "", "移送"),
        )
    ):
        for column, words in enumerate(cells):
            table.cell(row, column).text = words
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(3, 0).merge(table.cell(3, 1))
    return saved(document)


def _marked_header() -> bytes:
    document = docx.Document()
    document.add_paragraph("附件清单说明，详见下表。")
    table = document.add_table(2, 2)
    for row, cells in enumerate((("甲栏", "乙栏"), ("一", "二"))):
        for column, words in enumerate(cells):
            table.cell(row, column).text = words
    table.rows[0]._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))
    return saved(document)


def _nested_table() -> bytes:
    document = docx.Document()
    document.add_paragraph("企业自查信息表")
    table = document.add_table(2, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "企业名称", ""
    table.cell(1, 0).text = "业务情况"
    inner = table.cell(1, 1).add_table(1, 2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "网络借贷", "股权众筹"
    return saved(document)


def _numbered_cells() -> bytes:
    """A table whose first column holds nothing but the numbers that Word prints, one row of it without a task."""
    document = docx.Document()
    num = with_numbering(document, [("decimal", "%1")])
    document.add_paragraph("测试任务分工表")
    table = document.add_table(4, 2)
    for row, cells in enumerate((("序号", "任务"), ("", "排查网络借贷"), ("", ""), ("", "清理股权众筹"))):
        for column, words in enumerate(cells):
            table.cell(row, column).text = words
        if row:
            table.cell(row, 0).paragraphs[0]._p.get_or_add_pPr().append(numbering(num, 0))
    return saved(document)


def _drop_cap() -> bytes:
    document = docx.Document()
    document.add_paragraph("测试首字下沉办法")
    raw(document, '<w:pPr><w:framePr w:dropCap="drop" w:lines="3"/></w:pPr><w:r><w:t>第</w:t></w:r>')
    document.add_paragraph("一条　为了规范管理，制定本办法。")
    document.add_paragraph("第二条　平台应当备案。")
    return saved(document)


def _blank_numbers() -> bytes:
    """A numbered paragraph without words, which Word counts, and one that is deleted, which it does not."""
    document = docx.Document()
    num = with_numbering(document, [("chineseCountingThousand", "第%1条")])
    document.add_paragraph("测试空编号办法")
    numbered(document, "平台应当备案。", num, 0)
    numbered(document, "", num, 0)
    mark = f'<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="{num}"/></w:numPr><w:rPr><w:del w:id="8" w:author="a"/></w:rPr></w:pPr>'
    raw(document, f'{mark}<w:del w:id="9" w:author="a"><w:r><w:delText>平台不必公示。</w:delText></w:r></w:del>')
    numbered(document, "平台应当公示。", num, 0)
    return saved(document)


WORD = (
    Sample("strict.docx", lambda: as_strict(_tracked()), ["测试修订管理办法", "第一条　为了规范管理，制定本办法。", "第二条　期限为十五日。", "第三条　新增一条。"],
           {"第二条": "十五日", "第三条": "新增"}, left_out={"修订删除的文字": "三十"}),
    Sample("numbered_cells.docx", _numbered_cells, ["测试任务分工表", "序号任务", "1排查网络借贷", "2", "3清理股权众筹"],
           {"表1第1行": "序号：1；任务：排查网络借贷", "表1第3行": "序号：3；任务：清理股权众筹"}),
    Sample("drop_cap.docx", _drop_cap, ["测试首字下沉办法", "第一条　为了规范管理，制定本办法。", "第二条　平台应当备案。"],
           {"第一条": "规范管理", "第二条": "备案"}),
    Sample("blank_numbers.docx", _blank_numbers, ["测试空编号办法", "第一条平台应当备案。", "第三条平台应当公示。"],
           {"第一条": "备案", "第三条": "公示"}, left_out={"没有文字的编号": "第二条", "修订删除的文字": "不必公示"}),
    Sample("automatic.docx", _automatic,
           ["测试自动编号办法", "第一章总则", "第一条为了规范，制定本办法。", "第二条有下列情形的，应当报告：", "（一）发生挤兑的；", "（二）失联的。",
            "第二章附则", "第三条本办法由金融办解释。"],
           {"第一章": "总则", "第一条": "规范", "第二条": "失联", "第三条": "解释"}, {"（二）失联的。": "第二条第二项"}),
    Sample("outline_numbers.docx", _outline_numbers,
           ["关于开展排查的实施方案", "一、总体要求", "（一）坚持依法排查，落实属地责任。", "二、重点任务", "（一）全面摸底",
            "1.各县区应当逐户核查。各部门应当配合。", "2.建立台账。台账应当按月更新。"],
           {"一（一）": "属地责任", "二（一）1": "逐户核查", "二（一）2": "按月更新"}),
    Sample("styled.docx", _styled, ["测试工作指引", "适用范围", "本指引适用于网络借贷机构。", "信息披露", "机构应当每月披露。", "披露内容应当真实。"],
           {"文头": "指引", "“适用范围”第1段": "网络借贷机构", "“信息披露”第1段": "每月", "“信息披露”第2段": "真实"}),
    Sample("tracked.docx", _tracked, ["测试修订管理办法", "第一条　为了规范管理，制定本办法。", "第二条　期限为十五日。", "第三条　新增一条。"],
           {"第二条": "十五日", "第三条": "新增"}, left_out={"修订删除的文字": "三十"}),
    Sample("boxed.docx", _boxed, ["测试文本框办法", "第一条　应当公示。", "咨询电话见官网", "第二条　控件中的文字链接文字□是"],
           {"第一条": "公示", "文本框1": "咨询电话", "第二条": "链接文字□是"}, left_out={"页眉": "内部资料", "隐藏的文字": "隐藏内容"}),
    Sample("noted.docx", _noted, ["测试脚注办法", "第一条　平台应当备案。", "备案机关为市金融办。", "第二条　平台应当公示。"],
           {"第一条": "备案", "注1": "备案机关", "第二条": "公示"}, left_out={"批注": "此处待定"}),
    Sample("merged.docx", _merged, ["表2 行政处罚裁量标准", "违法行为情形处罚标准", "虚假宣传初次一万元", "再次三万元", "非法集资移送"],
           {"表2第1行": "处罚标准：一万元", "表2第2行": "违法行为：虚假宣传；情形：再次；处罚标准：三万元", "表2第3行": "移送"}),
    Sample("marked_header.docx", _marked_header, ["附件清单说明，详见下表。", "甲栏乙栏", "一二"], {"表1第1行": "甲栏：一；乙栏：二"}),
    Sample("nested_table.docx", _nested_table, ["企业自查信息表", "企业名称", "业务情况", "网络借贷股权众筹"], {"表1第2行": "股权众筹"}),
)  # fmt: skip


# Web pages and the like ----------------------------------------------------------------------------------------

LISTS = """<html><body><h1>测试须知</h1><ol><li>应当备案，备案材料应当真实。</li><li>应当公示，公示期不少于七日。</li></ol>
<p>办理时间<br>每周一至周五</p><p style="display:none">看不见</p><p>已<del>废</del>施行</p>
<table><thead><tr><th rowspan="2">地区</th><th colspan="2">数量</th></tr><tr><th>上年</th><th>本年</th></tr></thead>
<tr><td>老城区</td><td>3</td><td>5</td></tr></table></body></html>"""
MARKDOWN = "# 测试公约\n\n## 第一章 总则\n\n**第一条** 会员应当守法。\n\n- 不得造假\n- 不得误导\n\n## 第二章 附则\n\n**第二条** 本公约自通过之日起施行。\n"
NOTED_MARKDOWN = "# 测试公约\n\n第一条 会员应当守法[^1]。\n\n第二条 本公约自通过之日起施行。\n\n[^1]: 包括行业规则。\n"
CONTROLS = """<html><body><h1>测试申请须知</h1><p>第一条 申请人应当填写<input value="申请书">。</p>
<select><option>请选择</option></select><textarea>填写处</textarea><svg><text>流程图</text></svg><p>第二条 三日内答复。</p></body></html>"""
MARKUP = (
    Sample("noted.md", NOTED_MARKDOWN.encode, ["测试公约", "第一条 会员应当守法[^1]。", "第二条 本公约自通过之日起施行。", "注[1]包括行业规则。"],
           {"第一条": "守法", "第二条": "施行"}),
    Sample("controls.html", CONTROLS.encode, ["测试申请须知", "第一条 申请人应当填写申请书。", "第二条 三日内答复。"],
           {"第一条": "申请书", "第二条": "三日"},
           left_out={"选择框": "请选择", "输入框": "填写处", "图形中的文字": "流程图"}),
    Sample("lists.html", LISTS.encode, ["测试须知", "1.应当备案，备案材料应当真实。", "2.应当公示，公示期不少于七日。", "办理时间", "每周一至周五",
                                        "已施行", "地区数量", "上年本年", "老城区35"],
           {"1": "备案", "2": "七日", "表1第1行": "地区：老城区；数量 上年：3；数量 本年：5"},
           left_out={"隐藏的文字": "看不见", "删除线文字": "废"}),
    Sample("pledge.md", MARKDOWN.encode, ["测试公约", "第一章 总则", "第一条 会员应当守法。", "不得造假", "不得误导", "第二章 附则",
                                          "第二条 本公约自通过之日起施行。"],
           {"第一章": "总则", "第一条": "不得误导", "第二条": "施行"}),
)  # fmt: skip

CONTINUED = Text((
    "^测试市任务清单",
    [["序号", "工作任务", "责任单位"], *([str(n), f"第{n}项任务，按月调度", f"第{n}责任单位"] for n in range(1, 41))],
))  # fmt: skip

ALL: tuple[Sample, ...] = (
    LAW, ORDER, INTERPRETATION, NOTICE, OPINION, TASKS, LETTER, DECISION, STANDARD, QUESTIONS, NEWS, CODE, OLD_LAW, TWO_LAWS,
    ANNOUNCEMENT, CHARTER, MINUTES, FULL_WIDTH, NO_SPACE, TITLED, EMERGENCY, TRADITIONAL, LONG,
    _of("law_single.txt", as_txt("utf-8", blank=""), t.LAW, LAW),
    _of("law_16.txt", as_txt("utf-16"), t.LAW, LAW),
    _of("law_16le.txt", as_txt("utf-16-le"), t.LAW, LAW),
    _of("law_gb.txt", as_txt("gb18030", end="\r\n"), t.LAW, LAW),
    _of("law_hz.txt", as_txt("hz"), t.NO_SPACE, NO_SPACE),
    _of("one_line_16le.txt", as_txt("utf-16-le", blank=""), t.NO_SPACE, NO_SPACE),
    _of("no_charset.html", lambda text: as_html("gb2312")(text).replace(b'<meta charset="gb2312">', b""), t.LAW, LAW),
    _of("law_wrapped.txt", as_wrapped(36), t.LAW, LAW),
    _of("law.html", as_html("gb2312", "首页 政务公开 互动交流"), t.LAW, LAW, **{"网页上正文以外的部分": "政务公开"}),
    _of("law.md", as_markdown, t.LAW, LAW),
    _of("law.docx", as_docx, t.LAW, LAW),
    _of("law.pdf", as_pdf("测试市防范非法集资条例汇编"), t.LAW, LAW, 页码="— 1 —"),
    _of("law.ofd", as_ofd, t.LAW, LAW, 页码="- 1 -"),
    _of("interpretation.docx", as_docx, t.INTERPRETATION, INTERPRETATION),
    _of("interpretation.pdf", as_pdf(), t.INTERPRETATION, INTERPRETATION),
    _of("notice.docx", as_docx, t.NOTICE, NOTICE),
    _of("notice.pdf", as_pdf(), t.NOTICE, NOTICE, 页码="— 2 —"),
    _of("notice.html", as_html(), t.NOTICE, NOTICE),
    _of("opinion.docx", as_docx, t.OPINION, OPINION),
    _of("opinion.pdf", as_pdf(size=15), t.OPINION, OPINION),
    _of("opinion.ofd", as_ofd, t.OPINION, OPINION),
    _of("tasks.html", as_html(), t.TASKS, TASKS),
    _of("tasks.md", as_markdown, t.TASKS, TASKS),
    _of("tasks.pdf", as_pdf(), t.TASKS, TASKS),
    _of("traditional_big5.txt", as_txt("big5"), t.TRADITIONAL, TRADITIONAL),
    _of("long.pdf", as_pdf("测试市人民政府公报", size=18), t.LONG, LONG, 页眉页脚="公报"),
    _of("long_wrapped.txt", as_wrapped(40), t.LONG, LONG),
    _of("decision.docx", as_docx, t.DECISION, DECISION),
    _of("emergency.pdf", as_pdf(), t.EMERGENCY, EMERGENCY),
    Sample("continued.pdf", lambda: as_pdf()(CONTINUED), CONTINUED.words,
           {"表1第1行": "责任单位：第1责任单位", "表1第40行": "工作任务：第40项任务，按月调度"}, left_out={"续表的表头": "序号"}),
    *WORD, *MARKUP,
)  # fmt: skip
