"""What is wrong with an answer."""

from __future__ import annotations


class AnswerError(ValueError):
    """An answer that cannot be used: what is wrong and an example that can, both in Chinese."""

    def __init__(self, wrong: str, example: str = "") -> None:
        super().__init__(wrong)
        self.wrong, self.example = wrong, example
