"""Prometheus metrics: counts and times only, nothing of what was said or by whom."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

TURNS = Counter("assistant_turns_total", "Turns answered", ["channel", "job"])
CLARIFICATIONS = Counter(
    "assistant_clarifications_total", "Which of two readings was meant had to be asked", ["between"]
)
REFUSED = Counter("assistant_refused_total", "Requests refused before a turn", ["reason"])
FAILED_TURNS = Counter("assistant_failed_turns_total", "Turns that could not be handled; whoever spoke was told so")
KEPT_HOUSE = Gauge(
    "assistant_kept_house_timestamp_seconds",
    "When this process last deleted what its time was up for; 0 where another one does",
)
TURN_SECONDS = Histogram(
    "assistant_turn_seconds",
    "Time from message to reply",
    ["channel"],
    buckets=(0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12),
)
