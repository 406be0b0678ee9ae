"""What refers back: 那众筹呢, 谁管它, 要是不改呢, 为什么, 还有呢, 第三步呢, 我说的是广告.

A message that is not complete by itself is completed from the topic (``data/follow_ups.yml`` has the patterns), and the
completed question is what the next one refers to, so that a chain keeps its thread over any number of turns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any, Literal

from pydantic import Field
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import FEEDBACK, Asked, answer_entry, answer_why
from actions.earlier import pointed_at
from actions.members import LIST_OF_MEMBERS
from actions.named_documents import opened_in_same_document
from actions.ordinals import STEPS, next_step, nth_of
from actions.plan_text import opened
from actions.replies import Reply
from actions.topic import Topic
from actions.wording import DATA
from casework.interview.showing import Button
from casework.services import Services
from knowledge.base import KnowledgeBase
from knowledge.citations import cite, quoted
from knowledge.context import POINTS_BACK, put_in_place, subject_of
from knowledge.datafile import Data, load
from knowledge.directory import Mention
from knowledge.entries import Entry, Fact, NotSaid, Overview
from knowledge.multi_question import of_county
from knowledge.query_cleaning import ASKED, clean_query
from knowledge.question_form import LACKS, asks_of_today, licence_named, read_question_form
from knowledge.text import normalise


class Pattern(Data):
    """A short message that is a question only after another, and the whole question it stands for.

    Attributes:
        like: a regular expression that the whole message must match.
        means: the question; {subject}, {what} and {step} are filled in from the topic.
        after: the kinds of topic it fits; all when empty: fact, deadline, person, lead, not_said, overview.
        entry: the entry that answers, where no question has to be judged.
        asks: why (the reason of what was said), where (the clause that it stands in), opened (what that clause is
            about), condition (when it is so, or what is excepted), doers (whom a step is given to) or granted (whether
            it is so with an approval as well).
    """

    like: str
    means: str = ""
    after: tuple[str, ...] = ()
    entry: str = ""
    asks: Literal["", "why", "where", "opened", "condition", "doers", "granted"] = ""


class FollowUpFile(Data):
    """Read from ``data/follow_ups.yml``.

    Attributes:
        contrasts: groups of conditions that exclude each other, each side with its ways of saying it.
    """

    patterns: tuple[Pattern, ...] = Field(min_length=1)
    correction: str
    more: str
    contrasts: tuple[tuple[tuple[str, ...], ...], ...] = ()
    counted: dict[str, str] = Field(default_factory=dict)


@lru_cache(maxsize=1)
def follow_up_rules() -> FollowUpFile:
    return load(DATA / "follow_ups.yml", FollowUpFile)


# What somebody most likely asks about a thing of each kind when nothing was asked before.
USUAL_QUESTION = {
    "sector": "{}谁牵头",
    "trade": "{}归谁管",
    "unit": "{}负责什么",
    "person": "{}是谁",
    "step": "{}什么时候完成",
    "county": "{}政府负责什么",
}
SWITCHED = {"step": "deadline", "sector": "duty", "trade": "duty", "unit": "duty", "person": "duty", "county": "duty"}
TURN = re.compile(r"^(那么?|要是|如果是?|换成)|呢$")
# What makes a message one about the thing before: without it a short question stands by itself.
CORRECTS = re.compile(
    r"^(?:不是|不对|我(?:说|问|指|要|想)|是(?:说|问|指)|那|要是|如果|换|至于)|呢[?？]?$|也|怎么说|行吗|怎么样"
)
# How the plan words a condition or an exception.
CONDITION = re.compile(r"未经[^，。]*?批准|除[^，。]*?外|原则上|未(?:依法)?取得[^，。]*?资质的?|确有需要|必要时|依法")
WHO_DOES = re.compile(
    r"(?:那|由|归|是|该)*(?:谁|哪个(?:部门|单位)|哪家)(?:来|去)?(?P<act>[\u4e00-\u9fff]{2,4}?)(?:的|呢|啊)*[?？]?"
)
ORIGINAL = re.compile("原文|全文|依据|出处|哪一?条|第几条")
THEIR_UNIT = re.compile(
    r"(?:他|她|它|这个?人|这位|此人)(?:们)?(?:的|所在的?|那个?)?(?:个)?(?:单位|部门|局|机构)|其单位"
)
# What may stand beside a name that is put in the place of another one.
FILLERS = re.compile(
    r"(?:那|那么|要是|如果|换成|换|的话|的|平台|公司|机构|企业|呢|也|要|得|行|能|可以|必须|不|吗|么|啊|呀|一样|是|这样|同样|都|"
    r"[?？,，\s])*"
)
FILLERS_AROUND = re.compile(
    r"^(?:你听岔了|不是|不对|那么?|要是|如果|[,，]|我?(?:说|问|指)的?是|我?(?:就)?是(?:说|问|指)|换成)+|(?:的?话?(?:呢|吗|么)?[?？]?)$"
)
HAVING = re.compile(r"(?P<not>没有?|无|未取得|未)?(?:有|取得了?|拿到了?|办了?)?(?P<what>[^有没无未，,]{2,6}?)的?")
NOT_HAVING = r"(?:没有|没|无|未取得|未获得|未经|有|取得了?|持有|持)"
LONGEST_CONDITION = 10
# 这个方案是谁发的 points at the document, not back at what was said.
NAMES_PLAN = re.compile(r"(?:这|本|该|此)(?:个|份)?(?:方案|文件|通知)")
LEAST_ALONE = 7
MOST_MORE = 4
LONGEST_SHOWN = 110
# A message up to this length may be completed from the topic, with a pronoun one of the second length.
LONG, LONG_WITH_PRONOUN = 20, 30
LEAST_SURE = 0.05


@dataclass(frozen=True)
class Resolved:
    """The reply to a message that referred back, and what the conversation is about from now on."""

    reply: Reply
    topic: Topic


def in_context(knowledge: KnowledgeBase, today: date, message: str, topic: Topic | None) -> Resolved | None:
    """Resolve a message that refers back to the topic; None when it stands by itself."""
    if topic is None:
        return None
    message = of_county(message, topic.question)
    text = normalise(message).strip(" 。！!~")
    if NAMES_PLAN.search(text) and len(text) >= LEAST_ALONE:
        return None
    return (
        refers_back(knowledge, today, message, topic)
        or _meant(knowledge, today, text, topic)
        or _corrected(knowledge, today, text, topic, follow_up_rules())
    )


def refers_back(knowledge: KnowledgeBase, today: date, message: str, topic: Topic | None) -> Resolved | None:
    """Resolve a message whose very form refers back: 还有呢, 第三个呢, 为什么, 众筹也要吗; None for any other."""
    if topic is None:
        return None
    text = normalise(message).strip(" 。！!~")
    rules = follow_up_rules()
    if pointed := pointed_at(text, topic):
        return _about_earlier(knowledge, today, *pointed)
    return (
        _in_same_document(knowledge, message, topic)
        or _nth(knowledge, today, text, topic)
        or _next_step(knowledge, today, text, topic)
        or _more(knowledge, text, topic, rules)
        or _who_does(knowledge, today, text, topic)
        or _by_pattern(knowledge, today, text, topic)
        or _of_their_unit(knowledge, today, text, topic)
        or _swapped(knowledge, today, text, topic)
    )


def send_if_it_refers_back(
    services: Services, dispatcher: CollectingDispatcher, tracker: Tracker
) -> list[dict[str, Any]] | None:
    """Answer a message that was taken for something else though its form refers back; None, nothing sent, if not."""
    before = Topic.of(tracker)
    message = str(tracker.latest_message.get("text") or "")
    found = refers_back(services.knowledge, services.today(), message, before)
    if found is None:
        return None
    found.reply.send(dispatcher)
    return found.topic.after(before).events()


def _about_earlier(knowledge: KnowledgeBase, today: date, topic: Topic, rest: str) -> Resolved | None:
    """最开始问的那个, 原文: the rest of the message, asked about an earlier question."""
    if not rest:
        return answered(knowledge, today, topic.question, topic)
    if ORIGINAL.search(rest):
        return _where(knowledge, today, topic)
    if found := in_context(knowledge, today, rest, topic):
        return found
    entry = knowledge.entry(topic.entry) if topic.entry else None
    return answered(
        knowledge, today, f"{subject_of(knowledge.directory, knowledge.entries, topic.question, entry)}{rest}", topic
    )


def _in_same_document(knowledge: KnowledgeBase, message: str, topic: Topic) -> Resolved | None:
    """第五条呢, after an added document was quoted and nothing of the plan: a place in that document."""
    if not topic.others or topic.clauses:
        return None
    reply = opened_in_same_document(knowledge, message, topic.others[0])
    return Resolved(reply, Topic(message, reply.job, others=reply.others or topic.others)) if reply else None


def _nth(knowledge: KnowledgeBase, today: date, text: str, topic: Topic) -> Resolved | None:
    """第三个呢, 最后一步是谁来弄, 第五个谁牵头: one of the things that were just listed, or what is asked about it."""
    counted = follow_up_rules().counted.get(topic.entry, topic.entry)
    found = nth_of(knowledge, text, replace(topic, entry=counted))
    return answered(knowledge, today, found, topic) if isinstance(found, str) else _resolved(found, topic)


def _next_step(knowledge: KnowledgeBase, today: date, text: str, topic: Topic) -> Resolved | None:
    question = next_step(knowledge, text, topic)
    return answered(knowledge, today, question, topic) if question else None


def _resolved(reply: Reply | None, topic: Topic) -> Resolved | None:
    return Resolved(reply, replace(topic, clauses=reply.clauses or topic.clauses)) if reply else None


def _who_does(knowledge: KnowledgeBase, today: date, text: str, topic: Topic) -> Resolved | None:
    """谁认定: the duty of the clause just quoted that is named by this very act."""
    match = WHO_DOES.fullmatch(text)
    trades = [m for m in knowledge.directory.mentions(normalise(topic.question)) if m.kind == "trade"]
    if match and trades:
        return answered(knowledge, today, f"{normalise(topic.question)[trades[0].start : trades[0].end]}归谁管", topic)
    clause = topic.clauses[0] if match and topic.clauses else ""
    of_clause = knowledge.entries.by_clause.get(clause, [])
    acts = [fact for fact in of_clause if match and fact.modality == "负责" and match["act"] in fact.conclusion]
    if not acts or clause.startswith("三（二）"):
        return None
    reply = answer_entry(knowledge, acts[0], _asked(knowledge, today, text))
    return Resolved(reply, Topic(topic.question + text, reply.job, reply.clauses, entry=acts[0].id))


def _of_their_unit(knowledge: KnowledgeBase, today: date, text: str, topic: Topic) -> Resolved | None:
    """他们单位牵头哪个领域: asked of the unit whose post somebody on the list of 附件1 holds."""
    entry = knowledge.entry(topic.entry) if topic.entry else None
    if not THEIR_UNIT.search(text) or not isinstance(entry, Fact) or entry.clause != LIST_OF_MEMBERS:
        return None
    named = [m.id for m in knowledge.directory.mentions(normalise(entry.quote)) if m.kind == "unit"]
    units = [knowledge.directory.unit(one) for one in named]
    # Of two posts the one whose unit has more to do is meant.
    unit = max(units, key=lambda one: len(one.duties), default=None)
    return answered(knowledge, today, THEIR_UNIT.sub(unit.name, text), topic) if unit else None


def _swapped(knowledge: KnowledgeBase, today: date, text: str, topic: Topic) -> Resolved | None:
    """众筹平台也要吗, 那有资质的呢: the question before with one name or condition put in another's place."""
    question = contrasted(text, normalise(topic.question), follow_up_rules())
    mentions = knowledge.directory.mentions(text)
    if not question and len(mentions) == 1:
        rest = text[: mentions[0].start] + text[mentions[0].end :]
        if FILLERS.fullmatch(rest):
            question = put_in_place(knowledge.directory, topic.question, text, mentions[0])
    return answered(knowledge, today, question, topic) if question else None


def _longest_first(*sides: tuple[str, ...]) -> list[str]:
    return sorted((word for side in sides for word in side), key=len, reverse=True)


def contrasted(text: str, question: str, rules: FollowUpFile) -> str:
    """The question before with a condition turned into its opposite, as the message names it; empty when none is."""
    message = FILLERS_AROUND.sub("", text)
    if len(message) > LONGEST_CONDITION:
        return ""
    for sides in rules.contrasts:
        here = next((word for word in _longest_first(*sides) if message.startswith(word)), "")
        there = [side for side in sides if here not in side] if here else []
        if old := next((word for word in _longest_first(*there) if word in question), ""):
            return question.replace(old, here, 1)
    if match := HAVING.fullmatch(message):
        has = "没有" if match["not"] else "有"
        what = match["what"]
        before = re.compile(rf"{NOT_HAVING}(?P<between>[^，,。]{{0,6}}?){re.escape(what)}")
        return (
            before.sub(lambda found: f"{has}{found['between']}{what}", question, count=1)
            if before.search(question)
            else ""
        )
    return ""


def _meant(knowledge: KnowledgeBase, today: date, text: str, topic: Topic) -> Resolved | None:
    """What a message asks for after the entry that was answered with; a long one without a pronoun stands by itself."""
    if not topic.entry or len(text) > (LONG_WITH_PRONOUN if POINTS_BACK.search(text) else LONG):
        return None
    if _stands_alone(knowledge, text):
        return None
    found = knowledge.meant(text, topic.question, topic.entry)
    entry = knowledge.entry(found.entry) if found and found.probability >= LEAST_SURE else None
    if found is None or entry is None:
        return None
    form = read_question_form(text)
    has_form = form.form != "other" or form.who or form.when
    reply = answer_entry(knowledge, entry, _asked(knowledge, today, text if has_form else found.question))
    return Resolved(reply, Topic(found.question, reply.job, reply.clauses, entry=entry.id))


def _stands_alone(knowledge: KnowledgeBase, text: str) -> bool:
    """Whether a message names what it asks about: 领导小组组长是谁, P2P平台应当是什么性质."""
    if POINTS_BACK.search(text) or TURN.search(text):
        return False
    form = read_question_form(text)
    mentions = knowledge.directory.mentions(text)
    if any(m.kind in ("unit", "person", "step") for m in mentions) and (form.who or form.when):
        return True
    # A business, and a question about it that the judge is sure of without what went before.
    best = knowledge.choices(text)[0] if any(m.kind in ("sector", "trade") for m in mentions) else None
    return bool(best and not best.intent and best.probability >= SURE_ALONE and not CORRECTS.search(text))


SURE_ALONE = 0.7
# What a short message may be mistaken for that goes on about what was answered: 设了会怎么样, 我要是不给材料呢.
MISTAKEN_FOR = ("greet", "goodbye", "thanks", "help", "tip_off", "tip_status", "tip_withdraw", "tasks", "unclear")
# How unsure the judge is of that, and how sure that it goes on: 8 of the 27 follow-ups of data/conversations that are
# mistaken are heard so, and none of 876 messages of the bank that begin a procedure or are small talk.
SURE_OF_PROCEDURE, LEAST_GOING_ON = 0.7, 0.4


def goes_on(knowledge: KnowledgeBase, message: str, intent: str, confidence: float, topic: Topic | None) -> str:
    """The job of a message that is taken for another, though it asks on about what was answered; empty for any other.

    Args:
        intent: what the message by itself is likeliest to mean, with its ``confidence``.
    """
    text = normalise(message).strip(" 。！!~")
    if topic is None or not topic.entry or intent not in MISTAKEN_FOR:
        return ""
    if confidence >= SURE_OF_PROCEDURE and intent != "unclear":
        return ""
    if len(text) > LONG:
        return ""
    found = knowledge.meant(text, topic.question, topic.entry)
    entry = knowledge.entry(found.entry) if found and found.probability >= LEAST_GOING_ON else None
    return entry.job if entry else ""


def answered(knowledge: KnowledgeBase, today: date, question: str, topic: Topic) -> Resolved:
    """The answer to a completed question."""
    from actions.answering import answer

    return Resolved(*answer(knowledge, today, question, topic.job))


def _by_pattern(knowledge: KnowledgeBase, today: date, text: str, topic: Topic) -> Resolved | None:
    """谁管, 要是不改呢, 为什么, 第几条: what a short message of a known form stands for after a topic."""
    entry = knowledge.entries.get(topic.entry) if topic.entry else None
    kind = _kind(entry, topic)
    fitting = (
        pattern
        for pattern in follow_up_rules().patterns
        if re.fullmatch(pattern.like, text) and (not pattern.after or kind in pattern.after)
    )
    pattern = next(fitting, None)
    if pattern is None:
        return None
    found = ASKS_OF[pattern.asks](knowledge, today, topic, entry) if pattern.asks else None
    if found or not (pattern.means or pattern.entry):
        return found
    if meant := knowledge.entry(pattern.entry):
        reply = answer_entry(knowledge, meant, _asked(knowledge, today, topic.question))
        return Resolved(reply, replace(topic, entry=meant.id, job=reply.job))
    now = "现在" if asks_of_today(text) else ""
    return answered(knowledge, today, now + pattern.means.format(**_filling(knowledge, topic, entry)), topic)


def _why(knowledge: KnowledgeBase, today: date, topic: Topic, entry: Entry | None) -> Resolved | None:
    """为什么: the reason of what was said, or that the plan gives none."""
    if not isinstance(entry, Fact):
        return None
    reply = answer_why(knowledge, entry, _asked(knowledge, today, topic.question))
    return Resolved(reply, replace(topic, job=reply.job))


def _condition_of(knowledge: KnowledgeBase, today: date, topic: Topic, fact: Entry | None) -> Resolved | None:
    """啥情况下可以, 有没有例外: the condition or exception that the norm itself names."""
    if not isinstance(fact, Fact):
        return None
    citation = cite(knowledge, fact.clause, fact.quote)
    named = CONDITION.search(fact.quote)
    condition = fact.unless or (named[0] if named else "")
    says = f"方案写的条件或例外是：{condition.rstrip('。')}。" if condition else "这一条方案没有写例外或条件。"
    text = f"{says}\n{quoted(citation, fact.quote)}"
    buttons = (Button("查看整条原文", f"原文 {fact.clause}"), *FEEDBACK)
    return Resolved(Reply(topic.job, text, buttons, (citation,)), topic)


def _granted(knowledge: KnowledgeBase, today: date, topic: Topic, fact: Entry | None) -> Resolved | None:
    """批准了也不行吗, asked of a ban on those without an approval: that the ban is tied to it."""
    if not isinstance(fact, Fact) or licence_named(f"{fact.quote}{fact.unless}") != "lacks":
        return None
    asked = _asked(knowledge, today, f"有批准，{LACKS.sub('', normalise(topic.question))}")
    return Resolved(answer_entry(knowledge, fact.model_copy(update={"may": "有条件"}), asked), topic)


def _doers(knowledge: KnowledgeBase, today: date, topic: Topic, entry: Entry | None) -> Resolved | None:
    """由谁来做, asked of a step of 四（二）: whom its clause charges with it, a line each."""
    clause = next((c for c in topic.clauses if c in STEPS), "")
    charged = [fact for fact in knowledge.entries.by_clause.get(clause, []) if fact.modality == "负责"][:MOST_MORE]
    if not charged:
        return None
    citations = tuple(dict.fromkeys(cite(knowledge, fact.clause, fact.quote) for fact in charged))
    text = "\n".join(
        ["方案写明由这些单位做：", *(f"{n}. {fact.conclusion}" for n, fact in enumerate(charged, start=1))]
    )
    buttons = (Button("查看整条原文", f"原文 {clause}"), *FEEDBACK)
    return Resolved(Reply("duty", text, buttons, citations), replace(topic, job="duty"))


def _where(knowledge: KnowledgeBase, today: date, topic: Topic, entry: Entry | None = None) -> Resolved | None:
    """第几条, 依据呢: the clause that was quoted, and its words."""
    if not topic.clauses:
        return None
    entry = entry or (knowledge.entry(topic.entry) if topic.entry else None)
    words = entry.quotations[0] if entry and entry.quotations else None
    clause = words.clause if words else topic.clauses[0]
    citation = cite(knowledge, clause, words.quote if words else None)
    heading = "、".join(citation.clause.path)
    text = f"依据是{citation.clause.label}（{heading}）。\n{quoted(citation, citation.quote[:LONGEST_SHOWN])}"
    reply = Reply(topic.job, text, (Button("查看整条原文", f"原文 {clause}"), *FEEDBACK), (citation,))
    return Resolved(reply, topic)


def _opened(knowledge: KnowledgeBase, today: date, topic: Topic, entry: Entry | None = None) -> Resolved | None:
    """这条说的是谁: what the clause is about that was shown."""
    clause = knowledge.plan.clause(topic.clauses[0]) if topic.clauses else None
    return Resolved(opened(knowledge, clause), topic) if clause else None


ASKS_OF = {
    "why": _why,
    "doers": _doers,
    "where": _where,
    "opened": _opened,
    "condition": _condition_of,
    "granted": _granted,
}


def _kind(entry: Entry | None, topic: Topic) -> str:
    if isinstance(entry, NotSaid):
        return "not_said"
    if isinstance(entry, Overview):
        return "overview"
    if isinstance(entry, Fact):
        if entry.modality == "期限" or entry.clause in STEPS:
            return "deadline"
        if entry.clause == "附件1":
            return "person"
        return "lead" if entry.clause.startswith("三（二）") else "fact"
    return topic.job


def _filling(knowledge: KnowledgeBase, topic: Topic, entry: Entry | None) -> dict[str, str]:
    """What a completed question may name."""
    subject = subject_of(knowledge.directory, knowledge.entries, topic.question, entry)
    # 清理整顿的验收: what is asked about stands last.
    named = [m.id for m in knowledge.directory.mentions(normalise(topic.question)) if m.kind == "step"][-1:]
    steps = knowledge.directory.deadlines
    clause = next((c for c in topic.clauses if c in STEPS), "")
    step = next((d.step for d in steps if d.id in named), "") or next((d.step for d in steps if d.clause == clause), "")
    what = entry.what if isinstance(entry, Fact) else entry.topic if entry else ""
    return {"subject": subject or what, "what": what or subject, "step": step or "清理整顿"}


def _more(knowledge: KnowledgeBase, text: str, topic: Topic, rules: FollowUpFile) -> Resolved | None:
    """还有呢: what stands beside the fact that was shown, and was not shown yet."""
    if not re.fullmatch(rules.more, text) or not topic.entry:
        return None
    seen = {topic.entry, *topic.shown}
    more = [fact for fact in _beside(knowledge, topic.entry) if fact.id not in seen][:MOST_MORE]
    if not more:
        reply = Reply(topic.job, "这一点方案只写了这些，没有更多规定。您可以看整条原文，或者换个问题。",
                      tuple(Button(f"看 {clause}", f"原文 {clause}") for clause in topic.clauses[:2]))  # fmt: skip
        return Resolved(reply, topic)
    citations = tuple(dict.fromkeys(cite(knowledge, fact.clause, fact.quote) for fact in more))
    lines = [f"{n}. {fact.conclusion}（{cite(knowledge, fact.clause).clause.label}）" for n, fact in enumerate(more, 1)]
    buttons = (Button("查看整条原文", f"原文 {more[0].clause}"), *FEEDBACK)
    reply = Reply(topic.job, "还有这些相关规定：\n" + "\n".join(lines), buttons, citations)
    return Resolved(reply, replace(topic, shown=(*topic.shown, *(fact.id for fact in more))))


def _beside(knowledge: KnowledgeBase, entry_id: str) -> Iterator[Fact]:
    entry = knowledge.entry(entry_id)
    if isinstance(entry, Fact):
        for other in entry.related:
            if isinstance(found := knowledge.entry(other), Fact):
                yield found
    clause = entry.quotations[0].clause if entry and entry.quotations else ""
    yield from knowledge.entries.by_clause.get(clause, [])


def _corrected(knowledge: KnowledgeBase, today: date, text: str, topic: Topic, rules: FollowUpFile) -> Resolved | None:
    """我说的是广告, and 那众筹呢: the question before, about the thing now named."""
    match = re.fullmatch(rules.correction, text)
    if match is None or not CORRECTS.search(text) or (ASKED.search(text) and not TURN.search(text)):
        return None
    mentions = knowledge.directory.mentions(match["thing"])
    if not mentions:
        return None
    question, _ = carry_over(knowledge, match["thing"], mentions[0], topic)
    return answered(knowledge, today, question, topic)


def carry_over(knowledge: KnowledgeBase, message: str, new: Mention, before: Topic | None) -> tuple[str, str]:
    """Ask the question before about the thing now named.

    Returns:
        The whole question and its job.
    """
    name = message[new.start : new.end]
    if before:
        if whole := put_in_place(knowledge.directory, before.question, message, new):
            return whole, before.job
        if new.kind in ("sector", "trade") and before.entry:
            return f"{name}{clean_query(normalise(before.question))}", before.job
    return USUAL_QUESTION[new.kind].format(name), SWITCHED[new.kind]


def _asked(knowledge: KnowledgeBase, today: date, question: str) -> Asked:
    return Asked.read(knowledge, question, today)
