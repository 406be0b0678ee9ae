"""What the actions need to know beyond the knowledge base; the bot's settings extend these."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from pydantic import Field

from knowledge.settings import KnowledgeSettings

LUOYANG = ZoneInfo("Asia/Shanghai")


class ActionSettings(KnowledgeSettings):
    """Settings of the jobs."""

    today: date | None = Field(None, description="the day deadlines are counted from; empty: the real one")

    def current_day(self) -> date:
        return self.today or datetime.now(LUOYANG).date()
