"""Questions that name a place in a document: 二（一）1, 第三部分, 第四条第二款, or a text that is not held."""

from __future__ import annotations

import re
import unicodedata

from actions.replies import Reply
from casework.interview.showing import Button
from knowledge.base import KnowledgeBase
from knowledge.citations import cite, quoted
from knowledge.clauses import NUMERALS, Clause
from knowledge.naming import names_of
from knowledge.query_cleaning import clean_query
from knowledge.question_form import read_question_form
from knowledge.short_names import meant_by_short_name
from knowledge.text import normalise

DIGITS = {str(value): numeral for numeral, value in NUMERALS.items()}
NUMBER = r"[一二三四五六七八九十\d]{1,2}"
BY_ID = re.compile(
    r"(?<![一二三四五六七八九十\d月年])([一二三四五])\s*[、,]?\s*\(([一二三四五六])\)\s*[、,]?\s*(?:第)?(\d)?(?:条|款|项|点)?"
)
BY_PART = re.compile(
    rf"第({NUMBER})(?:部分|章|大点|大条|条|大部分)(?:的?(?:第({NUMBER})(?:款|节|条|小节|部分)|\(([一二三四五六])\)))?"
    rf"(?:[里中下]?面?的?第({NUMBER})(?:项|点|条|小点))?"
)
BY_ANNEX = re.compile(r"附件\s*([一二12])(?!\d)")
# What is asked of a numbered place: that it be opened. Anything else is a question about its content.
OPENED = re.compile(
    r"讲|说了?(?:什么|啥|些)|写|内容|原文|全文|看看?|打开|念|是什么$|是啥|规定了?(?:什么|啥|哪些)|有(?:什么|哪些)|怎么(?:规定|说|写)|主要|管(?:谁|什么|啥|哪些)|针对|约束|对谁|大意|概括|^[^\u4e00-\u9fff]*$"
)
STEP = re.compile(r"第[一二三四1234]步")
SHORT = 10
TITLE = re.compile(r"《([^》]{2,40})》")
LAW = re.compile(
    r"((?:民法典|刑法|民法通则|合同法|公司法|证券法|银行法|商业银行法|刑事诉讼法|民事诉讼法|行政处罚法|行政复议法|信访条例|信访工作条例|保险法|广告法|电子商务法|"
    r"个人信息保护法|反电信网络诈骗法|消费者权益保护法|治安管理处罚法|网络安全法|劳动法|劳动合同法)|[\u4e00-\u9fff]{2,16}(?:条例|暂行办法|管理办法)|[\u4e00-\u9fff]{1,10}(?<![办方做说看想违合非执司立本])法(?=第))"
    r"(?=第[一二三四五六七八九十百零\d]+条|怎么规定|的?规定|里|中|说|写|有没有|是怎么)"
)
# 国办发〔2016〕21号第三条: only with a place in it, for the plan itself speaks of those it carries out.
NUMBER_OF_DOCUMENT = re.compile(
    r"([\u4e00-\u9fff]{1,8}[〔\[(（]\d{4}[〕\])）]\s*第?\d+号)(?=》?\s*第?\s*[一二三四五六七八九十百千零〇两\d（(])"
)
OWN_NAMES = ("工作方案", "58号", "本方案", "通知")


def opened_by_id(knowledge: KnowledgeBase, question: str) -> Reply | None:
    """The clause that a question names by its whole number (二（一）1, 附件2), and so names in any conversation."""
    text = unicodedata.normalize("NFKC", question)
    return opened_by_number(knowledge, question) if BY_ID.search(text) or BY_ANNEX.search(text) else None


def opened_by_number(knowledge: KnowledgeBase, question: str) -> Reply | None:
    """The clause or section that a question names by its number, when it asks for the place itself."""
    text = unicodedata.normalize("NFKC", question)
    found = _place(text)
    if found is None or STEP.search(text):
        return None
    name, span = found
    rest = (text[: span[0]] + text[span[1] :]).strip(" ?？。,，")
    if len(rest) > SHORT and read_question_form(normalise(question)).form == "confirm":
        return None
    if not (len(rest) <= SHORT and (not rest or OPENED.search(rest) or len(rest) <= 2)) and not OPENED.search(rest):
        return None
    below = [clause for clause in knowledge.plan.clauses if clause.id.startswith(f"{name}（") or clause.id == name]
    if clause := knowledge.plan.clause(name) if len(below) < 2 else None:
        return opened(knowledge, clause)
    below = below or [clause for clause in knowledge.plan.clauses if clause.id.startswith(name)]
    return _section(knowledge, name, below) if below else _no_such(knowledge, text[span[0] : span[1]])


def _place(text: str) -> tuple[str, tuple[int, int]] | None:
    if match := BY_ID.search(text):
        return f"{match[1]}（{match[2]}）{match[3] or ''}", match.span()
    if match := BY_ANNEX.search(text):
        return f"附件{ {'一': '1', '二': '2'}.get(match[1], match[1]) }", match.span()
    if match := BY_PART.search(text):
        chapter, *sections, item = (_value(one) for one in match.groups())
        section = sections[0] or sections[1]
        name = DIGITS.get(str(chapter), "") if chapter else ""
        if section:
            name += f"（{DIGITS.get(str(section), '')}）"
        if item:
            name += str(item)
        return name, match.span()
    return None


def _value(number: str | None) -> int | None:
    if not number:
        return None
    return int(number) if number.isdigit() else NUMERALS.get(number, 0)


def opened(knowledge: KnowledgeBase, clause: Clause) -> Reply:
    """A clause: what it is about, each of its norms in a line; its text is one tap away."""
    facts = knowledge.entries.by_clause.get(clause.id, [])
    title = clause.path[-1] if clause.path else clause.id
    citation = cite(knowledge, clause.id)
    if not facts or len(clause.text) <= WHOLE_UP_TO:
        text = f"{clause.label}（{title}）：\n{quoted(citation, clause.text)}"
    else:
        lines = [f"{n}. {fact.conclusion}" for n, fact in enumerate(facts[:MOST_FACTS], start=1)]
        more = f"\n……共 {len(facts)} 项，点“查看整条原文”看全部。" if len(facts) > MOST_FACTS else ""
        text = f"{clause.label}（{title}）的内容：\n" + "\n".join(lines) + more
    return Reply("policy", text, (Button("查看整条原文", f"原文 {clause.id}"),), (citation,))


WHOLE_UP_TO, MOST_FACTS = 130, 8


def _section(knowledge: KnowledgeBase, name: str, below: list[Clause]) -> Reply:
    """A chapter or a section: its headings, or its items' first conclusions."""
    depth = 2 if "（" not in name else 3
    lines: dict[str, str] = {}
    for clause in below:
        key = re.match(r"[^（]*（[^）]*）" if depth == 2 else r".*", clause.id)
        heading = clause.path[min(depth, len(clause.path)) - 1] if clause.path else clause.id
        facts = knowledge.entries.by_clause.get(clause.id, [])
        if depth == 3 and (len(clause.path) < 3 and facts):
            heading = facts[0].conclusion
        lines.setdefault(key[0] if key else clause.id, heading)
    title = below[0].path[0 if depth == 2 else min(1, len(below[0].path) - 1)]
    shown = [f"{n}. {heading}（{key}）" for n, (key, heading) in enumerate(lines.items(), start=1)]
    citations = tuple(cite(knowledge, clause.id, clause.sentences[0].text) for clause in below[:8])
    buttons = tuple(Button(f"看 {clause.id}", f"原文 {clause.id}") for clause in below[:4])
    return Reply("policy", f"{_spoken(name)}是“{title}”，包括：\n" + "\n".join(shown), buttons, citations)


def _spoken(name: str) -> str:
    """三 as 第三部分; a section as it is."""
    return name if "（" in name else f"第{name}部分"


def _no_such(knowledge: KnowledgeBase, named: str) -> Reply:
    info = knowledge.plan.info
    parts = [clause for clause in knowledge.plan.clauses if re.fullmatch(r"[一二三四五]（一）1?", clause.id)]
    text = f"方案中没有“{named}”。《{info.title}》分五个部分，编号如“二（一）1”。"
    buttons = tuple(Button(f"看 {clause.id}", f"原文 {clause.id}") for clause in parts[:4])
    return Reply("policy", text, buttons)


def text_not_held(knowledge: KnowledgeBase, question: str) -> Reply | None:
    """That a law or a document which a question names is not held here; None when it is, or none is named."""
    match = TITLE.search(question) or LAW.search(clean_query(question)) or NUMBER_OF_DOCUMENT.search(question)
    if match is None:
        return None
    name = unicodedata.normalize("NFKC", match[1]).strip()
    held = [one for document in knowledge.documents if document.is_searched for one in names_of(document)]
    # Without 《》 a name begins somewhere: 请问消费者权益保护法怎么规定.
    is_quoted = f"《{match[1]}》" in question
    if any(name == one or (not is_quoted and name.endswith(one)) for one in held):
        return None
    if not is_quoted and meant_by_short_name(knowledge.documents, name)[0]:
        return None
    if any(own in name for own in OWN_NAMES):
        return None
    if any(name in clause.text for clause in knowledge.plan.clauses if clause.id.startswith("附件")):
        return None
    text = (
        f"本助手没有收录《{match[1]}》，不能引用它的条文。\n"
        f"本助手只依据《{knowledge.plan.info.title}》（{knowledge.plan.info.number}）回答；"
        "法律问题可拨打 12348 公共法律服务热线。"
    )
    return Reply("policy", text, (PERSON,))


PERSON = Button("转人工", "转人工")
