"""Writes papers in a process of its own: a Chinese font takes a second nobody shall wait for."""

from __future__ import annotations

from bot.workers import Worker
from casework.document_blocks import write
from casework.self_check.papers import Papers, as_json, blocks_of


class PaperWriter(Worker):
    """Writes what somebody waits for."""

    async def written(self, papers: Papers, paper: str, form: str) -> bytes:
        """A paper (``form``, ``report``) as ``docx`` or ``pdf``, or all of it as ``json``."""
        if form == "json":
            return as_json(papers)
        name, blocks = blocks_of(papers, paper)
        return await self.made(write, name, blocks, form)
