"""What the actions need to know beyond the knowledge base; the bot's settings extend these."""

from __future__ import annotations

from datetime import date, datetime
from ipaddress import ip_address
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr

from knowledge.settings import KnowledgeSettings

LUOYANG = ZoneInfo("Asia/Shanghai")


def is_name(host: str) -> bool:
    """Whether a host is called by a name: security keys cannot be bound to a bare address."""
    try:
        ip_address(host)
    except ValueError:
        return bool(host)
    return False


class ActionSettings(KnowledgeSettings):
    """Settings of the jobs."""

    today: date | None = Field(None, description="the day deadlines are counted from; empty: the real one")
    redis_url: SecretStr | None = Field(
        None, description="redis://… where several processes count messages together; empty: each for itself"
    )
    encryption_key: SecretStr | None = Field(
        None,
        description="Fernet keys for what is kept at rest, newest first, comma between them; empty: one is "
        "generated once into the data folder",
    )
    security_keys_required: bool | None = Field(
        None,
        description="let office, administrators and custodians into the console only with a security key; empty: "
        "where ASSISTANT_PUBLIC_URL is a name over https",
    )
    draft_days: int = Field(30, ge=1, description="days after its last answer that a draft is deleted")
    tip_days: int = Field(180, ge=1, description="days after it was closed that a tip-off is deleted")
    open_tip_days: int = Field(
        730, ge=1, description="days after anybody last did something that a tip-off is deleted which was never closed"
    )
    evidence_mb: int = Field(20, ge=1, le=200, description="largest file that is taken with a tip-off, in MB")
    evidence_count: int = Field(30, ge=1, description="files that are taken with a tip-off")
    link_minutes: int = Field(60, ge=1, description="minutes that a download link works")

    @property
    def keys_wanted(self) -> bool:
        """Whether who decides must have a security key: one needs an address that it can be bound to."""
        return bool(self.security_keys_required)

    def current_day(self) -> date:
        return self.today or datetime.now(LUOYANG).date()
