"""信访口径: everybody hears the explanation; staff also how to refer, what to avoid, and get it to print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.officials.login import said_by, signed_in
from actions.replies import Reply
from actions.served import ServedAction
from casework.desk.roles import Permission, may
from casework.interview.showing import Button
from casework.petition.explanations import Situation
from casework.services import Services
from knowledge.base import KnowledgeBase
from knowledge.citations import Citation, cite

OFFERED = 6
COMMAND = "口径"


class ActionPetition(ServedAction):
    """The standard explanation of the case that is told."""

    def name(self) -> str:
        return "action_petition"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        whole = may(signed_in(self.services, tracker), Permission.SEE_EXPLANATIONS)
        answer_petition(self.services, said_by(tracker), whole).send(dispatcher)
        return []


def answer_petition(services: Services, text: str, whole: bool) -> Reply:
    """The explanation of a case, one or several sides of it.

    Args:
        whole: with what only staff is told.
    """
    known, knowledge = services.explanations, services.knowledge
    named = known.get(text.removeprefix(COMMAND).strip())
    found = [named] if named else known.find(text)
    if not found:
        nearest = [each.situation for each in known.ranked(text)][:OFFERED] or known.situations[:OFFERED]
        # Titles are the office's words for its files; a citizen reads how people put it.
        buttons = tuple(Button(s.title[:20] if whole else s.like[0], f"{COMMAND} {s.id}") for s in nearest)
        return Reply("petition", TELL_MORE, buttons, (cite(knowledge, "三（三）1", RECEPTION),))
    parts = [staff_words(s) if whole else public_words(s) for s in found]
    if len(found) > 1 and whole:
        parts.insert(0, f"来访事项涉及 {len(found)} 个方面：{'；'.join(s.title for s in found)}。")
    extra: dict[str, Any] = {"situations": [s.id for s in found]}
    if whole:
        parts.append(f"一律不得承诺：{'；'.join(known.promise)}。（第 {known.version} 版，{known.date}）")
        ids = ",".join(s.id for s in found)
        extra["files"] = [{"title": "打印版（工作台）", "url": f"/console/explanations?ids={ids}"}]
        return Reply("petition", "\n\n".join(parts), (), _cited(knowledge, found), extra)
    parts.append("具体情况请向负责单位了解，也可以提交举报，凭回执码查进度。")
    buttons = (Button("我要举报", "我要举报"), Button("转人工", "转人工"))
    return Reply("petition", "\n\n".join(parts), buttons, _cited(knowledge, found), extra)


def public_words(situation: Situation) -> str:
    """What a citizen reads: the explanation and its clauses; titles are the office's own words for its files."""
    return f"{situation.explain}【{'、'.join(_clauses(situation))}】"


def staff_words(situation: Situation) -> str:
    return "\n".join(
        [
            f"【{situation.title}】",
            f"可以这样说：{situation.explain}（依据 {'、'.join(_clauses(situation))}）",
            f"不能说：{'；'.join(situation.avoid)}。",
            f"负责单位：{'、'.join(situation.units)}。{situation.refer}",
            f"请来访人：{'；'.join(situation.next)}。",
            f"语气：{situation.tone}",
        ]
    )


def _clauses(situation: Situation) -> list[str]:
    return list(dict.fromkeys(quote.clause for quote in situation.quotes))


def _cited(knowledge: KnowledgeBase, situations: Sequence[Situation]) -> tuple[Citation, ...]:
    return tuple(dict.fromkeys(cite(knowledge, q.clause, q.quote) for s in situations for q in s.quotes))


RECEPTION = "市信访局负责做好信访群众的信访接待、政策解释、疏导劝返等工作。"
TELL_MORE = "请说说来访人反映的是什么事，例如“口径 平台跑路，要求政府兑付”，我给出可以说的话和依据。常见的有："
