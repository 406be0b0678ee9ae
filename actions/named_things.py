"""Whether the plan names a thing: 方案点名支付宝了吗, 有没有写网联, e租宝的事儿，方案里说它了没.

What stands in the plan's text letter for letter is left to the entries; of what does not, that is what can be said.
"""

from __future__ import annotations

import re

from actions.answers import FEEDBACK, REPORT, Asked
from actions.replies import Reply
from knowledge.base import KnowledgeBase
from knowledge.citations import cite, quoted
from knowledge.entries import Entry
from knowledge.query_cleaning import ASKED
from knowledge.text import normalise

NAMES = r"(?:提|点名|写|说|列|点)(?:到|过|了|及|出)*"
THING = r"(?P<thing>[^,，。?？;；:：的怎哪谁啥什么多少跟和与给让把被对向要会能得就都也还好]{2,8}?)"
# A thing behind the verb: 有没有写网联, 点名支付宝了吗.
NAMED = re.compile(
    rf"(?:有没有|是否|有没|可曾)(?:专门|单独|直接)?{NAMES}{THING}(?:这(?:家|个|类|种)[^,，。?？]{{0,4}})?[了过]?(?:[吗么?？,，。]|$)|"
    rf"(?:方案|文件|里面?|里头|通知)(?:专门|单独|直接|有)?{NAMES}{THING.replace('thing', 'named')}"
    r"(?:这(?:家|个|类|种)[^,，。?？]{0,4})?[了过]?(?:吗|没有?)[?？。]*$"
)
# A thing before it: e租宝的事儿，方案里说它了没; 京东白条方案里提了吗.
NAMED_BEFORE = re.compile(
    r"^(?:那|请问|话说)?(?P<thing>[^,，。?？的]{2,8}?)(?:的?(?:事儿?|事情|名字)|这(?:家|个)[^,，。]{0,4})?[,，]?(?:在)?(?:这(?:个|份)?)?(?:方案|文件|通知)(?:里面?|里头|中|上)?"
    rf"(?:有没有|有)?{NAMES}(?:它|他|她)?[了过]?(?:吗|没有?|么|不)?[?？]?$"
)
# Words that are no name of anything.
NO_NAME = re.compile(
    r"^(?:我们?|你们?|他们?|它们?|这|那|有|一|没|不|要|可以|能|该|具体|明确|清楚|到底|规定|相关|关于|如何|赔|退|给|让|把|被|对|向|为|在)"
)
# Surer than this the judge knows what is asked about.
SURE = 0.5
LEGALITY = "open.company_legal"


def thing_not_in_plan(knowledge: KnowledgeBase, asked: Asked, likeliest: Entry | None, chance: float) -> Reply | None:
    """That the plan does not name a thing, where a question asks whether it does and no entry is about that thing.

    Args:
        likeliest: the entry that fits the question best.
        chance: how likely it is that this entry answers it.
    """
    match = NAMED_BEFORE.search(asked.text) or NAMED.search(asked.text)
    if match is None:
        return None
    found = match.groupdict()
    thing = (found["thing"] or found.get("named") or "").strip("“”\"'《》「」 ")
    if len(thing) < 2 or NO_NAME.match(thing) or ASKED.search(thing):
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
