"""Sealed to units: no server, backup or administrator opens it; members, two of three shares, and nobody else do."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.cases.unit_keys import (
    UnitKeyError,
    escrow,
    handed,
    new_pair,
    opened,
    readdressed,
    recipients_of,
    recovered,
    rotated,
    sealed,
    taken,
    unwrapped,
    wrapped,
)

PASSWORD, PLACE = "correct-horse-battery", "cases.content:1"
REPORT = "金鼎财富骗了我20万，我的电话13837912345".encode()


def test_a_report_opens_for_each_unit_that_receives_it_and_no_other() -> None:
    police, trade, stranger = new_pair(), new_pair(), new_pair()
    kept = sealed(REPORT, PLACE, [police.public, trade.public])
    assert opened(kept, PLACE, police) == opened(kept, PLACE, trade) == REPORT
    assert REPORT not in kept and police.private not in kept
    with pytest.raises(UnitKeyError):
        opened(kept, PLACE, stranger)
    with pytest.raises(ValueError, match="nobody"):
        sealed(REPORT, PLACE, [])


def test_what_can_be_seen_is_who_receives_it() -> None:
    police, trade = new_pair(), new_pair()
    assert recipients_of(sealed(REPORT, PLACE, [police.public, trade.public])) == {police.id, trade.id}
    assert sealed(REPORT, PLACE, [police.public]) != sealed(REPORT, PLACE, [police.public])


@pytest.mark.parametrize("at", [0, 3, 10, -1, -20])
def test_a_changed_or_moved_report_does_not_open(at: int) -> None:
    unit = new_pair()
    kept = bytearray(sealed(REPORT, PLACE, [unit.public]))
    with pytest.raises(UnitKeyError):
        opened(bytes(kept), "cases.content:2", unit)
    kept[at] ^= 1
    with pytest.raises(UnitKeyError):
        opened(bytes(kept), PLACE, unit)


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_whatever_else_is_there_instead_is_refused(kept: bytes) -> None:
    with pytest.raises(UnitKeyError):
        opened(kept, PLACE, UNIT)


UNIT = new_pair()


def test_a_members_key_opens_with_their_password_only() -> None:
    member = new_pair()
    kept = wrapped(member.private, PASSWORD, "zhou")
    assert member.private not in kept
    assert unwrapped(kept, PASSWORD, "zhou") == member
    for password, owner in (("another-password", "zhou"), (PASSWORD, "li")):
        with pytest.raises(UnitKeyError):
            unwrapped(kept, password, owner)
    with pytest.raises(UnitKeyError):
        unwrapped(b"", PASSWORD, "zhou")


def test_with_all_that_the_server_keeps_a_report_cannot_be_read() -> None:
    """Everything but a password: public halves, wrapped and handed keys, the sealed report."""
    unit, member = new_pair(), new_pair()
    kept = {
        "wrapped": wrapped(member.private, PASSWORD, "zhou"),
        "handed": handed(unit.private, member.public),
        "report": sealed(REPORT, PLACE, [unit.public]),
    }
    everything = b"".join(kept.values()) + unit.public + member.public
    assert unit.private not in everything and member.private not in everything and REPORT not in everything
    signed_in = unwrapped(kept["wrapped"], PASSWORD, "zhou")
    assert opened(kept["report"], PLACE, taken(kept["handed"], signed_in)) == REPORT


def test_who_leaves_reads_nothing_that_comes_after() -> None:
    before, stays, leaves = new_pair(), new_pair(), new_pair()
    old = sealed(REPORT, PLACE, [before.public])
    after, chained = rotated(before)
    handed_again = handed(after.private, stays.public)
    new = sealed(REPORT, PLACE, [after.public])
    now = taken(handed_again, stays)
    assert opened(new, PLACE, now) == REPORT
    assert opened(old, PLACE, taken(chained, now)) == REPORT, "what came before is still read by who stays"
    with pytest.raises(UnitKeyError):
        taken(handed_again, leaves)
    with pytest.raises(UnitKeyError):
        opened(new, PLACE, before)


def test_a_transfer_seals_a_key_and_no_content_anew() -> None:
    here, there, stranger = new_pair(), new_pair(), new_pair()
    kept = sealed(REPORT * 1000, PLACE, [here.public])
    moved = readdressed(kept, PLACE, here, [here.public, there.public])
    assert opened(moved, PLACE, there) == opened(moved, PLACE, here) == REPORT * 1000
    assert moved.endswith(kept[-len(REPORT) * 1000 :])
    with pytest.raises(UnitKeyError):
        readdressed(kept, PLACE, stranger, [stranger.public])


def test_a_lost_unit_comes_back_with_two_of_three_shares() -> None:
    unit, other = new_pair(), new_pair()
    shares, foreign = escrow(unit.private), escrow(other.private)
    assert len(set(shares)) == 3
    for two in itertools.combinations(shares, 2):
        assert recovered(two, unit.public) == unit
    for too_few in ([shares[0]], [shares[0], shares[0]], [shares[0], foreign[1]], foreign[:2], ["x"], []):
        with pytest.raises(UnitKeyError):
            recovered(too_few, unit.public)
