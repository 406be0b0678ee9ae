"""A second opinion for questions that stand on the edge, from a language model that the city runs itself.

``ASSISTANT_LLM_URL`` names an OpenAI-compatible server (as city clouds run Qwen or DeepSeek); without it nothing here
happens. The model only chooses among the ids of the likeliest entries: nothing that it writes is ever shown, an id that
was not offered is ignored, and what it chooses is answered from the plan like everything else. It is asked about
questions to the plan alone: never about a report, an interview, a procedure, or a message with a number or a name of
a person. It is waited for 1.5 s at most, outside the turn of anybody else, and left alone for a while after it failed.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from itertools import islice
from typing import Any

import httpx
from structlog import get_logger

from knowledge.base import KnowledgeBase
from knowledge.entries import Entry, Fact
from knowledge.judge import OUT_OF_SCOPE, Choice
from knowledge.query_cleaning import clean_query

log = get_logger("advice")

SECONDS, OFFERED = 1.5, 20
# Surer than this nobody else is asked; a report that is this likely is nobody else's business.
SURE, PERHAPS_A_REPORT = 0.8, 0.05
LONGEST = 200
FAILURES, REST_SECONDS = 3, 300.0
# Numbers of a phone, a card or an account, and people who give their name.
PERSONAL = re.compile(
    r"\d{5,}|我叫|我是[\u4e00-\u9fff]{2,3}(?:[，,。]|$)|姓名|本人|身份证|手机号|电话是|微信号|@|https?:"
)
NONE = "none"
TASK = (
    "你负责把问题对应到条目。下面是《{plan}》的条目（编号和内容）和一个问题。"
    '选出最能回答问题的一个条目，只输出JSON：{"id": "编号"}。都不能回答时编号写“{none}”。不要回答问题本身。'
)


class Adviser:
    """Asks a language model which of the likeliest entries answers a question.

    Args:
        url: of an OpenAI-compatible server, up to and with ``/v1``.
        model: its name there.
        key: sent as a bearer token when there is one.
    """

    def __init__(self, url: str, model: str, key: str = "", seconds: float = SECONDS) -> None:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.AsyncClient(base_url=url.rstrip("/") + "/", headers=headers, timeout=seconds)
        self._model, self._failed, self._rests_until = model, 0, 0.0
        # Whether the server holds an answer to a schema; DeepSeek's knows only "some JSON".
        self._takes_schema = True

    async def consult(self, knowledge: KnowledgeBase, message: str) -> None:
        """Ask about a message, where that is allowed and of use, and let the knowledge base know."""
        if time.monotonic() < self._rests_until or not may_be_asked(knowledge, message):
            return
        offered = offered_for(knowledge, message)
        try:
            chosen = await self._chosen(knowledge.plan.info.title, message, offered)
        except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError) as problem:
            self._failed += 1
            if self._failed >= FAILURES:
                self._failed, self._rests_until = 0, time.monotonic() + REST_SECONDS
            log.warning("advice failed", problem=type(problem).__name__)
            return
        self._failed = 0
        if chosen in offered:
            knowledge.advise(message, chosen)

    async def _chosen(self, plan: str, message: str, offered: dict[str, str]) -> str:
        listed = "\n".join(f"{label}：{words}" for label, words in offered.items())
        body = {
            "model": self._model,
            "messages": [
                {"role": "system", "content": TASK.replace("{plan}", plan).replace("{none}", NONE)},
                {"role": "user", "content": f"条目：\n{listed}\n\n问题：{message}"},
            ],
            "temperature": 0,
            "max_tokens": 40,
            # JSON may be spaced as one likes: without this a small model writes white space until it may write no more.
            "frequency_penalty": 1.0,
        }
        answer = await self._post(body, offered)
        answer.raise_for_status()
        written = answer.json()["choices"][0]["message"]["content"]
        return str(json.loads(written)["id"])

    async def _post(self, body: dict[str, Any], offered: Iterable[str]) -> httpx.Response:
        if self._takes_schema:
            answer = await self._client.post("chat/completions", json=body | {"response_format": one_of(offered)})
            if answer.status_code not in {400, 422}:
                return answer
            self._takes_schema = False
        return await self._client.post("chat/completions", json=body | {"response_format": {"type": "json_object"}})

    async def close(self) -> None:
        await self._client.aclose()


def one_of(ids: Iterable[str]) -> dict[str, Any]:
    """The response format that lets a model write nothing but one of the ids, or ``none``."""
    chosen = {"type": "string", "enum": [*ids, NONE]}
    schema = {"type": "object", "properties": {"id": chosen}, "required": ["id"], "additionalProperties": False}
    return {"type": "json_schema", "json_schema": {"name": "entry", "strict": True, "schema": schema}}


def may_be_asked(knowledge: KnowledgeBase, message: str) -> bool:
    """Whether a message is a question to the plan that is not clear, and nothing in it is anybody's own."""
    if not clean_query(message) or len(message) > LONGEST or PERSONAL.search(message) or knowledge.guard.alarm(message):
        return False
    choices = knowledge.choices(message)
    reported = sum(choice.probability for choice in choices if choice.intent and choice.label != OUT_OF_SCOPE)
    return _of_plan(choices[0]) and choices[0].probability < SURE and reported < PERHAPS_A_REPORT


def offered_for(knowledge: KnowledgeBase, message: str) -> dict[str, str]:
    """The likeliest entries by id with what each says."""
    entries = (knowledge.entry(choice.label) for choice in knowledge.judgement(message).answers)
    return {entry.id: _words(entry) for entry in islice((entry for entry in entries if entry), OFFERED)}


def _words(entry: Entry) -> str:
    return entry.conclusion if isinstance(entry, Fact) else f"{entry.topic}。{entry.conclusion}"


def _of_plan(choice: Choice) -> bool:
    return not choice.intent or choice.label == OUT_OF_SCOPE
