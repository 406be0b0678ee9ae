"""Conversations at rest: cut to what is needed, sealed, and deleted when their time is over."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

import bot  # noqa: F401  (prepares the process for Rasa)
from bot.conversations import KEPT_TURNS, SHOWN_TURNS, Conversations, SealedTrackerStore
from bot.settings import Settings
from storage.encryption import Encryptor, KeyFileError, load_encryptor

pytestmark = pytest.mark.both_databases


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.db"


@pytest.fixture
def conversations(path: Path) -> Conversations:
    return Conversations(path, Encryptor([Fernet.generate_key()]))


def test_old_conversations_are_deleted_and_recent_ones_kept(conversations: Conversations, path: Path) -> None:
    for sender in ("旧", "新"):
        conversations.save_events(sender, [])
        conversations.add_turn(sender, "问", [])
    old = conversations._blind_index.hash("旧")
    conversations._db.execute("update trackers set updated = updated - 31 * 86400 where conversation = ?", [old])
    conversations._db.execute("update turns set at = at - 31 * 86400 where conversation = ?", [old])
    conversations.delete_older_than(30)
    assert conversations.load_events("旧") is None
    assert conversations.turns("旧") == []
    assert len(conversations.turns("新")) == 1


def test_only_the_last_turns_are_shown(conversations: Conversations) -> None:
    for n in range(SHOWN_TURNS + 5):
        conversations.add_turn("甲", str(n), [])
    said = [turn["said"] for turn in conversations.turns("甲")]
    assert said == [str(n) for n in range(5, SHOWN_TURNS + 5)]


def test_another_key_opens_nothing(conversations: Conversations, path: Path) -> None:
    conversations.add_turn("甲", "秘密", [])
    with pytest.raises(KeyFileError, match="另一把密钥"):
        Conversations(path, Encryptor([Fernet.generate_key()]))


def test_a_tracker_keeps_its_slots_however_long_the_conversation(conversations: Conversations) -> None:
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered
    from rasa.shared.core.trackers import DialogueStateTracker

    domain = Domain.from_yaml("version: '3.1'\nslots:\n  topic:\n    type: any\n    mappings: [{type: custom}]\n")
    store = SealedTrackerStore(conversations, domain)
    tracker = DialogueStateTracker.from_events("甲", [SlotSet("topic", "P2P")], domain.slots)
    for n in range(200):
        tracker.update(UserUttered(str(n), intent={"name": "x"}))
        tracker.update(ActionExecuted("action_listen"))
    asyncio.run(store.save(tracker))
    kept = asyncio.run(store.retrieve("甲"))
    assert kept
    assert kept.get_slot("topic") == "P2P"
    assert sum(isinstance(event, UserUttered) for event in kept.events) == KEPT_TURNS
    assert kept.latest_message.text == "199"


def test_what_was_learnt_from_a_turn_is_not_kept_with_it(conversations: Conversations) -> None:
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.events import BotUttered
    from rasa.shared.core.trackers import DialogueStateTracker

    store = SealedTrackerStore(conversations, Domain.empty())
    tracker = DialogueStateTracker.from_events("甲", [])
    tracker.update(BotUttered("没有查到", metadata={"turn_events": [{"question": "哪家商场便宜"}], "model_id": "m"}))
    asyncio.run(store.save(tracker))
    kept = asyncio.run(store.retrieve("甲"))
    assert kept
    assert [event.metadata for event in kept.events if isinstance(event, BotUttered)] == [{"model_id": "m"}]


def test_the_key_is_made_once(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    sealed = load_encryptor(settings).encrypt({"a": 1})
    assert load_encryptor(settings).decrypt(sealed) == {"a": 1}


def test_a_bad_key_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="ASSISTANT_ENCRYPTION_KEY"):
        load_encryptor(Settings(data_dir=tmp_path, encryption_key="short"))
