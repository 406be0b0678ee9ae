"""Measurements: answers against questions, and speed against peers. Nothing here is imported by the assistant."""

import knowledge as knowledge  # sets how threads wait, so it must come before anything that computes
