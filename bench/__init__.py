"""Measurements: answers against questions, and speed against peers. Nothing here is imported by the assistant."""
