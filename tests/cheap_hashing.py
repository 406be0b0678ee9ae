"""Receipts, passwords and units' keys are hashed cheaply in tests and in the servers that they fork.

Guessing is dear on purpose: a quarter of a second for each official who signs in, and several hundred do. No setting
of the program says otherwise; only this module does, which is no part of it. What a process of its own computes is
held against the real parameters in ``test_environment.py``.
"""

from __future__ import annotations

from functools import partial

from argon2 import PasswordHasher
from nacl.pwhash import argon2id

from casework.cases import receipts, unit_keys
from casework.desk import sessions

LEAST_KIB = 8


def hash_cheaply() -> None:
    """Use the least that Argon2id can do, in this process and its forks."""
    receipts.PASSES, receipts.MEMORY_KIB = 1, LEAST_KIB
    unit_keys.PASSES, unit_keys.MEMORY = argon2id.OPSLIMIT_MIN, argon2id.MEMLIMIT_MIN
    hasher = partial(PasswordHasher, time_cost=1, memory_cost=LEAST_KIB, parallelism=1)
    sessions.PasswordHasher = hasher  # type: ignore[assignment, attr-defined]
