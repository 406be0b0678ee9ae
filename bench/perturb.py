"""Makes the perturbed sets from the plain ones: ``python -m bench.perturb``; the same at every run.

Each kind takes a sample of the questions that have a clause and writes it as somebody hurried, old, abroad or talkative
would. The tables were written from a list of common words, before the slips that the assistant mends were looked at.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from opencc import OpenCC

FOLDER = Path(__file__).parent / "questions"
SAMPLE, PAIRS, SEED = 80, 80, 2016
ANSWERS = ("policy", "duty", "deadline")
Item = dict[str, Any]

# Same or nearly the same sound, as an input method or a voice message gives it.
HOMOPHONES = dict(
    pair.split("/")
    for pair in [
        "网贷/网带",
        "众筹/众酬",
        "举报/举抱",
        "平台/凭台",
        "支付/支负",
        "资金池/资金迟",
        "备付金/备负金",
        "牵头/前头",
        "负责/付责",
        "整治/整制",
        "洛阳/落阳",
        "保险/保先",
        "广告/广高",
        "自查/自察",
        "验收/验手",
        "领导/令导",
        "小组/小祖",
        "局长/局掌",
        "主任/主认",
        "银监/银坚",
        "金融/金溶",
        "违规/围规",
        "摸底/模底",
        "排查/牌查",
        "公安/工安",
        "非法/飞法",
        "集资/急资",
        "首付贷/手付贷",
        "清理/青理",
        "整顿/整吨",
        "存管/存馆",
        "承诺/成诺",
        "保本/宝本",
        "担保/单保",
        "股权/古权",
        "发放/发方",
        "信访/新访",
        "期限/其限",
        "错配/错陪",
        "企业/起业",
        "评估/平估",
        "督查/都查",
        "报告/抱告",
        "互联网/互连网",
        "客户/课户",
        "银行/银航",
        "营销/营消",
        "资质/资制",
        "挪用/娜用",
        "典当/点当",
        "拍卖/怕卖",
        "收益/收意",
        "投资/头资",
    ]
)
PINYIN = dict(
    pair.split("/")
    for pair in [
        "平台/pingtai",
        "网贷/wangdai",
        "众筹/zhongchou",
        "举报/jubao",
        "资金池/zijinchi",
        "备付金/beifujin",
        "牵头/qiantou",
        "局长/juzhang",
        "主任/zhuren",
        "支付/zhifu",
        "广告/guanggao",
        "自查/zicha",
        "验收/yanshou",
        "公安/gongan",
        "负责/fuze",
        "整治/zhengzhi",
        "保险/baoxian",
        "首付贷/shoufudai",
        "期限/qixian",
        "担保/danbao",
        "摸底/modi",
        "排查/paicha",
        "违规/weigui",
        "组长/zuzhang",
        "银行/yinhang",
        "企业/qiye",
        "客户/kehu",
        "资金/zijin",
        "公司/gongsi",
        "部门/bumen",
        "金融/jinrong",
        "小组/xiaozu",
        "领导/lingdao",
        "存管/cunguan",
        "清理整顿/qinglizhengdun",
        "评估/pinggu",
        "收益/shouyi",
        "什么时候/shenmeshihou",
        "谁/shui",
        "投资/touzi",
        "股权/guquan",
        "信访/xinfang",
    ]
)
BEFORE = (
    "你好我想咨询一个事情麻烦您给看看啊我不太懂这些政策上的东西就是听别人说的",
    "师傅我跟你说个情况我家里人前几天还在讨论这个呢我就想弄明白",
    "那个打扰一下哈我在网上找了半天也没找到就想问问你们这边",
    "不好意思又来麻烦你我这人记性不好上次好像问过一回又忘了",
)
AFTER = ("谢谢了啊辛苦辛苦", "知道的话麻烦告诉我一声", "我年纪大了您说简单点", "急着用呢")


def typo(text: str, chance: random.Random) -> str:
    """Two neighbouring characters change places, or one is lost or doubled."""
    places = [n for n in range(1, len(text) - 1) if text[n].isalnum() and text[n + 1 : n + 2].isalnum()]
    at = chance.choice(places or [0])
    kind = chance.randrange(3)
    if kind == 0:
        return text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :] if kind == 1 else text[: at + 1] + text[at:]


def replaced(table: dict[str, str], most: int) -> Callable[[str, random.Random], str]:
    def change(text: str, chance: random.Random) -> str:
        here = [word for word in table if word in text]
        for word in chance.sample(here, min(most, len(here))):
            text = text.replace(word, table[word])
        return text

    return change


def traditional(text: str, chance: random.Random) -> str:
    return str(OpenCC("s2hk").convert(text))


def unpunctuated(text: str, chance: random.Random) -> str:
    """Spaces where there were marks, a filler, nothing at the end."""
    bare = "".join(char if char.isalnum() else " " for char in text).strip()
    return chance.choice(("那个", "请问下", "问一下", "哎")) + bare + chance.choice(("啊", "呀", "呢", ""))


def rambling(text: str, chance: random.Random) -> str:
    return chance.choice(BEFORE) + text + chance.choice(AFTER)


KINDS: dict[str, Callable[[str, random.Random], str]] = {
    "typo": typo,
    "homophone": replaced(HOMOPHONES, 2),
    "pinyin": replaced(PINYIN, 2),
    "traditional": traditional,
    "unpunctuated": unpunctuated,
    "rambling": rambling,
}


def perturbed(items: list[Item]) -> dict[str, list[Item]]:
    """Sets by kind of perturbation, of the items that the perturbation changes."""
    asked = [item for item in items if item["kind"] in ANSWERS and "before" not in item]
    sets = {}
    for name, change in KINDS.items():
        chance = random.Random(f"{SEED} {name}")
        changed = [{**item, "id": f"{name}-{item['id']}", "text": change(item["text"], chance)} for item in asked]
        different = [new for new, old in zip(changed, asked, strict=True) if new["text"] != old["text"]]
        sets[name] = chance.sample(different, min(SAMPLE, len(different)))
    return {**sets, "two_in_one": pairs(asked)}


def pairs(asked: list[Item]) -> list[Item]:
    """Two questions in one message, both to be answered."""
    chance = random.Random(f"{SEED} pairs")
    joins = ("{}？还有{}", "{}，另外{}", "{}？{}", "{}，顺便问一下{}", "我想问两个事，一是{}，二是{}")
    made = []
    for n in range(PAIRS):
        first, second = chance.sample(asked, 2)
        text = chance.choice(joins).format(first["text"].rstrip("？?"), second["text"].rstrip("？?"))
        each = [first["clauses"], second["clauses"]]
        must = [*first.get("must", ()), *second.get("must", ())]
        made.append({"id": f"two-{n}", "kind": "any", "text": text, "each": each, "must": must})
    return made


def read(path: Path) -> list[Item]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def write(path: Path, items: list[Item]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items), encoding="utf-8")


def main() -> None:
    for part in ("open", "reserved"):
        plain = [item for path in sorted((FOLDER / part).glob("*.jsonl")) for item in read(path)]
        for name, items in perturbed(plain).items():
            write(FOLDER / part / "perturbed" / f"{name}.jsonl", items)
            print(f"{part}/{name}: {len(items)}")


if __name__ == "__main__":
    main()
