"""Whether a question asks if the plan names a thing: 方案点名支付宝了吗, 有没有写网联, e租宝的事儿，方案里说它了没."""

from __future__ import annotations

import re

from knowledge.query_cleaning import ASKED

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


def thing_asked_for(text: str) -> str:
    """The thing of which a normalised question asks whether the plan names it; empty where it asks for none."""
    match = NAMED_BEFORE.search(text) or NAMED.search(text)
    if match is None:
        return ""
    found = match.groupdict()
    thing = (found["thing"] or found.get("named") or "").strip("“”\"'《》「」 ")
    return "" if len(thing) < 2 or NO_NAME.match(thing) or ASKED.search(thing) else thing
