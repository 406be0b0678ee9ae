"""All settings of the assistant, from ``ASSISTANT_*`` environment variables and an optional ``.env``."""

from __future__ import annotations

import os
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from storage.settings import ActionSettings, is_name

PREFIX = "ASSISTANT_"
Part = Literal["all", "chat", "intake", "console", "upkeep"]


def keep_secrets_to_ourselves() -> None:
    """Take keys, passwords and tokens out of the environment, once they are read: what we start gets none of them."""
    fields = Settings.model_fields.items()
    secret = {PREFIX + name.upper() for name, field in fields if "SecretStr" in str(field.annotation)}
    for name in [name for name in os.environ if name.upper() in secret]:
        del os.environ[name]


class Settings(ActionSettings):
    """The one settings object; README has the table."""

    host: str = Field("127.0.0.1", description="address the web server listens on")
    port: int = Field(8000, ge=0, le=65535, description="port the web server listens on")
    serves: Part = Field(
        "all",
        description="the part that this process serves: all, chat, intake (receipt page), console or upkeep (no page: "
        "deletes, reminds and migrates)",
    )
    messages_per_minute: int = Field(40, ge=1, description="messages a sender may send in a minute")
    address_messages_per_minute: int = Field(
        600, ge=1, description="messages an address may send in a minute, over all its senders"
    )
    sender_work_seconds: float = Field(
        10, gt=0, description="seconds of a processor that a sender's messages may take in a minute"
    )
    address_work_seconds: float = Field(
        30,
        gt=0,
        description="seconds of a processor that an address's messages may take in a minute, over all its senders",
    )
    reports_per_hour: int = Field(10, ge=1, description="tip-offs an address may submit in an hour")
    conversation_days: int = Field(30, ge=1, description="days after its last turn that a conversation is deleted")
    question_days: int = Field(180, ge=1, description="days after it was last asked that an unanswered one is deleted")
    public_url: str = Field(
        "", description="address at which our pages are reached from outside, for links in messengers"
    )
    telegram_token: SecretStr | None = Field(None, description="token of the Telegram bot from BotFather; empty: off")
    telegram_url: str = Field("https://api.telegram.org", description="the Bot API, or a local Bot API server")
    telegram_webhook: bool = Field(
        False, description="let Telegram send to ASSISTANT_PUBLIC_URL (https) instead of asking it for messages"
    )
    telegram_per_second: int = Field(30, ge=1, description="messages Telegram takes from the bot in a second")
    wechat_endpoint: str = Field(
        "",
        pattern=r"^$|^[\w.\-]+:\d+$",
        description="host:port of the WeChat gateway (wechaty-puppet-service); empty: off",
    )
    wechat_token: SecretStr | None = Field(None, description="token of the WeChat gateway")
    wechat_per_second: int = Field(
        5, ge=1, description="messages a second to WeChat; accounts that send faster are blocked"
    )
    service_account_id: str = Field("", description="AppID of the 公众号 (service account); empty: off")
    service_account_secret: SecretStr | None = Field(None, description="AppSecret of the 公众号")
    service_account_token: SecretStr | None = Field(None, description="Token of its 服务器配置")
    service_account_aes_key: SecretStr | None = Field(None, description="EncodingAESKey of its 服务器配置")
    service_account_url: str = Field("https://api.weixin.qq.com", description="the interface of 公众号")
    service_account_customer_messages: bool = Field(
        True, description="whether the 公众号 may send customer-service messages (认证); else it only replies"
    )
    service_account_template: str = Field(
        "", description="id of the approved template message that tells officials of reminders; empty: none"
    )
    wecom_corp_id: str = Field("", description="CorpID of the 企业微信; empty: off")
    wecom_agent_id: int = Field(0, ge=0, description="AgentId of its application for officials")
    wecom_secret: SecretStr | None = Field(None, description="Secret of that application")
    wecom_token: SecretStr | None = Field(None, description="Token of its 接收消息")
    wecom_aes_key: SecretStr | None = Field(None, description="EncodingAESKey of its 接收消息")
    wecom_url: str = Field("https://qyapi.weixin.qq.com", description="the interface of 企业微信")
    wecom_kf: bool = Field(False, description="serve the public by 微信客服 too")
    wecom_kf_secret: SecretStr | None = Field(
        None, description="Secret of the application that may use 微信客服; empty: the one for officials may"
    )
    llm_url: str = Field(
        "",
        pattern=r"^$|^https?://\S+$",
        description="OpenAI-compatible server (…/v1) that gives a second opinion on questions; empty: off",
    )
    llm_model: str = Field("", description="name of the model on that server")
    llm_key: SecretStr | None = Field(None, description="key of that server")
    ocr: bool = Field(True, description="read the words in pictures and scans that come with a tip-off")
    audit_anchor: str = Field(
        "",
        description="file outside the data folder, or syslog, to which the end of the audit is written once a day; "
        "empty: to the log only",
    )
    trust_proxy: bool = Field(False, description="take the client's address from X-Forwarded-For")

    @property
    def keys_wanted(self) -> bool:
        """Whether who decides must have a security key: where nobody says, wherever one can be bound to our address."""
        if self.security_keys_required is not None:
            return self.security_keys_required
        url = urlsplit(self.public_url)
        return url.scheme == "https" and is_name(url.hostname or "")
