"""How a reporter is heard: each message may answer what was asked, say something else, or go on with the story.

What a message says is kept under its question wherever it was said; what no question takes is added to 发生了什么.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

from casework.interview.answers import (
    LETTERS,
    MARKUP,
    SKIPPED,
    UNKNOWN,
    UNKNOWN_OPTION,
    Answer,
    pick,
    printed,
    read,
    ticked,
    without_spelling,
)
from casework.interview.corrections import COUNT
from casework.interview.errors import AnswerError
from casework.interview.hearing import Heard
from casework.interview.numbers import DIGITS
from casework.interview.phones import find_phone, read_phone
from casework.interview.questions import Question
from casework.interview.state import Choice, State
from casework.tip_off.definition import Definition
from casework.tip_off.extraction import (
    BESIDE_ME,
    HANDLE,
    MONEY,
    ON_A_SIGN,
    THOUSANDS,
    Extracted,
    all_sums,
    by_each,
    extract,
    own_handle,
)
from casework.tip_off.extraction import WHEN as LIFTED_WHEN
from casework.tip_off.places import locate
from casework.tip_off.times import FIGURES, dated
from knowledge.counties import current_name
from knowledge.directory import Directory
from knowledge.locality import locality

# A short answer to what is asked in words is taken as it is; a longer one must have something of the kind in it.
SHORT = 25
WAY = re.compile(
    r"门店|门面|网站|网址|链接|公众号|小程序|app|微信|qq|群|电话|地址|[路街巷楼号店]|扫码|二维码|账号|对面|附近|旁边|门口|"
    r"小区|广场|大厦|村|应用商店|下载",
    re.IGNORECASE,
)
WHEN = re.compile(r"[年月日号天周]|星期|春节|最近|近期|去年|今年|以前|之前|开始|前后|早|晚|初|底|过年|中秋|国庆|五一")
PROOF = re.compile(
    r"合同|协议|记录|截图|照片|图片|录音|视频|录像|聊天|转账|凭证|流水|收据|票|名片|传单|宣传|欠条|借条|单|证|卡|存折|短信|没有?|无|丢|删|^有|都在"
)
PLACE = re.compile(r"[省市区县镇乡村路街]|网上|线上|全国|各地|不在")
SHORT_NUMBER = 14
# What people say around a name: 好像叫什么金鼎, 他们APP名字是“金鼎财富”.
ABOUT_NAME = re.compile(
    rf"^(?:{ON_A_SIGN})?(?:嗯|哦|啊|呃|好像|应该|大概|可能|就|原来|原先|以前|之前|现在|它|他们?|这个|那个|平台|公司|企业|app|软件|网站|的|名字|名称|全称|全名|简称|品牌)*"
    r"(?:叫做|名叫|叫|是|为|:|：)*(?:(?:那个|这个)?什么)?(?:做|个|的)?\s*(?=\S{2})",
    re.IGNORECASE,
)
BEHIND_NAME = re.compile(
    r"(?:这个|那个|的)?(?:平台|app|软件|网站|公众号|吧|了|来着|什么的|之类的|这个名字|[,，]?(?:具体)?(?:也)?(?:记不[清得]楚?|不太?确定|说不准)(?:了)?)+$",
    re.IGNORECASE,
)
BETWEEN_NAMES = re.compile(
    r"[、,，;；/|\n]|(?:后来|现在|又)?(?:改名|更名|改)(?:叫|为|成)?(?:做)?|和|以及|还有|又叫|也叫|或者?叫?"
)
NO_NAME = re.compile(
    r"业务员|岁|^姓|^(?:也|都|还|就)?不|换过|好几|几个名|(?:图标|标志|logo)|(?:这|那)[个家]$|^[㐀-鿿]{1,4}(?:镇|乡|村|街道)$|红灯|等下|[老很挺太好]长|[我你您他她们吗呢了吧啊没很都要被把给让跟说]|拍了|照片|知道|晓得|清楚|记得|写着|骗"
)
# Words for such firms in general name none.
GENERIC = re.compile(
    r"(?:一个|一家|这个|那个|某个?)?(?:网贷|p2p|理财|投资|骗子|诈骗|传销|众筹|借贷|金融|互联网|网上|线上|的|平台|公司|企业|软件|app|人)+",
    re.IGNORECASE,
)
NAME = re.compile(r"[\w·（）()&\-—.“”《》' +]{2,30}")
LETTER_OR_DIGIT = re.compile(r"[㐀-鿿]|[A-Za-z0-9]+")
# What stands between the things a message tells and tells nothing itself.
FILLER = re.compile(
    r"我们?|他们?|她们?|它|自己|一共|总共|大概|大约|差不多|左右|就是|应该|好像|可能|就|是|叫做|叫|的|了|吧|啊|呀|呢|嗯|哦|有|在|投了?|"
    r"平台|网站|网址|地址|名称|名字|公司|电话|手机号?|金额|人数|时间|骗了|被骗|损失|涉及|都|个|人|钱|块|元|app|开始|和|还|加起来|共|"
    r"可以|愿意|好|行|姓名|称呼|联系|号码|邮箱|到|吧|从",
    re.IGNORECASE,
)
# A name that is said to be one; what only sounds like a firm's counts where a name is asked for, or in a story.
NAMES_IT = re.compile(r"叫|名为|名称|改名|[“\"《]")
MY_NAME = re.compile(r"(?:我|本人)?(?:叫|姓名是?|姓)(?P<name>[㐀-鿿]{1,4}(?:·[㐀-鿿]{1,8})?)(?=[,，。;； ]|$)")
# 张师傅 15838880099: how people call themselves to an office.
STYLED = re.compile(r"[㐀-鿿]{1,2}(?:师傅|先生|女士|小姐|大姐|大妈|大爷|大哥|阿姨|叔叔|老师|经理|同志)")
# 叫我马大姐就行
WISHED = re.compile(
    r"(?:请?(?:叫|喊|称呼)我)(?:一声)?(?P<name>[㐀-鿿]{1,6}?)(?=就行|就好|就可以|就中|即可|吧|[,，。;； ]|$)"
)
SURNAME = re.compile(r"(?:我|免贵|本人)*姓(?P<name>[㐀-鿿]{1,2})")
# 4500 to 涉及多少钱: a bare figure this large is of yuan.
BARE = re.compile(r"(?:大概|大约|约|差不多)*\d{4,9}(?:\.\d{1,2})?")
# 他们经理叫刘德才: about a person, and no way to find a platform.
ABOUT_SOMEBODY = re.compile(
    r"(?:老板|经理|业务员|法人|负责人|客服|股东|会计|总裁|老总|主任|群主|讲师|老师|店长|介绍人)"
    r"(?:就|好像|大概)*(?:名)?(?:叫|姓|是|说|让|跑)"
)
# To 愿意留联系方式吗.
UNNAMED = re.compile(
    r"匿名|不留|不想留|不愿|不用|不便|不方便|不敢|不必|不需要|算了|保密|别(?:透露|说|联系|打|找)|怕|不要|免了|不了$"
)
WILLING = re.compile(
    r"(?:好的?|可以的?|愿意的?|行的?|能|同意|要|想|当然|没问题|没事|嗯|我|留|给|联系方式|电话|个|一个|下|[吧啊呀,， ])+"
)
# P2P是啥意思 ticks nothing.
ASKS_WHAT_IT_IS = re.compile(
    r"(?:是|算)(?:个)?(?:啥|什么)(?:意思|东西|玩意儿?)?[啊呀呢]?[?？]?$|^(?:啥|什么)(?:是|叫)[^,，。]+$"
)
NOTHING_THERE = re.compile(r"^$|没有看到|没有看懂是哪|请选择|不像|具体数字|太短|超过了|请写明单位")
# Words fewer than this beside what was understood are no story.
LEAST_REST = 1
# 对了，他们还…: the story goes on, whatever was asked.
GOES_ON = re.compile(r"补充(?:一下|说明|情况)?\s*[:：,，]|(?:对了|另外|忘了?说了?|再说一句|再补充一[点句])\s*[:：,，]?")
# At these a telephone or a street is the reporter's own, or says where, not how to find the platform.
NO_WAY = ("place", "evidence", "contact", "contact_name", "contact_phone")
THEIRS = re.compile(
    r"(?:他们?|她们?|对方|业务员|客服|经理|老板|平台|公司|骗子|群主|老师)(?:的|那边的?)?(?:[㐀-鿿]{1,3})?(?:电话|手机|号码|微信|账号|网址|地址)"
)
PIECES = re.compile(r"[,，。;；\s]+")
KEPT_FROM = 3


class TipOffEar:
    """Hears what is said at a question of a report."""

    story = "happened"

    def __init__(self, definition: Definition, directory: Directory, today: date) -> None:
        self.definition, self.directory, self.today = definition, directory, today

    def keeps(self, question: Question, text: str) -> bool:
        return len(LETTER_OR_DIGIT.findall(text)) >= KEPT_FROM and not MARKUP.search(text)

    def kept(self, question: Question, answer: Answer) -> Answer:
        if question.id == "place":
            return self._with_county(answer)
        return _dated(answer, self.today) if question.id == "since" else answer

    def _with_county(self, answer: Answer) -> Answer:
        """西工百货楼对面（西工区）: a place in other words than its county's, with the county."""
        location = locate(self.directory, answer.shown)
        named = [current_name(m.id) for m in self.directory.mentions(answer.shown) if m.kind == "county"]
        county = "、".join(dict.fromkeys(named)) if location.county in named else location.county
        if not county or county in answer.shown or not isinstance(answer.value, str) or answer == SKIPPED:
            return answer
        shown = f"{answer.shown}（{county}）"
        return Answer(shown, shown)

    def hear(self, state: State, current: Question, message: str) -> Heard | None:
        if MARKUP.search(message):
            return None
        changing = state.at == current.id and state.has(current.id)
        if current.id == self.story and (changing or not state.has(self.story)):
            return None if changing else self._no_story_yet(message)
        if UNKNOWN.fullmatch(message.strip(" ,，。！!")) and current.id != self.story:
            return None
        if doubt := self._doubtful_place(current, message):
            return doubt
        extracted = extract(self.definition, self.directory, message)
        goes_on = current.id == self.story or (GOES_ON.match(message) and current.id not in NO_WAY)
        answers = {} if goes_on else self._asked(current, message, extracted)
        wrong = answers.pop("", None)
        answers |= self._others(state, current, message, extracted, answers)
        rest = "" if self._verbatim(current, message, answers) else self._rest(message, extracted, current, answers)
        error = None if current.id in answers else AnswerError(str(wrong.shown) if wrong else "", current.example)
        if error and not answers and not rest:
            return Heard(wrong=self._error(current, message, error))
        # That there was no number in a sentence need not be held against anybody; that a currency is not known must.
        return Heard(answers, rest, AnswerError("") if error and NOTHING_THERE.search(error.wrong) else error)

    def _no_story_yet(self, message: str) -> Heard | None:
        """9万, 叫易富通, 在洛龙区的: told before what happened; kept under its field, and the story is asked again."""
        extracted = extract(self.definition, self.directory, message)
        question = self.definition.question(self.story)
        bare = len(message) <= SHORT and extracted.answers and not _sentence(message)
        if not bare or self._rest(message, extracted, question, extracted.answers):
            return None
        return Heard({key: _dated(a, self.today) if key == "since" else a for key, a in extracted.answers.items()})

    def _error(self, current: Question, message: str, error: AnswerError) -> AnswerError:
        if not LETTERS.search(message) and not re.search(r"\d", message):
            return AnswerError("请用文字说明。", current.example)
        return error if error.wrong else AnswerError("没有看懂，请再说一次。", current.example)

    # What was asked --------------------------------------------------------------------------------------

    def _asked(self, current: Question, message: str, extracted: Extracted) -> dict[str, Answer]:
        """The answer to the question that was asked; under "" what is wrong with it."""
        own = {
            "target": self._name,
            "reach": self._way,
            "since": self._time,
            "place": self._place,
            "evidence": self._proof,
            "contact": self._contact,
            "contact_phone": self._number,
            "contact_name": self._called,
        }.get(current.id)
        if own:
            return own(current, message, extracted)
        return self._typed(current, message, extracted)

    def _typed(self, current: Question, message: str, extracted: Extracted) -> dict[str, Answer]:
        """Options, sums, numbers of people, telephones."""
        if current.options:
            return self._options(current, message)
        if current.id == "amount" and BARE.fullmatch(plain := THOUSANDS.sub("", message).strip(" 。!！吧呢")):
            message = f"{plain}元"
        if current.id == "people" and (beside := BESIDE_ME.search(message)) and "people" in extracted.answers:
            extracted.used["people"] = [beside[0]]
            return {"people": extracted.answers["people"]}
        if current.id == "amount" and (added := by_each(message) or all_sums(message)):
            extracted.used["amount"] = added[0]
            return {"amount": added[1]}
        message = THOUSANDS.sub("", message)
        # 三四十人，都是退休工人: the number is the answer, the words go to the story.
        if current.id in extracted.answers and (len(message) > SHORT_NUMBER or re.search(r"[,，。;；]", message)):
            return {current.id: self._piece_alone(current, message) or extracted.answers[current.id]}
        try:
            return {current.id: read(current, message)}
        except AnswerError as error:
            several = "不止一个数字" in error.wrong
            # 两桌人，二十来个; else the one that was said to be all
            meant = (self._piece_alone(current, message) or extracted.answers.get(current.id)) if several else None
            return {current.id: meant} if meant else {"": Answer("", error.wrong)}

    @staticmethod
    def _piece_alone(current: Question, message: str) -> Answer | None:
        """The one part of a message that is a number of people and nothing else."""
        alone = [part.strip() for part in PIECES.split(message) if COUNT.fullmatch(part.strip(" 吧呢呀"))]
        if current.type != "count" or len(alone) != 1:
            return None
        try:
            return read(current, alone[0])
        except AnswerError:
            return None

    def _options(self, current: Question, message: str) -> dict[str, Answer]:
        if ASKS_WHAT_IT_IS.search(message):
            return {"": Answer("", "")}
        try:
            chosen = pick(current, message)["yes"]
        except AnswerError as error:
            told = len(re.findall(r"[㐀-鿿]", message)) >= KEPT_FROM  # a number within a sentence is no option's
            return {"": Answer("", "" if told else error.wrong)}
        if chosen:
            return {current.id: ticked(current, chosen)}
        try:
            return {current.id: read(current, message)}
        except AnswerError as error:
            return {"": Answer("", error.wrong)}

    def _name(self, current: Question, message: str, extracted: Extracted) -> dict[str, Answer]:
        names = names_in(message, extracted)
        if not names and "target" in extracted.answers:
            return {"target": extracted.answers["target"]}
        if not names:
            return {"": Answer("", "这不像平台或公司的名称。不知道名称可以跳过。")}
        shown = printed("、".join(names)).replace("(", "（").replace(")", "）")
        return {"target": Answer(shown, shown)}

    def _way(self, current: Question, message: str, extracted: Extracted) -> dict[str, Answer]:
        if ABOUT_SOMEBODY.search(message) and "reach" not in extracted.answers:
            return {}
        if "reach" not in extracted.answers and (self._elsewhere(current, extracted) or "contact" in extracted.answers):
            return {}
        fits = WAY.search(message) or (len(message) <= SHORT and not re.search(r"[,，。;；]", message))
        if "reach" in extracted.answers and (len(message) > SHORT or self._elsewhere(current, extracted)):
            return {"reach": extracted.answers["reach"]}
        return self._words(current, message) if fits and not _sentence(message) else {}

    def _time(self, current: Question, message: str, extracted: Extracted) -> dict[str, Answer]:
        if FIGURES.fullmatch(message.strip(" ,，。")):
            text = message.strip(" ,，。")
            return {current.id: Answer(text, text)}
        if (
            WHEN.search(message)
            or "since" in extracted.answers
            or (len(message) <= SHORT and not self._elsewhere(current, extracted) and not _sentence(message))
        ):
            answer = self._words(current, message)
        else:
            return {}
        return {key: _dated(value, self.today) if key else value for key, value in answer.items()}

    def _place(self, current: Question, message: str, extracted: Extracted) -> dict[str, Answer]:
        message = self._where(message, extracted)
        location = locate(self.directory, message)
        words = len(message) <= SHORT and not self._elsewhere(current, extracted) and not _sentence(message)
        known = location.where in ("here", "elsewhere") or words or (PLACE.search(message) and len(message) <= SHORT)
        if not known or len(message) > current.most:
            return {"place": extracted.answers["place"]} if "place" in extracted.answers else {}
        if re.search(r"不知道|不清楚", message) and location.where == "unknown":
            return {"place": SKIPPED}
        return {
            key: self._with_county(answer) if key else answer for key, answer in self._words(current, message).items()
        }

    def _where(self, message: str, extracted: Extracted) -> str:
        """涧西区 大概四十户 都是退休职工: the part that says where, where others say something else."""
        parts = [part for part in PIECES.split(message) if part.strip()]
        where = [part for part in parts if locate(self.directory, part).where != "unknown"]
        if len(parts) < 2 or len(where) != 1 or not {"amount", "people", "since"} & set(extracted.answers):
            return message
        return where[0].strip()

    def _proof(self, current: Question, message: str, extracted: Extracted) -> dict[str, Answer]:
        if PROOF.search(message) or (
            len(message) <= SHORT and not self._elsewhere(current, extracted) and not _sentence(message)
        ):
            return self._words(current, message)
        return {}

    def _contact(self, current: Question, message: str, extracted: Extracted) -> dict[str, Answer]:
        """Who gives a number wants to be called."""
        if find_phone(message):
            part = re.split(r"[,，;； ]+", message)
            kept = " ".join(piece for piece in part if find_phone(piece)) or message
            answers = {"contact": Answer("yes", "是"), "contact_phone": Answer(*read_phone(kept))}
            return answers | _called_in(message)
        if handle := HANDLE.search(message):
            words, answer = own_handle(handle)
            extracted.used["contact_phone"] = [words]
            answers = {"contact": Answer("yes", "是"), "contact_phone": answer}
            return answers | _called_in(HANDLE.sub(" ", message))
        plain = message.strip(" ,，。！!~～")
        if UNNAMED.search(plain) and not re.search(r"[?？吗]$", plain):
            return {current.id: Answer("no", "否")}
        if WILLING.fullmatch(plain):
            return {current.id: Answer("yes", "是")}
        return self._typed(current, message, extracted)

    def _number(self, current: Question, message: str, extracted: Extracted) -> dict[str, Answer]:
        """A telephone, or else an account or a mail address."""
        if find_phone(message) or not HANDLE.search(message):
            return self._words(current, message)
        return self._contact(current, message, extracted)

    def _called(self, current: Question, message: str, extracted: Extracted) -> dict[str, Answer]:
        phone = find_phone(message)
        if phone is None:
            called = SURNAME.fullmatch(message.strip(" 。！!,，"))
            if called:
                return {current.id: Answer(f"姓{called['name']}", f"姓{called['name']}")}
            return self._typed(current, message, extracted)
        rest = (message[: phone[1]] + " " + message[phone[2] :]).strip()
        rest = re.sub(r"(?:我的?)?(?:联系)?(?:电话|手机号?|号码)(?:是|为|:|：)?\s*$", "", rest).strip(" ,，。;；:")
        answers = {"contact_phone": Answer(*read_phone(message[phone[1] : phone[2]]))}
        return answers | (self._typed(current, rest, extracted) if rest else {})

    def _words(self, current: Question, message: str) -> dict[str, Answer]:
        try:
            return {current.id: read(current, message)}
        except AnswerError as error:
            return {"": Answer("", error.wrong)}

    @staticmethod
    def _elsewhere(current: Question, extracted: Extracted) -> bool:
        """Whether a message tells something that another question asks for."""
        if "evidence" in extracted.suggested and current.id in ("reach", "since", "place"):
            return True  # 我手机里存着聊天记录
        strong = {"amount", "people", "contact_phone", "target", "reach", "since"} - {current.id}
        if current.id in ("reach", "place"):
            strong -= {"target", "reach", "since"}
        if current.id == "evidence":
            strong -= {"target", "since"}
        return bool(strong & set(extracted.answers))

    # What else was said ----------------------------------------------------------------------------------

    def _others(
        self, state: State, current: Question, message: str, extracted: Extracted, answers: dict[str, Answer]
    ) -> dict[str, Answer]:
        """What the message says for other questions: the open ones, and more for those that are answered."""
        others: dict[str, Answer] = {}
        for key, answer in extracted.answers.items():
            if key in answers or key == current.id:
                continue
            if key == "reach" and current.id in NO_WAY and not THEIRS.search(message):
                continue
            before = state.answers.get(key)
            if before is None or before.value in ("", None):
                whole = all_sums(message) if key == "amount" else None
                others[key] = whole[1] if whole else _dated(answer, self.today) if key == "since" else answer
            else:
                others |= _beside(key, before, answer, message)
        for key in ("business", "conducts"):  # 对了，他们是做P2P的, after 不清楚
            known = state.answers.get(key)
            if known and known.value == [UNKNOWN_OPTION] and key in extracted.suggested and key != current.id:
                others[key] = extracted.suggested[key]
        if current.id not in ("target", self.story) and not NAMES_IT.search(message):
            others.pop("target", None)
        return others

    def _verbatim(self, current: Question, message: str, answers: dict[str, Answer]) -> bool:
        """Whether the answer holds the message word for word."""
        answer = answers.get(current.id)
        return answer is not None and printed(message.strip(" ,，。；;!！~～.")) in answer.shown

    def _rest(self, message: str, extracted: Extracted, current: Question, answers: dict[str, Answer]) -> str:
        """The message, where it says more than its answers hold; else nothing."""
        left = message
        if "contact_phone" in answers:  # before figures go: lixiao_2016 is not there any more without its own
            for words in (answers["contact_phone"].shown, *extracted.used.get("contact_phone", ())):
                left = left.replace(words, " ") if words else left
        if current.id in answers:
            left = _without_options(left, current) if current.options else left
            if answers[current.id] != extracted.answers.get(current.id):
                left = self._without_number(left, current)
        used = [words for key in answers if key in extracted.used for words in extracted.used[key]]
        held = [*used, *(part for answer in answers.values() for part in re.split(r"[、，,（）]", answer.shown))]
        for words in sorted((word for word in held if len(word) > 1), key=len, reverse=True):
            left = left.replace(words, " ")
        if any(key in answers for key in ("contact_phone", "reach")):
            phone = find_phone(left)
            left = left[: phone[1]] + left[phone[2] :] if phone else left
        words = LETTER_OR_DIGIT.findall(FILLER.sub("", left))
        if len(words) < LEAST_REST or (len(words) < KEPT_FROM and not answers and not extracted.answers):
            return ""
        return printed(message.strip())

    def _without_number(self, left: str, current: Question) -> str:
        """A message that is but a number and its unit says nothing more."""
        if current.type not in ("money", "count", "phone", "yes_no"):
            return left
        return re.sub(
            r"[\d,.零〇一二两三四五六七八九十百千万亿几多来余半壹贰叁肆伍陆柒捌玖拾佰仟元块钱整圆美金人户名位wWkK+~\-]+",
            "",
            left,
        )

    # What must be asked ----------------------------------------------------------------------------------

    def _doubtful_place(self, current: Question, message: str) -> Heard | None:
        """高新区 alone may be anybody's."""
        if current.id != "place":
            return None
        location = locate(self.directory, message)
        if location.where != "doubtful":
            return None
        words, city = printed(message.strip(" ,，。！!")), locality()
        ours = words.replace(location.district, f"{city.full}{location.district}", 1)
        choices = (
            Choice(f"{city.name}{location.district}", "place", ours),
            Choice(f"不在{city.name}", "place", f"{words}（不在{city.name}）"),
        )
        ask = (
            f"不少城市都有{location.district}，“{words}”是{city.name}的吗？1. {choices[0].title}、2. {choices[1].title}"
        )
        return Heard(choice=choices, ask=ask)


def _beside(key: str, before: Answer, now: Answer, message: str) -> dict[str, Answer]:
    """What is said once more of a question that has its answer: one more of its kind, the whole sum, or a refusal."""
    if key == "contact" and now.value == "no":  # 电话别留了
        return {"contact": now, "contact_phone": SKIPPED, "contact_name": SKIPPED}
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


def names_in(message: str, extracted: Extracted) -> list[str]:
    """Names in an answer to 叫什么: 金鼎财富，后来改名叫鼎盛普惠 are two; a sentence is none."""
    names: list[str] = []
    for way in extracted.answers["reach"].shown.split("，") if "reach" in extracted.answers else ():
        message = re.sub(
            rf"(?:网站|网址|链接|公众号|地址|门店|电话)?(?:是|为|:|在)?\s*{re.escape(way.removeprefix('电话 '))}",
            "",
            message,
        )
    message = without_spelling(message)
    for part in BETWEEN_NAMES.split(message):
        plain = BEHIND_NAME.sub("", ABOUT_NAME.sub("", part.strip(" 。！!~～,，;；")))
        plain = re.sub(r"^(?:他们?|现在|又|也)?(?:叫做?|名叫)", "", plain).strip(' “”"《》:：的')
        if not plain:
            continue
        if (
            OTHER_THINGS.fullmatch(part.strip())
            or not NAME.fullmatch(plain)
            or not LETTERS.search(plain)
            or NO_NAME.search(plain)
            or GENERIC.fullmatch(plain)
        ):
            # 鼎福汇，就在丹尼斯楼上，收了我8万: a name, and then other things.
            at = message.find(names[0]) if names else -1
            ends = at >= 0 and message[at + len(names[0]) :].lstrip(' ”"》').startswith(tuple(",，。;；"))
            first = names and extracted.answers and ends and at <= LEAD and _is_bare_name(names[0])
            return names[:1] if first else []
        names.append(plain)
    return names


def _is_bare_name(words: str) -> bool:
    """Whether words that others follow are a name: 鼎福汇, but not 去年十月开始投."""
    return len(words) <= SHORT_NAME and not WHEN.search(words) and not DOES.search(words)


LEAD, SHORT_NAME = 4, 10
# 在栾川, 去年3月投的, 6万: parts of an answer that are of other questions.
OTHER_THINGS = re.compile(
    rf"(?:大概|大约|差不多|一共|就|都|也|他们?|它)*(?:[在搁]\S{{1,12}}|(?:{LIFTED_WHEN.pattern})\S{{0,6}}|(?:{MONEY.pattern})\S{{0,3}}|"
    rf"[{DIGITS}几]+多?(?:个人|人|户|家人?))",
    re.IGNORECASE,
)
# What somebody did, in the words that such stories are told in.
DOES = re.compile(r"[投存买充转打给拿交放借](?:了|的|过|进|钱|$)|开始|以后|之后|时候|[他她我俺咱]")


TELLS = re.compile(
    r"[他她我]们?.{0,8}[了走跑骗说]|[了着过](?:[,，。]|$)|骗|跑|说|[拉劝哄]我|拉人|登不上|打不开|取不|提不|退不|不给|不让|投的|打不通"
)


def _sentence(message: str) -> bool:
    """Whether words tell something that happened rather than name a thing."""
    return bool(TELLS.search(message)) and len(message) > KEPT_FROM


def _dated(answer: Answer, today: date) -> Answer:
    shown = dated(answer.shown, today)
    return replace(answer, value=shown, shown=shown) if isinstance(answer.value, str) and answer.value else answer


def _without_options(text: str, question: Question) -> str:
    for word in sorted((w for o in question.options for w in (o.label, *o.words)), key=len, reverse=True):
        text = re.sub(re.escape(word), " ", text, flags=re.IGNORECASE)
    return re.sub(r"[\d、,，和.第一二三四五六七八九十个项]+", " ", text)


def _called_in(message: str) -> dict[str, Answer]:
    """How somebody who leaves a number or an account wants to be called, where they say it with it."""
    name = ""
    if called := MY_NAME.search(message) or SURNAME.search(message):
        own = called.re is MY_NAME and not called[0].startswith(("我姓", "姓"))
        name = called["name"] if own else called[0].lstrip("我")
    elif styled := STYLED.search(message):
        name = styled[0]
    if wished := WISHED.search(message):
        name = wished["name"]
    return {"contact_name": Answer(name, name)} if name else {}
