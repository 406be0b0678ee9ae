"""What a turn of an interview comes to, and the sentences that go with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from casework.interview.questions import Question
from casework.interview.state import State
from knowledge.citations import Citation

Act = Literal["ask", "review", "pause", "cancel", "restart", "submit"]
# After this many failed answers in a row the way out is explained.
MANY_MISSES = 2


@dataclass(frozen=True)
class Side:
    """An answer to something asked in the middle of an interview; ``alone`` where nothing else was said."""

    text: str
    citations: tuple[Citation, ...] = ()
    job: str = ""
    alone: bool = False


@dataclass(frozen=True)
class Step:
    """What a turn comes to.

    Attributes:
        said: sentences to say before what comes next.
        act: what comes next: the open question, the review, or an end.
        why: the question whose reason was asked for.
        side: an answer to a question about the plan.
    """

    state: State
    said: tuple[str, ...] = ()
    act: Act = "ask"
    why: Question | None = None
    side: Side | None = None


Asked = Callable[[str], Side | None]
SURE_RESTART = "重新开始会清空已填写的全部内容。确定要清空吗？"
KEPT = "好的，已保留您填写的内容。"
SURE_CANCEL = "取消后，已填写的内容会全部删除。确定要取消吗？"
HELP = (
    "直接用平常的话回答就可以，一次说几项也行，例如“法人张三，电话13812345678”。"
    "您随时可以说：上一题、修改加名称、看看填了什么、跳过、先停一下、继续、重新开始、取消；也可以直接问政策问题。"
)
