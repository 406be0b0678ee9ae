"""Latency of a turn in the self-check beside that of a policy question, interleaved in one run.

``python -m bench.interview`` starts the assistant on a data folder of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from statistics import median

import httpx

from bench.databases import free_port
from bench.evaluate import read_questions
from bench.serving import ANSWERS, ROOT, UNLIMITED, wait_for

ROUNDS = 10
TURNS = (
    "企业自查",
    "洛阳某某信息科技有限公司",
    "跳过",
    "没有",
    "张三，13837912345",
    "李四",
    "0379-63312345",
    "五千万",
    "洛阳市涧西区南昌路5号",
    "跟注册地一样",
    "计算机软件开发",
    "是",
    "1",
    "两年都有",
    "三百来笔，两千万，150人",
    "500笔，3000万，250人",
    "都没有",
    "2、6，7不确定",
    "都没有",
    "都没有",
    "都没有",
    "都没有",
    "都没有",
    "看看填了什么",
    "确认如实填报并提交",
)


def main() -> int:
    """Measure and print medians in milliseconds and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        for built in ("knowledge", "models", "cache"):
            if (ROOT / "var" / built).exists():
                (Path(folder) / built).symlink_to(ROOT / "var" / built)
        port = free_port()
        settings = {"ASSISTANT_DATA_DIR": folder} | UNLIMITED
        command = [sys.executable, "-m", "bot", "serve", "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | settings, stderr=subprocess.DEVNULL)
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz")
            interview, policy = measure(f"http://127.0.0.1:{port}")
        finally:
            process.kill()
            process.wait()
    print(f"interview turn p50 {interview * 1000:.1f} ms   policy turn p50 {policy * 1000:.1f} ms")
    print(f"ratio {interview / policy:.2f} ({ROUNDS} interviews of {len(TURNS)} turns)")
    return 0


def measure(url: str) -> tuple[float, float]:
    """Medians of an interview turn and of a policy turn, in seconds; every question is asked once only."""
    questions = [item.text for item in read_questions(ANSWERS)]
    interview, policy = [], []
    with httpx.Client(base_url=url, timeout=30) as client:
        for round_number in range(ROUNDS):
            person, asker = uuid.uuid4().hex, uuid.uuid4().hex
            for number, turn in enumerate(TURNS):
                interview.append(timed(client, person, turn))
                at = round_number * len(TURNS) + number
                if at < len(questions):
                    policy.append(timed(client, asker, questions[at]))
    return median(interview), median(policy)


def timed(client: httpx.Client, sender: str, message: str) -> float:
    started = time.perf_counter()
    client.post("/webhooks/rest/webhook", json={"sender": sender, "message": message}).raise_for_status()
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
