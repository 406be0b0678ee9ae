"""``make chat``: the same assistant in the terminal."""

from __future__ import annotations

import asyncio
import secrets
import sys

from bot.assembly import Assistant
from bot.intake import LONGEST_TEXT
from bot.papers import PaperWriter
from casework.cases.links import FileLink, opened_link
from casework.self_check.papers import papers_for

LEAVE = {"/exit", "/quit", "/q"}


def chat(assistant: Assistant) -> None:
    """Read lines, print replies; a number taps a quick reply, /q leaves."""
    asyncio.run(_chat(assistant))


async def _chat(assistant: Assistant) -> None:
    sender, writer = secrets.token_hex(8), PaperWriter()
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
        if not said or len(said) > LONGEST_TEXT:
            print(f"请输入 1 至 {LONGEST_TEXT} 个字的问题。")
            continue
        buttons = []
        for reply in await assistant.turn("terminal", sender, said):
            print(f"\n助手> {reply.get('text', '')}")
            buttons += reply.get("buttons", [])
            await _save(assistant, writer, (reply.get("custom") or {}).get("files") or [])
        for number, button in enumerate(buttons, start=1):
            print(f"  [{number}] {button['title']}")
        sys.stdout.flush()
    writer.close()
    print("再见。")


async def _save(assistant: Assistant, writer: PaperWriter, files: list[dict[str, str]]) -> None:
    """Put the papers of a reply into the data folder: a terminal has no links."""
    store, encryptor = assistant.cases, assistant.services.encryptor
    folder = assistant.settings.data_dir / "papers"
    for file in files:
        token = file["url"].split("/")[2]
        link = opened_link(encryptor, FileLink, token, assistant.settings.link_minutes)
        case = store.get(link.case_id) if link else None
        if link is None or case is None:
            continue
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"{case.number or 'draft'}-{file['title']}"
        path.write_bytes(await writer.written(papers_for(assistant.services, case), link.paper, link.form))
        path.chmod(0o600)
        print(f"  已保存：{path}")
