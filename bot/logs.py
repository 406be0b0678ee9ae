"""Structured logs on standard error: one JSON line a turn, never the words of a message."""

from __future__ import annotations

import logging
import sys
import warnings

import structlog

turn_log = structlog.get_logger("turn")


def configure_logs() -> None:
    """Send our own lines to standard error as JSON and silence what libraries say about themselves."""
    warnings.filterwarnings("ignore")
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s", force=True)
    for noisy in ("rasa", "rasa_sdk", "matplotlib", "faiss", "bm25s", "sentence_transformers", "transformers"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
