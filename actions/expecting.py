"""What a message means to somebody who has a case in hand: the supplement, unless it is plainly something else."""

from __future__ import annotations

import re

from actions.interview_form import mistyped
from actions.tip_off import ASKS_STATUS, ASKS_WITHDRAWAL, GIVES_UP, YES
from casework.cases.codes import found_code, found_number
from casework.cases.in_hand import Expects
from casework.cases.receipts import found_receipt
from casework.interview.answers import half_width
from casework.interview.asking import is_asking
from casework.supplements import asks_how_to_hand_in
from knowledge.text import clean

SUPPLEMENT = "tip_add"
# Words that mean something of their own whatever is in hand.
LEAVING = re.compile(
    r"(?:我要|我想|再|另外)*举报(?:一个|一下|另一个|别的|其他)?(?:平台|公司)?|(?:我要|进行|开始)?(?:企业)?自查|更正自查.*|我的自查|"
    r"(?:查|查询|看看?)?(?:我的)?(?:举报)?(?:的)?(?:办理)?进度|(?:确认)?(?:我要|我想)?(?:撤回|撤销)(?:我的)?举报(?:吧)?|确认撤回|"
    r"帮助|菜单|/?help|/?start|人工|转人工|12345|登录.*|退出登录|退出|我的(?:任务|案件)|继续(?:填写)?|取消|时间安排|口径.*|原文|"
    r"不补充了?|没有?(?:别的|其他|要补充的)?了"
)
THANKS = re.compile(
    r"(?:好的?|嗯+|哦|行|收到|知道了?|明白了?|清楚了|谢谢您?|谢了|多谢|感谢|辛苦了?|麻烦了?|再见|拜拜|您好|你好|在吗|ok|okay|👌|👍|🙏|"
    r"我已记下回执码|[!！。，,~ ])+",
    re.IGNORECASE,
)
NO = re.compile(
    r"(?:(?:等一?[下等]|算了|还是|那|哎|[,，])*(?:先|暂时)?(?:别|不|甭|不要|不用)(?:给我|急着)?撤(?:回|销|了)*)[^?？]{0,10}|不|不了|不要|算了|再想想|先不|别|不撤回?了?|不确定"
)
ANSWERS = ("policy", "duty", "deadline")
# What a short message may also be, when nothing was asked of its writer.
SHORT, BESIDES = (
    12,
    ("greet", "thanks", "goodbye", "help", "login", "resume", "my_self_checks", "handoff", "tip_status"),
)
# What is never heard as something else.
ALARMS = ("danger", "fraud_now")


def meant(text: str, intent: str, wanted: Expects, asking: bool) -> str:
    """The intent of a message of somebody who has a case in hand.

    Args:
        intent: what it was taken for by itself.
        wanted: whether the next message is expected to be the supplement.
        asking: whether it has the form of a question.
    """
    message = half_width(clean(text)).strip(" 。！!?？~")
    if wanted != "next" and (steered := _steered(message, wanted)):
        return steered
    if intent in ALARMS or _own_words(message) or (wanted != "next" and intent == "tip_off" and _of_another(message)):
        return intent
    if THANKS.fullmatch(message):
        return "thanks" if intent not in BESIDES else intent
    if asking and (intent in ANSWERS or intent in ("tip_status", "tip_withdraw")):
        return SUPPLEMENT if wanted == "next" and TELLS_AND_ASKS.search(message) else intent
    if wanted != "next" and len(message) <= SHORT and intent in BESIDES:
        return intent
    return SUPPLEMENT


# 他们问我要不要和解，我能答应吗: told to whoever handles the case, though it ends in a question.
TELLS_AND_ASKS = re.compile(r"(?:他们?|她们?|对方|业务员|老板|客服|经理|店里|那家|有人)[^,，。]{2,}[,，。 ]")


def _steered(message: str, wanted: Expects) -> str:
    """查出来没有啊, 把举报撤了吧: what is asked of the case in hand; "" when it is something else."""
    if asks_how_to_hand_in(message):
        return SUPPLEMENT
    if wanted == "sure" and (YES.fullmatch(message) or NO.fullmatch(message)):
        return "tip_withdraw" if YES.fullmatch(message) else "tip_status"
    if ASKS_STATUS.fullmatch(message):
        return "tip_status"
    return "tip_withdraw" if ASKS_WITHDRAWAL.fullmatch(message) or GIVES_UP.fullmatch(message) else ""


def _of_another(message: str) -> bool:
    """另外还有一家叫聚宝汇的也骗了我: of another platform, and no supplement to the report of the first."""
    return bool(ANOTHER.match(message)) and not THE_SAME.search(message)


ANOTHER = re.compile(
    r"(?:对了|另外|还|我|俺|也|再|又|想|要|[,，、 ])*(?:(?:还有|另有|又有|再有)(?:另外)?一?[家个]"
    r"(?:叫|名叫|平台|公司|网站|app|理财|网贷|p2p|骗)|"
    r"(?:还|再|也|另外)?(?:想|要)?(?:再)?举报(?:另外|另|别的|其他|第二)一?[家个]|"
    r"(?:另外|另|别的)一[家个](?:叫|平台|公司|网站|app|理财|网贷|p2p|骗))",
    re.IGNORECASE,
)
THE_SAME = re.compile(r"[他她它]们?(?:家|旗下|还有|也是|开的|的)|同一|一伙|一家人|马甲|改名|换了?名")


def _own_words(message: str) -> bool:
    code = found_receipt(message) or found_code(message) or found_number(message)
    return bool(LEAVING.fullmatch(message.lower()) or mistyped(message) or (code and len(message) <= 2 * len(code)))


# 刚才忘说了, 就上述举报补充说明, 还有俺兄弟也投了: of the report that was just submitted, whatever it sounds like.
GOES_ON = re.compile(
    r"(?:哎呀?|噢|哦|啊|嗯|对|[,，、 ])*(?:我|俺)?(?:对了[^,，。]{0,4}[,，]|"
    r"还有[^什哪谁多几没吗?？]|另外[,，]?|再?补充|再(?:跟|给|和|说|加|添)|加(?:上)?[一1](?:条|句|点|个)|(?:刚才|刚刚|上面|前面|之前)(?:忘|漏|没|少|说|填|写|讲|那|的)|忘(?:记|了)*(?:说|讲|写|提|告诉)|"
    r"(?:就|关于|对)?(?:上述|刚才|刚刚|前面|上面)(?:的|那个|那份)?(?:举报|情况)|(?:需要|要|想|得)?(?:更正|补充|修正)|(?:那|这)个举报里?)"
)


def after_submission(intent: str, confidence: float, text: str) -> bool:
    """Whether a message right behind a submitted report goes on with it: it begins nothing and asks nothing.

    Args:
        intent: what the message by itself is likeliest to mean, with its ``confidence``.
    """
    message = half_width(clean(text)).strip(" 。！!?？~")
    if THANKS.fullmatch(message) or _own_words(message) or intent in OF_THE_REPORT:
        return False
    if intent == "tip_off" and _of_another(message):
        return False
    if asks_how_to_hand_in(message):
        return True
    if GOES_ON.match(message):
        return not is_asking(text) or confidence < SURE_QUESTION
    return intent in ("out_of_scope", "unclear") and not is_asking(text)


# What has its own answer right behind a report as well.
OF_THE_REPORT = (*ALARMS, "tip_status", "tip_withdraw", "self_check_amend")
# 还有俺兄弟也投了2万，写上没 adds; 还有一个问题，P2P归谁管 asks.
SURE_QUESTION = 0.8
