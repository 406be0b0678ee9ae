"""What the answers come to: a finding a red line, and the words of 四（一）1 in name and business scope."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from casework.interview.answers import half_width
from casework.interview.state import State, path
from casework.self_check.definition import RED, Definition, Group, Item, Outcome, Quote
from knowledge.base import KnowledgeBase

SEVERITY: tuple[Outcome, ...] = ("疑似违规", "需核实", "符合")
WORDS_CLAUSE = "四（一）1"
RESTRICTED = re.compile(r"非金融机构、不从事金融活动的企业，在注册名称和经营范围中原则上不得使用(.+?)等字样。")
WATCHED = re.compile(r"凡在名称和经营范围中选择使用上述字样的企业（包括存量企业），.+?采取整治措施。")


@dataclass(frozen=True)
class Finding:
    """One red line and how the enterprise stands to it.

    Attributes:
        rule: id of the item in red_lines.yml, or name_words.
        title: the group it was asked in.
        says: the breach in plain words.
        quote: the plan's words it rests on.
        mend: what to do, in the plan's words.
    """

    rule: str
    title: str
    says: str
    outcome: Outcome
    quote: Quote
    mend: Quote


def findings(knowledge: KnowledgeBase, definition: Definition, state: State) -> list[Finding]:
    """Judge the answers; breaches first, then what must be looked into, then what is in order."""
    asked = {question.id for question in path(definition.questions, state)}
    found = [_name_words(knowledge, state)]
    for group in definition.groups:
        answer = state.answers.get(f"{RED}{group.id}")
        if answer and f"{RED}{group.id}" in asked:
            kinds = state.values("kinds")
            found += [_judge(definition, group, item, answer.value, kinds) for item in group.items]
    return sorted(found, key=lambda finding: SEVERITY.index(finding.outcome))


def _judge(
    definition: Definition, group: Group, item: Item, value: dict[str, list[str]], kinds: Sequence[str]
) -> Finding:
    said: Literal["yes", "no", "unsure"] = "no"
    if item.id in value["yes"] or item.kind in kinds:
        said = "yes"
    elif item.id in value["unsure"]:
        said = "unsure"
    own = {"yes": item.yes, "no": item.no, "unsure": item.unsure}[said]
    return Finding(
        rule=item.id,
        title=group.title,
        says=item.says,
        outcome=own or definition.meanings[said],
        quote=Quote(clause=item.clause or group.clause, quote=item.quote),
        mend=item.mend or group.mend,
    )


def restricted_words(knowledge: KnowledgeBase) -> list[str]:
    """The words that 四（一）1 keeps for financial institutions, as the plan lists them."""
    clause = knowledge.plan.clause(WORDS_CLAUSE)
    listed = RESTRICTED.search(clause.text) if clause else None
    if listed is None:
        raise LookupError(f"{WORDS_CLAUSE} does not list the restricted words")
    return re.findall(r"“(.+?)”", listed[1])


def used_words(words: Sequence[str], text: str) -> list[str]:
    """Restricted words in a text, the longest reading of each: 基金管理 is not also 基金."""
    longest = sorted(words, key=len, reverse=True)
    found = re.findall("|".join(map(re.escape, longest)), half_width(text).upper())
    return list(dict.fromkeys(found))


def _name_words(knowledge: KnowledgeBase, state: State) -> Finding:
    """Check name and scope: a firm that does finance must explain the words, one that does not may not use them."""
    words = restricted_words(knowledge)
    used = {
        label: used_words(words, state.answers[question].shown)
        for question, label in (("company", "企业名称"), ("scope", "经营范围"))
        if question in state.answers
    }
    parts = [f"{label}使用了“{'”“'.join(found)}”字样" for label, found in used.items() if found]
    clause = knowledge.plan.clause(WORDS_CLAUSE)
    text = clause.text if clause else ""
    rule, watched = RESTRICTED.search(text), WATCHED.search(text)
    if rule is None or watched is None:
        raise LookupError(f"{WORDS_CLAUSE} is not worded as expected")
    does_finance = "yes" in state.values("internet_finance")
    outcome: Outcome = "符合" if not parts else "需核实" if does_finance else "疑似违规"
    scope_missing = "" if state.values("scope") not in ((), ("",)) else "（经营范围未填，未核对）"
    return Finding(
        rule="name_words",
        title="名称和经营范围",
        says=("；".join(parts) or "企业名称和经营范围未使用限制使用的字样") + scope_missing,
        outcome=outcome,
        quote=Quote(clause=WORDS_CLAUSE, quote=rule[0]),
        mend=Quote(clause=WORDS_CLAUSE, quote=watched[0]),
    )
