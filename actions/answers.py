"""An answer: the conclusion first, the one quotation that carries it, then the condition, who leads, what to do now.

Each is one line, the whole clause one tap away. What the plan leaves open is said to be open; what has changed since
2016 is said first where today is asked about, and marked as outside the plan.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from actions.members import LIST_OF_MEMBERS, PLACE, member_verdict
from actions.replies import Reply
from casework.document_blocks import day
from casework.interview.showing import Button
from knowledge.base import KnowledgeBase
from knowledge.citations import Citation, cite, quoted
from knowledge.clauses import split_segments
from knowledge.directory import Deadline, Mention, distance
from knowledge.entries import Entry, Fact, NotSaid, Overview
from knowledge.query_cleaning import drop_denied
from knowledge.question_form import (
    ASKS_BREACH,
    CONFIRMING,
    DENYING,
    NEGATIVE,
    QuestionForm,
    licence_named,
    opening,
    read_question_form,
    supposes_a_ban,
    worded,
)
from knowledge.text import normalise
from knowledge.values import A_DAY, BODY, values_named

FEEDBACK = (Button("有用", "有用"), Button("没用，换一条", "不是这个"))
REPORT = Button("我要举报", "我要举报")
PERSON = Button("转人工", "转人工")
# A quotation longer than this is shown by its part around the key words; the whole clause is one tap away.
LONGEST_QUOTE = 130
# The whole sentence is quoted up to this length; of a longer one the part that is one norm.
LONGEST_SENTENCE = 130
# An answer that would be longer quotes no more than the norm itself.
LONGEST_ANSWER = 190
NUMBERED = re.compile(r"^\d+\. ?|^（[一二三四五六]）[^。]{2,20}。(?=.)")
MOST_ITEMS = 24
# Conclusions whose first sentence already says it need no second opening.
BEGINS_WITH = re.compile(r"^(不可以|可以|不对|对|应当|不应当|不必|有条件|不得|禁止|严禁)")
SPELT = {
    "不可以": "不可以。",
    "可以": "可以。",
    "有条件": "要看条件。",
    "应当": "应当。",
    "不应当": "不应当。",
    "不必": "不必。",
}
# A verdict is said from here on where the fact is sure to answer the question, and where it is not; what the form of
# the question says is kept from here on (docs/understanding.md has the figures).
SURE_OF_VERDICT, SURE_OF_VERDICT_ALONE, SURE_OF_FACT = 0.8, 0.92, 0.4
LIKELY_VERDICT, POSSIBLE_VERDICT = 0.5, 0.3


@dataclass(frozen=True)
class Asked:
    """A question as it is answered.

    Attributes:
        text: normalised.
        wanted: its form.
        mentions: what it names of the directory.
        today: the day on which it is asked.
    """

    text: str
    wanted: QuestionForm
    mentions: tuple[Mention, ...]
    today: date

    @classmethod
    def read(cls, knowledge: KnowledgeBase, question: str, today: date) -> Asked:
        text = drop_denied(normalise(question))
        return cls(text, read_question_form(text), tuple(knowledge.directory.mentions(text)), today)


def answer_entry(knowledge: KnowledgeBase, entry: Entry, asked: Asked, chance: float = 1.0) -> Reply:
    """The answer that an entry gives to a question.

    Args:
        chance: how likely it is that this entry answers it.
    """
    if isinstance(entry, Fact):
        return _fact(knowledge, entry, asked, chance)
    if isinstance(entry, NotSaid):
        return _not_said(knowledge, entry, asked)
    return _overview(knowledge, entry, asked)


def _fact(knowledge: KnowledgeBase, fact: Fact, asked: Asked, chance: float) -> Reply:
    citation = cite(knowledge, fact.clause, _sentence(knowledge, fact))
    conclusion = _by_whom(fact, asked) + concluded(knowledge, fact, asked, chance)
    lead, cited = _lead(knowledge, fact)
    before = [*_caveat(knowledge, asked, past=True), *_undated(knowledge, fact, asked), conclusion]
    behind = [
        *_names(knowledge, fact, asked),
        *_condition(fact, conclusion),
        *_day(knowledge, fact, asked),
        *lead,
        *_today(knowledge, fact, asked),
    ]
    quotation = quoted(citation, _shortened(fact, citation.quote))
    if sum(map(len, (*before, quotation, *behind))) > LONGEST_ANSWER:
        citation = cite(knowledge, fact.clause, fact.quote)
        quotation = quoted(citation, _shortened(fact, citation.quote))
    lines = [*before, quotation, *behind]
    buttons = (Button("查看整条原文", f"原文 {fact.clause}"), *FEEDBACK)
    extra = {"key": next(iter(fact.keys), ""), "entry": fact.id}
    return Reply(fact.job, "\n".join(lines), buttons, (citation, *cited), extra)


WITHOUT_REASON = "open.why_rule"


def answer_why(knowledge: KnowledgeBase, fact: Fact, asked: Asked) -> Reply:
    """Why a norm stands in the plan: the plan's own words for it, or that it gives none beside the norm itself."""
    reason = knowledge.entries.reason_of(fact.id)
    says = reason.says if reason else getattr(knowledge.entry(WITHOUT_REASON), "conclusion", "方案没有说明理由。")
    clause, quote = (reason.clause, reason.quote) if reason else (fact.clause, _sentence(knowledge, fact))
    citation = cite(knowledge, clause, quote)
    lines = [*_caveat(knowledge, asked, past=True), says, ("" if reason else "方案只写：") + quoted(citation, quote)]
    buttons = (Button("查看整条原文", f"原文 {clause}"), *FEEDBACK)
    return Reply(fact.job, "\n".join(lines), buttons, (citation,), {"entry": fact.id})


def concluded(knowledge: KnowledgeBase, fact: Fact, asked: Asked, chance: float = 1.0) -> str:
    """The answer's first line.

    Args:
        chance: how likely it is that this fact answers the question.
    """
    word = _opening(knowledge, fact, asked, chance)
    if not word:
        return fact.conclusion
    if word in CONFIRMING:
        return f"{word}。{fact.conclusion}"
    conclusion: str = fact.conclusion
    if word == "有条件" and licence_named(asked.text) == "has":
        return f"可以，但有条件。{conclusion}"
    return conclusion if BEGINS_WITH.match(conclusion) else f"{SPELT[word]}{conclusion}"


def denies(knowledge: KnowledgeBase, fact: Fact, asked: Asked) -> bool:
    """Whether a fact says that what a question supposes is not so."""
    return _opening(knowledge, fact, asked) in DENYING


def _opening(knowledge: KnowledgeBase, fact: Fact, asked: Asked, chance: float = 1.0) -> str:
    """The word that the answer begins with, if any fits.

    What was learnt of question and norm counts where it is sure; else what their form says, unless the judge of
    verdicts has it against it.
    """
    if asked.wanted.form == "other" or ASKS_SAFETY.search(asked.text):
        return ""
    if fact.clause == LIST_OF_MEMBERS:
        return member_verdict(knowledge.directory, fact, asked.text, asked.mentions)
    if supposes_a_ban(fact, asked.text):
        return ""  # the norm neither bans it nor lets it be
    by_form = opening(fact, asked.text, *values_named(knowledge.directory, fact, asked.text, asked.mentions))
    chances = knowledge.verdict(fact, asked.text)
    if by_form == "有条件" and asked.wanted.form == "confirm":
        by_form = ""  # 取得许可后，只要不犯法就够了？ asks for no permission
    if chances is None or by_form == "有条件":
        return by_form
    yes, no, _ = chances
    sure = max(yes, no) >= (SURE_OF_VERDICT if chance >= SURE_OF_FACT else SURE_OF_VERDICT_ALONE)
    # What others may do allows nothing to who asks.
    of_others = not by_form and fact.may == "可以" and asked.wanted.form == "may" and yes > no
    if sure and not of_others:
        return worded(asked.wanted.form, asked.text, fact, by_form, yes > no)
    denies_it = by_form in DENYING or (by_form in NEGATIVE and not ASKS_BREACH.search(asked.text))
    least = LIKELY_VERDICT if by_form in CONFIRMING else POSSIBLE_VERDICT
    return by_form if (no if denies_it else yes) >= least else ""


# 我的钱现在还安全吗: that a norm protects it says nothing of whether it is so.
ASKS_SAFETY = re.compile(r"(?:安全|靠谱|靠得住|可靠|可信|稳当|保得住|放心)(?:不(?:安全|靠谱|可靠|可信)?|吗|么|嘛|吧)")


def _by_whom(fact: Fact, asked: Asked) -> str:
    """For 谁盯着落实: who is to do what the conclusion names without them."""
    unnamed = asked.wanted.who and asked.wanted.form == "other" and not BODY.search(fact.conclusion)
    return f"{fact.who}：" if unnamed and BODY.search(fact.who) else ""


WHO_IS = re.compile(r"谁|叫(?:什么|啥)|哪位|哪个人|姓名|名字|姓[啥什]")


def _names(knowledge: KnowledgeBase, fact: Fact, asked: Asked) -> list[str]:
    """For 组长是谁: who held the posts that the clause names, as 附件1 lists them."""
    if fact.clause == LIST_OF_MEMBERS or not A_POST_OF_GROUP.search(fact.what) or not WHO_IS.search(asked.text):
        return []
    listed = [knowledge.entry(other) for other in fact.related]
    people = [one.conclusion.rstrip("。") for one in listed if isinstance(one, Fact) and one.clause == LIST_OF_MEMBERS]
    return [f"附件1：{'；'.join(people)}。"] if people else []


A_POST_OF_GROUP = re.compile(r"任(?:市领导小组)?副?组长|办公室主任")


def _sentence(knowledge: KnowledgeBase, fact: Fact) -> str:
    """The fact's words with the sentence they stand in, where that is short: an exception stands beside its rule."""
    clause = knowledge.plan.clause(fact.clause)
    for sentence in clause.sentences if clause else ():
        for part in (sentence.text, *split_segments(sentence.text)):
            if fact.quote in part and len(part) <= LONGEST_SENTENCE:
                return NUMBERED.sub("", part)
    return fact.quote


def _shortened(fact: Fact, quote: str) -> str:
    """The quotation, or the part of it around its first key word where it is long."""
    if len(quote) <= LONGEST_QUOTE:
        return quote
    parts = [part for part in re.findall(r"[^。；]+[。；]?", quote) if part]
    key = next(iter(fact.keys), "")
    best: str = next((part for part in parts if key and key in part), parts[0])
    if len(best) > LONGEST_QUOTE:
        at = max(0, best.find(key) - LONGEST_QUOTE // 2) if key else 0
        best = ("……" if at else "") + best[at : at + LONGEST_QUOTE] + ("……" if at + LONGEST_QUOTE < len(best) else "")
    return best


def _condition(fact: Fact, conclusion: str) -> list[str]:
    if not fact.unless or fact.unless in fact.quote or fact.unless in conclusion:
        return []
    return [f"条件：{fact.unless.rstrip('。')}。"]


def _day(knowledge: KnowledgeBase, fact: Fact, asked: Asked) -> list[str]:
    """For a deadline: that it has passed, and by how many days only when that is asked."""
    if fact.modality != "期限":
        return _by_when(knowledge, fact) if asked.wanted.when and asked.wanted.who else []
    deadline = next((d for d in knowledge.directory.deadlines if d.clause == fact.clause), None)
    if deadline is None or not any("月" in value for value in fact.values):
        return []
    return [passed(deadline, asked.today, asked.wanted.days)]


# Asked for a day or an hour, rather than how long or by which step.
A_DATE = re.compile(r"几号|哪天|哪一天|几月|哪年|哪一年|(?:什么|啥|几)时候?|何时|几点")
A_CALENDAR_DAY = re.compile(r"几号|哪天|哪一天|几月|哪年|哪一年|哪月")
BEGINS = re.compile(
    r"从(?:哪|几|什么|啥|何)[^，。]{0,6}(?:起|算|开始|启动)|(?:哪|几|什么|啥|何)[^，。]{0,4}(?:开始|启动|起(?!草))"
)
TELLS_WHEN = re.compile(r"的，|必要时|\d年|月|日|立即|及时|始终|期间|时(?:，|立即)|之前|同时|贯穿|每|首次")


def _undated(knowledge: KnowledgeBase, fact: Fact, asked: Asked) -> list[str]:
    """That the plan sets no day, where one is asked for that it does not give, or the day on which something begins."""
    if not A_DATE.search(asked.text) or asked.wanted.form == "confirm":
        return []
    if BEGINS.search(asked.text) and fact.modality == "期限":
        return ["方案没有写从哪天开始，只写了完成时限。"]
    if fact.modality == "期限":
        told = bool(A_DAY.search(fact.conclusion)) or not A_CALENDAR_DAY.search(asked.text)
        told = told or "立即" in fact.conclusion
    else:
        told = bool(TELLS_WHEN.search(f"{fact.conclusion}{fact.quote}"))
        told = told or (asked.wanted.ends and bool(_by_when(knowledge, fact)))
    if told or asked.wanted.who:
        return []
    return ["方案没有写明这件事的具体时间。"]


def _by_when(knowledge: KnowledgeBase, fact: Fact) -> list[str]:
    """For 报给谁，什么时候: the day that the clause sets, beside what it says of the rest."""
    due = [one for one in knowledge.entries.by_clause[fact.clause] if one.modality == "期限"]
    return [f"时限：{one.conclusion}" for one in due if A_DAY.search(one.conclusion)][:1]


def passed(deadline: Deadline, today: date, counted: bool) -> str:
    """How a deadline stands to a day, in words; in days only when they were asked for."""
    if deadline.date < today:
        return f"该时限已于{day(deadline.date)}届满" + (f"（{distance(deadline, today)}）。" if counted else "。")
    return f"{distance(deadline, today)}。" if counted or deadline.date == today else "时限还没有到。"


def _lead(knowledge: KnowledgeBase, fact: Fact) -> tuple[list[str], tuple[Citation, ...]]:
    """Who leads the business that a rule is about; trades are not paired with units, since the plan pairs none."""
    if not fact.lead or fact.job != "policy":
        return [], ()
    directory = knowledge.directory
    sector = next((s for s in directory.sectors if s.id == fact.lead), None)
    if sector is None:
        return [], ()
    return [f"牵头：{sector.lead}（{sector.clause}）。"], (cite(knowledge, sector.clause, sector.quote),)


def _today(knowledge: KnowledgeBase, entry: Entry, asked: Asked) -> list[str]:
    """What has changed since 2016, outside the plan: when today is asked about, or a unit is named otherwise now."""
    since = knowledge.entries.since
    lines = []
    if asked.wanted.now:
        changed = [one for one in since.superseded if any(normalise(word) in asked.text for word in one.words)]
        lines += [f"方案以外：{one.says}{since.mark}" for one in changed[:1]]
    if entry.job == "duty" and not lines:
        named = [one for one in since.successors if one.name_2016 in entry.conclusion and one.sure == "high"]
        lines += [f"方案以外：{one.name_2016}现为{one.now}{since.mark}。" for one in named[:1]]
    return lines


def _caveat(knowledge: KnowledgeBase, asked: Asked, past: bool) -> list[str]:
    if not asked.wanted.now:
        return []
    return [knowledge.entries.since.general + ("当时的规定：" if past else "")]


def _not_said(knowledge: KnowledgeBase, entry: NotSaid, asked: Asked) -> Reply:
    citations = tuple(cite(knowledge, only.clause, only.quote) for only in entry.only)
    says = entry.says if asked.wanted.form == "confirm" else entry.says.removeprefix("不对。")
    if ASKS_WHETHER_WRITTEN.search(asked.text) and not SAYS_OF_PLAN.search(says):
        says = f"方案没有写这一点。{says}"
    lines = [*_caveat(knowledge, asked, past=False), says]
    held = _held_in_2016(knowledge, entry, asked)
    if held:
        lines.append(f"2016年{held.clause}写的是：{held.conclusion}")
        citations = (cite(knowledge, held.clause, held.quote), *citations)
    elif citations:
        lines.append("方案只写：" + "；".join(f"“{c.quote}”（{c.clause.label}）" for c in citations))
    lines += [line for line in (entry.ask, entry.outside) if line]
    if not entry.outside:
        lines += _today(knowledge, entry, asked)
    buttons: tuple[Button, ...] = FEEDBACK
    if entry.kind in ("personal", "practical"):
        buttons = (REPORT, PERSON, *FEEDBACK)
    elif citations:
        buttons = (Button("查看整条原文", f"原文 {citations[0].clause.id}"), *FEEDBACK)
    if entry.explanation:
        buttons = (Button("看详细解释", f"口径 {entry.explanation}"), *buttons)
    return Reply(entry.job, "\n".join(lines), buttons, citations, {"entry": entry.id})


# 里头写没写, 文件点到它名没有, 贵文件怎么讲: whether the plan speaks of it.
ASKS_WHETHER_WRITTEN = re.compile(
    r"([写说提讲点])没\1|有没有(?:写|说|提|讲|规定|点名|列)|(?:方案|文件|里头|里面|文上|通知|条文)[^，。？?]{0,6}(?:怎么|咋|如何)[写说讲规定]|"
    r"(?:方案|文件|里头|里面|文上|通知|条文)[^，。？?]{0,6}(?:写|说|提|讲|规定|点|列)[^，。？?]{0,4}(?:没有?|吗|么)[?？]?$"
)
SAYS_OF_PLAN = re.compile(r"方案|没有(?:写|规定|提到)|不对")


def _held_in_2016(knowledge: KnowledgeBase, entry: NotSaid, asked: Asked) -> Fact | None:
    """Who held the post in 2016 by 附件1, where it is asked who holds it today."""
    if entry.job != "duty" or not asked.wanted.now:
        return None
    people = {mention.id for mention in asked.mentions if mention.kind == "person"}
    place = PLACE.search(asked.text)
    for fact in knowledge.entries.by_clause.get(LIST_OF_MEMBERS, []):
        told = normalise(fact.conclusion)
        is_named = any(m.kind == "person" and m.id in people for m in knowledge.directory.mentions(told))
        of_group = place and not people and place[0] != "成员" and (at := PLACE.search(told)) and at[0] == place[0]
        if is_named or of_group:
            return fact
    return None


def marked_once(lines: list[tuple[str, str]]) -> list[str]:
    """Lines with the clause that each stands in, marked behind the last of those that stand in the same."""
    following = [clause for _, clause in lines[1:]] + [""]
    return [
        line if clause == after else f"{line}（{clause}）"
        for (line, clause), after in zip(lines, following, strict=True)
    ]


def _overview(knowledge: KnowledgeBase, entry: Overview, asked: Asked) -> Reply:
    lines = [*_caveat(knowledge, asked, past=True), entry.says]
    labels = {item.clause: cite(knowledge, item.clause, item.quote).clause.label for item in entry.items}
    shown = entry.items[:MOST_ITEMS]
    numbered = entry.numbered and len(entry.items) > 1
    told = [(f"{n}. {item.text}" if numbered else item.text, labels[item.clause]) for n, item in enumerate(shown, 1)]
    lines += marked_once(told)
    lines += _today(knowledge, entry, asked) if asked.wanted.now else []
    citations = tuple(dict.fromkeys(cite(knowledge, item.clause, item.quote) for item in entry.items))
    buttons = (Button("查看整条原文", f"原文 {entry.items[0].clause}"), *FEEDBACK)
    return Reply(entry.job, "\n".join(lines), buttons, citations, {"entry": entry.id})
