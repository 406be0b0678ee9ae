"""A mistake in the settings is said at once, in one Chinese sentence each, and nothing is started or written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import command


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PORT", "八千", "ASSISTANT_PORT 应为整数"),
        ("PORT", "70000", "ASSISTANT_PORT 不能大于 65535"),
        ("TIP_DAYS", "0", "ASSISTANT_TIP_DAYS 不能小于 1"),
        ("TODAY", "明天", "ASSISTANT_TODAY 应为日期"),
        ("TRUST_PROXY", "maybe", "ASSISTANT_TRUST_PROXY 应为 true 或 false"),
        ("WECHAT_ENDPOINT", "http://gateway", "ASSISTANT_WECHAT_ENDPOINT 格式不对"),
        ("SERVES", "kitchen", "ASSISTANT_SERVES 应为"),
        ("HOST", "no such host", "ASSISTANT_HOST 不是本机的地址"),
        ("PUBLIC_URL", "zhengzhi.example", "ASSISTANT_PUBLIC_URL 应是以 https://"),
        ("TELEGRAM_WEBHOOK", "true", "ASSISTANT_PUBLIC_URL 设为 https://"),
        ("SERVICE_ACCOUNT_URL", "api.weixin.qq.com", "ASSISTANT_SERVICE_ACCOUNT_URL 应是以 https://"),
        ("WECOM_KF", "true", "还要设置 ASSISTANT_WECOM_CORP_ID"),
        ("DATABASE_URL", "mysql://localhost/x", "ASSISTANT_DATABASE_URL 应以 postgresql://"),
        ("DATABASE_URL", "postgresql://user:pass@[::1/x", "ASSISTANT_DATABASE_URL 的写法不对"),
        ("REDIS_URL", "localhost:6379", "ASSISTANT_REDIS_URL 应以 redis://"),
        ("CITY_DIR", "/no/such/city", "ASSISTANT_CITY_DIR 指向的文件夹不存在"),
        ("DATA_DIR", "/etc/hostname", "ASSISTANT_DATA_DIR 应是文件夹"),
        ("ENCODER", "luoyang", "ASSISTANT_ENCODER 不认识“luoyang”"),
        ("MESAGES_PER_MINUTE", "5", "是不是想写 ASSISTANT_MESSAGES_PER_MINUTE"),
        ("ENCRYPTION_KEY", "secret", "ASSISTANT_ENCRYPTION_KEY"),
    ],
)
def test_a_mistake_is_said(tmp_path: Path, name: str, value: str, message: str) -> None:
    environment = {"ASSISTANT_DATA_DIR": str(tmp_path / "data"), f"ASSISTANT_{name}": value}
    finished = command(environment, "serve", "--port", "0") if name != "PORT" else command(environment, "serve")
    assert finished.returncode in (1, 2)
    assert message in finished.stderr
    assert "Traceback" not in finished.stderr
    lines = [line for line in finished.stderr.splitlines() if "ASSISTANT_" in line]
    assert len(lines) == 1
    if finished.returncode == 2:
        assert not (tmp_path / "data").exists()
