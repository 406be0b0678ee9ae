"""How a reporter is heard: each message may answer what was asked, say something else, or go on with the story.

What a message says is kept under its question wherever it was said; what no question takes is added to 发生了什么.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

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
)
from casework.interview.correction_forms import COUNT
from casework.interview.errors import AnswerError
from casework.interview.hearing import Heard
from casework.interview.phones import find_phone
from casework.interview.questions import Question
from casework.interview.state import Choice, State
from casework.tip_off.answer_words import (
    BARE_NAME,
    COUNTS_SOMETHING,
    FILLER,
    HAPPENED,
    KEPT_FROM,
    LATIN_NAME,
    LETTER_OR_DIGIT,
    NO_PLACE_NAMED,
    NONE_OF_THESE,
    PLACE,
    PROOF,
    SHORT,
    WAY,
    WHEN,
    is_sentence,
    without_options,
)
from casework.tip_off.contact_answers import contact_answer
from casework.tip_off.definition import Definition
from casework.tip_off.extraction import Extracted, extract
from casework.tip_off.heads import BESIDE_ME
from casework.tip_off.name_answers import names_in
from casework.tip_off.names import is_name_alone
from casework.tip_off.places import locate
from casework.tip_off.repeated import beside
from casework.tip_off.sums import THOUSANDS, all_sums, by_each
from casework.tip_off.times import FIGURES, dated
from knowledge.counties import current_name
from knowledge.directory import Directory
from knowledge.locality import locality

SHORT_NUMBER = 14
# A name that is said to be one; what only sounds like a firm's counts where a name is asked for, or in a story.
NAMES_IT = re.compile(r"叫|名为|名称|改名|[“\"《]")
# 4500 to 涉及多少钱: a bare figure this large is of yuan.
BARE = re.compile(r"(?:大概|大约|约|差不多)*\d{4,9}(?:\.\d{1,2})?")
# 他们经理叫刘德才: about a person, and no way to find a platform.
ABOUT_SOMEBODY = re.compile(
    r"(?:老板|经理|业务员|法人|负责人|客服|股东|会计|总裁|老总|主任|群主|讲师|老师|店长|介绍人)"
    r"(?:就|好像|大概)*(?:名)?(?:叫|姓|是|说|让|跑)"
)
# P2P是啥意思 ticks nothing.
ASKS_WHAT_IT_IS = re.compile(
    r"(?:是|算)(?:个)?(?:啥|什么)(?:意思|东西|玩意儿?)?[啊呀呢]?[?？]?$|^(?:啥|什么)(?:是|叫)[^,，。]+$"
)
NOTHING_THERE = re.compile(r"^$|没有看到|没有看懂是哪|请选择|不像|具体数字|太短|超过了|请写明单位")
# Words fewer than this beside what was understood are no story.
LEAST_REST = 1
# 不还就骂人: so many characters tell something, whatever they are.
TELLING = 5
# 对了，他们还…: the story goes on, whatever was asked.
GOES_ON = re.compile(r"补充(?:一下|说明|情况)?\s*[:：,，]|(?:对了|另外|忘了?说了?|再说一句|再补充一[点句])\s*[:：,，]?")
# At these a telephone or a street is the reporter's own, or says where, not how to find the platform.
NO_WAY = ("place", "evidence", "contact", "contact_name", "contact_phone")
THEIRS = re.compile(
    r"(?:他们?|她们?|对方|业务员|客服|经理|老板|平台|公司|骗子|群主|老师)(?:的|那边的?)?(?:[㐀-鿿]{1,3})?(?:电话|手机|号码|微信|账号|网址|地址)"
)
PIECES = re.compile(r"[,，。;；\s]+")


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
        if LATIN_NAME.fullmatch(message.strip()) and not extracted.answers:
            return Heard({"target": Answer(message.strip(), message.strip())})
        if BARE_NAME.fullmatch(message.strip()) and not (extracted.answers or extracted.suggested):
            name = printed(message.strip())
            return Heard({"target": Answer(name, name)}) if is_name_alone(name) else None
        bare = len(message) <= SHORT and extracted.answers and not is_sentence(message)
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
            "contact_phone": self._contact,
            "contact_name": self._contact,
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
        if NONE_OF_THESE.fullmatch(message.strip(" ,，。！!")):
            return {current.id: SKIPPED}
        message = COUNTS_SOMETHING.sub(" ", message)  # 我家是6千 is no sixth
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
        bare = len(message) <= SHORT and not re.search(r"[,，。;；]", message) and not NO_PLACE_NAMED.search(message)
        fits = WAY.search(message) or (
            bare and not set(extracted.answers) - {"reach", "place"} and "business" not in extracted.suggested
        )
        if "reach" in extracted.answers and (len(message) > SHORT or self._elsewhere(current, extracted)):
            return {"reach": extracted.answers["reach"]}
        if fits and not is_sentence(message):
            return self._words(current, message)
        return {"reach": extracted.answers["reach"]} if "reach" in extracted.answers else {}

    def _time(self, current: Question, message: str, extracted: Extracted) -> dict[str, Answer]:
        if FIGURES.fullmatch(message.strip(" ,，。")):
            text = message.strip(" ,，。")
            return {current.id: Answer(text, text)}
        if (
            WHEN.search(message)
            or "since" in extracted.answers
            or (len(message) <= SHORT and not self._elsewhere(current, extracted) and not is_sentence(message))
        ):
            answer = self._words(current, message)
        else:
            return {}
        return {key: _dated(value, self.today) if key else value for key, value in answer.items()}

    def _place(self, current: Question, message: str, extracted: Extracted) -> dict[str, Answer]:
        message = self._where(message, extracted)
        location = locate(self.directory, message)
        words = len(message) <= SHORT and not self._elsewhere(current, extracted) and not is_sentence(message)
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
            len(message) <= SHORT and not self._elsewhere(current, extracted) and not is_sentence(message)
        ):
            return self._words(current, message)
        return {}

    def _contact(self, current: Question, message: str, extracted: Extracted) -> dict[str, Answer]:
        answers = contact_answer(current, message, extracted)
        return self._typed(current, message, extracted) if answers is None else answers

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
                others |= beside(key, before, answer, message)
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
            left = without_options(left, current) if current.options else left
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
        least = KEPT_FROM - 1 if HAPPENED.search(message) else KEPT_FROM  # 爆仓了
        short = len(words) < least and len(LETTER_OR_DIGIT.findall(message)) < TELLING
        if len(words) < LEAST_REST or (short and not answers and not extracted.answers):
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


def _dated(answer: Answer, today: date) -> Answer:
    shown = dated(answer.shown, today)
    return replace(answer, value=shown, shown=shown) if isinstance(answer.value, str) and answer.value else answer
