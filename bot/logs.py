"""Structured logs on standard error: one JSON line a turn, never the words of a message."""

from __future__ import annotations

import contextlib
import logging
import sys
import traceback
import warnings
from pathlib import Path
from typing import TextIO, cast

import structlog

DEEPEST_PLACES = 12

turn_log = structlog.get_logger("turn")


class PatientStream:
    """Standard error that loses a line rather than a citizen's request when the disk under it is full."""

    def write(self, text: str) -> int:
        try:
            return sys.stderr.write(text)
        except OSError:
            return 0

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            sys.stderr.flush()


class WithoutWords(logging.Filter):
    """Keeps of an error that nobody expected its type and its place: the message may repeat what somebody wrote."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            frames = traceback.extract_tb(error.__traceback__)[-DEEPEST_PLACES:]
            places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
            record.msg, record.args = f"{str(record.msg).strip()}: {type(error).__name__} at {places}", ()
            record.exc_info = record.exc_text = None
        return True


def without_words(logger: logging.Logger) -> None:
    """Let nothing that a logger writes repeat what somebody wrote."""
    for handler in logger.handlers:
        handler.addFilter(WithoutWords())


def configure_logs() -> None:
    """Send our own lines to standard error as JSON and silence what libraries say about themselves."""
    warnings.filterwarnings("ignore")
    logging.basicConfig(stream=cast(TextIO, PatientStream()), level=logging.WARNING, format="%(message)s", force=True)
    without_words(logging.getLogger())
    for noisy in ("rasa", "rasa_sdk", "matplotlib", "faiss", "bm25s", "sentence_transformers", "transformers"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, PatientStream())),
        cache_logger_on_first_use=False,
    )
