"""Where the audit ends, written down once a day where whoever can change the database cannot reach.

One line holds how many lines the audit has and the keyed hash of the last; it says nothing of what is in them.
``python -m bot cases check FILE`` holds such lines against the audit.
"""

from __future__ import annotations

import logging
import logging.handlers
from datetime import date
from pathlib import Path

from bot.logs import turn_log
from bot.settings import Settings
from casework.cases.audit import Head, heads_in

SYSLOG = "syslog"
SYSLOG_SOCKET = "/dev/log"


class Anchor:
    """Writes the head of the audit down, once a day."""

    def __init__(self, settings: Settings) -> None:
        self._where, self._logged, self._written = settings.audit_anchor, date.min, date.min

    def daily(self, head: Head, today: date) -> None:
        """Write today's line to the log, and where the settings say; a place that cannot be written is tried again."""
        if not head.lines:
            return
        if first := today > self._logged:
            self._logged = today
            turn_log.info("audit_head", day=today.isoformat(), head=str(head))
        if today > self._written:
            if self._write(f"{today} {head}"):
                self._written = today
            elif first:
                turn_log.error("audit_head_not_written", where=self._where)

    def _write(self, line: str) -> bool:
        """Whether the line is where it belongs."""
        try:
            if self._where == SYSLOG:
                _to_syslog(f"assistant audit_head {line}")
            elif self._where:
                with Path(self._where).open("a", encoding="utf-8") as file:
                    file.write(f"{line}\n")
        except OSError:
            return False
        return True


def _to_syslog(line: str) -> None:
    handler = logging.handlers.SysLogHandler(SYSLOG_SOCKET)
    try:
        handler.emit(logging.makeLogRecord({"msg": line, "levelno": logging.INFO, "levelname": "INFO"}))
    finally:
        handler.close()


def written_down(settings: Settings, file: Path | None = None) -> list[Head]:
    """The heads in a file that somebody gives us, and in the one of the settings.

    Raises:
        OSError: a file that was given cannot be read.
    """
    found = heads_in(file.read_text(encoding="utf-8", errors="replace")) if file else []
    kept = Path(settings.audit_anchor) if settings.audit_anchor not in ("", SYSLOG) else None
    if kept and kept.exists():
        found += heads_in(kept.read_text(encoding="utf-8", errors="replace"))
    return found
