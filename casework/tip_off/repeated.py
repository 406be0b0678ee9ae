"""What is said once more of a question that has its answer."""

from __future__ import annotations

import re
from decimal import Decimal

from casework.interview.answers import SKIPPED, Answer
from casework.tip_off.sums import all_sums


def beside(key: str, before: Answer, now: Answer, message: str) -> dict[str, Answer]:
    """What is said once more of a question that has its answer: one more of its kind, the whole sum, or a refusal."""
    if key == "contact" and now.value == "no":  # 电话别留了
        return {"contact": now, "contact_phone": SKIPPED, "contact_name": SKIPPED}
    if key == "contact_phone" and now.value and now.shown not in before.shown:  # a further way to reach them
        return {key: Answer(f"{before.value},{now.value}", f"{before.shown}、{now.shown}")}
    if key == "amount":
        added = all_sums(message)
        whole = added[1] if added else now
        return {key: whole} if _is_whole(message, before, whole) else {}  # 全家加起来17万
    more = key == "reach" or (key == "target" and ANOTHER.search(message))
    if not more or now.shown in before.shown:
        return {}
    both = f"{before.shown}{'，' if key == 'reach' else '、'}{now.shown}"
    return {key: Answer(both, both)}


def _is_whole(message: str, before: Answer, now: Answer) -> bool:
    """Whether a sum is said to be all there is, and is more than what was noted."""
    kept = before.value if isinstance(before.value, dict) else {}
    if (
        not WHOLE.search(message)
        or not isinstance(now.value, dict)
        or kept.get("currency") != now.value.get("currency")
    ):
        return False
    return Decimal(str(now.value["yuan"])) > Decimal(str(kept.get("yuan", 0)))


WHOLE = re.compile(r"一共|总共|合计|共计|加起来|总额|全家|拢共|加(?:在|到)?一(?:块|起)|得加上")
# 还有一个叫月月盈的
ANOTHER = re.compile(r"(?:还有|另外|另有|再)(?:有)?(?:一|两)?(?:个|家)?(?:平台|公司|app)?(?:也)?(?:叫|名叫|名为|是叫)")
