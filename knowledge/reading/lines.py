"""What a line of an official document is, seen by itself: a title, a date, a signature, the head of an annex …"""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge.reading.blocks import Block
from knowledge.reading.numbering import DIVISIONS, Kind, Marker, marker_of

ENDS = "。；：，、！？;:,!?…"
OF_DAY = r"[\d一二三四五六七八九十]{1,3}"
DAY = rf"(?:\d{{4}}|[一二〇零○ＯO三四五六七八九]{{4}}) ?年 ?{OF_DAY} ?月 ?{OF_DAY} ?日"
DATE = re.compile(rf"^[（(]?{DAY}[）)]?$")
NUMBER = re.compile(
    r"(?:^第\s?\d{1,5}\s?号|[\u4e00-\u9fff]{1,14}(?:[〔［\[【(（〈]\s*(?:19|20)\d\d\s*[〕］\]】)）〉]\s*第?\s*\d{1,5}\s*号"
    r"|\s?(?:19|20)\d\d\s?年\s?第\s?\d{1,4}\s?号|令?\s?第\s?\d{1,5}\s?号)"
    r"|^[（(〔](?:19|20)\d\d[）)〕][\u4e00-\u9fff\d]{2,16}号)"  # of a court: （2021）京0105刑初118号
)
TITLED = re.compile(
    r"(?:法|条例|规定|办法|细则|方案|意见|通知|决定|制度|规则|规程|解释|计划|要点|指南|指引|标准|名单|表|清单|公告|通告|章程|预案|"
    r"批复|函|纪要|报告|分工|目录|规划|规范|守则|公约|准则|流程|手册|问答|范本|协议|合同|承诺书|说明|答复|令|倡议书|提示)"
    r"(?:[（(][^）)]{1,20}[）)])?$"
)
UNIT = re.compile(
    r"(?:政府|办公室|办公厅|委员会|局|部|院|厅|会|公司|中心|支行|分行|银行|署|组|党委|支队|大队|总队|处|站|所|社|署|委|办|领导小组|"
    r"[国州省市县区]|主席|总理|市长|省长|县长|部长|局长|行长)[（(]?[^。，]{0,12}$"
)
ANNEX = re.compile(
    r"^附\s*([件录表])\s*([A-Z](?![A-Za-z])|[一二三四五六七八九十\d]{0,3}(?:[-－—]\d{1,2})?)\s*([：:]?)\s*(.{0,60})$"
)
ATTACHED = re.compile(r"^附[：:]\s*(.{2,60})$")
IMPRINT = re.compile(rf"^(?:主办|督办|抄送|抄报|分送|承办|印发|校对)[：:]|^.{{2,40}}\s*{DAY}\s*印发")
CONTENTS = re.compile(r"^目\s*[录次]$")
LEADERS = re.compile(r"(?:[.．…·⋯_]{2,}|\t| {3,})\s*[-—]?\s*\d{1,4}\s*[-—]?$")
CAPTION = re.compile(r"^附?表\s*([A-Z]\.\d{1,2}|[\d一二三四五六七八九十]{1,3}(?:[-.－—]\d{1,2})?)(?![\d第])")
TABLE_TITLE = re.compile(r"(?:表|清单|名单|一览|分工|目录|台账|名录)(?:[（(][^）)]*[）)])?$")
MEASURE = re.compile(r"^[（(]?\s*(?:计量)?单位\s*[：:].{1,12}$")
PRESENT = re.compile(r"^(?:出席|列席|参加|缺席|请假|主持|记录)(?:人员|人|单位)?[：:]")
OF_COURT = re.compile(
    r"^(?:代理)?(?:审\s*判\s*[长员]|人民陪审员|书\s*记\s*员|法官助理|检\s*察\s*员|仲\s*裁\s*员)\s+\S{1,8}$"
)
# Where a seal is set, printed in words between who signs and the day.
SEAL = re.compile(r"[（(]\s*(?:[印盖公签]\s*)?章\s*[）)]")
# The lines below a contract or a form that somebody signs.
TO_SIGN = re.compile(r"^[^。；]{0,16}(?:盖章|签字|签名|签章)[）)]?\s*[：:][^。]{0,20}$|^签[订署]?日期\s*[：:]")
ADDRESSED = re.compile(r"(?:各|市|县|区|局|委|办|政府|公司|单位|机构|院|部门|同志|厅|银行|组织|你)")
CLOSING = re.compile(r"^(?:特此(?:通知|公告|通告|批复|函复|函告|说明|报告)|此复|此致|妥否|以上)[^，]{0,30}[。！？]?$")
REMARK = re.compile(r"^[（(](?:此件|此页|联系|信息公开|公开)[^）)]*[）)]$")
ADOPTED = re.compile(rf"^[（(].*(?:{DAY}|修订|修正|通过|公布|施行|发布).*[）)]$", re.S)
LONGEST_HEADING = 42


@dataclass(frozen=True)
class Line:
    """A block with the number it begins with and its words as printed."""

    block: Block
    marker: Marker | None
    text: str

    @property
    def kind(self) -> Kind | None:
        return self.marker.kind if self.marker else None

    @property
    def is_row(self) -> bool:
        return self.block.kind == "row"

    @property
    def is_plain(self) -> bool:
        return self.block.kind == "text"

    @property
    def is_date(self) -> bool:
        return bool(DATE.match(self.text))

    @property
    def is_heading(self) -> bool:
        """Whether it is a heading rather than a sentence: a style that says so, or few words that end like none."""
        if self.block.level:
            return True
        words = self.marker.rest if self.marker else self.text
        if self.marker and self.marker.kind in DIVISIONS:
            return True
        return bool(words) and len(words) <= LONGEST_HEADING and words[-1] not in ENDS and "。" not in words

    @property
    def is_head(self) -> bool:
        """Whether it can stand above the text: a title, a number, a date, who adopted it and when."""
        if not self.is_plain or (self.marker and self.marker.kind is not Kind.BRACKET):
            return False
        if ADOPTED.match(self.text) or NUMBER.fullmatch(self.text) or self.is_date:
            return True
        return self.marker is None and len(self.text) <= 80 and self.text[-1] not in ENDS and "。" not in self.text

    @property
    def is_title(self) -> bool:
        """Whether it reads like the title of a document."""
        if not self.is_plain or self.marker or len(self.text) > 80 or self.text[-1] in ENDS:
            return False
        return bool(TITLED.search(self.text)) and not ANNEX.match(self.text) and "。" not in self.text

    @property
    def is_signature(self) -> bool:
        if not self.is_plain or self.marker or len(self.text) > 45:
            return False
        return bool(UNIT.search(self.text) or OF_COURT.match(self.text) or SEAL.fullmatch(self.text))


def line_of(block: Block) -> Line:
    """A block, with its automatic number or the number it is printed with."""
    text = block.printed.strip()
    return Line(block, marker_of(text) if block.kind == "text" else None, text)


def is_annex_list(lines: list[Line], at: int) -> bool:
    """Whether 附件1 … is a line of the list at the end of a document, and not the head of the annex itself."""
    text = lines[at].text
    if re.match(r"^附\s*件\s*[：:]\s*\S", text):
        return True
    if text.endswith(("：", ":")) and at + 1 < len(lines) and lines[at + 1].kind is Kind.DIGIT:
        return True
    after = [line for line in lines[at + 1 : at + 5] if line.text]
    if not after or any(line.is_date for line in after[:3]):
        return True
    return bool(ANNEX.match(text) and _own_words(text) and ANNEX.match(after[0].text) and _own_words(after[0].text))


def _own_words(text: str) -> str:
    match = ANNEX.match(text)
    return match[4] if match else ""
