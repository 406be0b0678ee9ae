"""Whether the plan names a thing: 方案点名支付宝了吗, 有没有写网联, e租宝的事儿，方案里说它了没.

What stands in the plan's text letter for letter is left to the entries; of what does not, that is what can be said.
"""

from __future__ import annotations

from actions.answers import FEEDBACK, REPORT, Asked
from actions.replies import Reply
from knowledge.base import KnowledgeBase
from knowledge.citations import cite, quoted
from knowledge.entries import Entry
from knowledge.named_things import thing_asked_for
from knowledge.text import normalise

# Surer than this the judge knows what is asked about.
SURE = 0.5
LEGALITY = "open.company_legal"


def thing_not_in_plan(knowledge: KnowledgeBase, asked: Asked, likeliest: Entry | None, chance: float) -> Reply | None:
    """That the plan does not name a thing, where a question asks whether it does and no entry is about that thing.

    Args:
        likeliest: the entry that fits the question best.
        chance: how likely it is that this entry answers it.
    """
    thing = thing_asked_for(asked.text)
    if not thing:
        return None
    if likeliest and (chance >= SURE or thing in f"{likeliest.conclusion}{getattr(likeliest, 'topic', '')}".lower()):
        return None
    if any(thing in normalise(clause.text).lower() for clause in knowledge.plan.clauses):
        return None
    lines = [knowledge.entries.since.general] if asked.wanted.now else []
    lines.append(f"方案没有提到“{thing}”。")
    judged = knowledge.entry(LEGALITY)
    only = [cite(knowledge, one.clause, one.quote) for one in (judged.quotations if judged else ())[:1]]
    if only:
        lines += ["方案没有点名具体的公司或产品，只写由牵头单位认定：", quoted(only[0], only[0].quote)]
    lines.append("想核实某家公司或产品，请向该领域主管部门或12345（政务热线）询问。")
    return Reply("policy", "\n".join(lines), (REPORT, *FEEDBACK), tuple(only))
