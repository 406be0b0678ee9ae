"""``make chat``: the same assistant in the terminal."""

from __future__ import annotations

import asyncio
import secrets
import sys

from bot.assembly import LONGEST_MESSAGE, Assistant

LEAVE = {"/exit", "/quit", "/q"}


def chat(assistant: Assistant) -> None:
    """Read lines, print replies; a number taps a quick reply, /q leaves."""
    asyncio.run(_chat(assistant))


async def _chat(assistant: Assistant) -> None:
    sender = secrets.token_hex(8)
    print("请输入问题，回车发送；输入数字选快捷回复；/q 退出。")
    buttons: list[dict[str, str]] = []
    while True:
        try:
            said = (await asyncio.to_thread(input, "\n您> ")).strip()
        except (EOFError, KeyboardInterrupt):
            break
        if said in LEAVE:
            break
        if said.isdigit() and 0 < int(said) <= len(buttons):
            said = buttons[int(said) - 1]["payload"]
        if not said or len(said) > LONGEST_MESSAGE:
            print(f"请输入 1 至 {LONGEST_MESSAGE} 个字的问题。")
            continue
        buttons = []
        for reply in await assistant.turn("terminal", sender, said):
            print(f"\n助手> {reply.get('text', '')}")
            buttons += reply.get("buttons", [])
        for number, button in enumerate(buttons, start=1):
            print(f"  [{number}] {button['title']}")
        sys.stdout.flush()
    print("再见。")
