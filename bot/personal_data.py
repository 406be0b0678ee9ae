"""What is kept of one person: a copy for them, and its erasure. What is kept at all: docs/privacy.md.

A person is a conversation (``channel:sender``): nothing else is known of citizens. A tip-off that was submitted cannot
be found this way, on purpose; its receipt shows it, adds to it and withdraws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.channels.outbox import Outbox
from bot.channels.tencent.records import Records
from bot.conversations import Conversations
from casework.cases.case import Case
from casework.cases.store import CaseStore
from casework.cases.words import STATUS_NAMES
from casework.desk.accounts import Accounts
from casework.workflows import WORKFLOWS
from storage.settings import LUOYANG


@dataclass(frozen=True)
class PersonalData:
    """The stores that know something of a person."""

    conversations: Conversations
    cases: CaseStore
    accounts: Accounts
    outbox: Outbox | None = None
    records: Records | None = None

    def of(self, conversation_id: str) -> dict[str, Any]:
        """All that is kept of a person, ready to be written as JSON."""
        account = self.accounts.bound(conversation_id)
        turns = self.conversations.turns(conversation_id)
        shown = [{"您": turn["said"], "助手": [reply.get("text", "") for reply in turn["replies"]]} for turn in turns]
        heard = [
            event["text"] for event in self.conversations.load_events(conversation_id) or [] if event["event"] == "user"
        ]
        waiting = self.outbox.waiting(conversation_id) if self.outbox else []
        return {
            "对话": shown,
            "最近说的话": heard,
            "填写的内容": [
                self._case(case)
                for work in WORKFLOWS.values()
                for case in self.cases.of_owner(conversation_id, work.kind)
            ],
            "等待发给您的消息": [message.part.text for message in waiting],
            "登录的工作人员": account.name if account else None,
        }

    def erase(self, conversation_id: str) -> dict[str, int]:
        """Delete what may be deleted; returns how many drafts went and how many records were cut loose and stay."""
        drafts = [case for work in WORKFLOWS.values() for case in self.cases.drafts_of(conversation_id, work.kind)]
        for draft in drafts:
            self.cases.delete_draft(draft, conversation_id)
        stay = self.cases.part_from(conversation_id)
        self.conversations.forget(conversation_id)
        self.accounts.unbind(conversation_id)
        if self.outbox:
            self.outbox.forget(conversation_id)
        if self.records:
            self.records.forget(conversation_id)
        return {"drafts": len(drafts), "stay": stay}

    def _case(self, case: Case) -> dict[str, Any]:
        labels = {question.id: question.label for question in WORKFLOWS[case.kind].definition().questions}
        answers = case.content.get("answers", {})
        return {
            "类型": WORKFLOWS[case.kind].name,
            "编号": case.number,
            "码": case.code,
            "状态": STATUS_NAMES.get(case.status, "未提交"),
            "最近改动": case.updated.astimezone(LUOYANG).isoformat(timespec="minutes"),
            "回答": {labels.get(key, key): answer["shown"] for key, answer in answers.items()},
            "文件": [evidence.name for evidence in self.cases.evidence(case)],
            "往来": [note.text for note in self.cases.notes(case, internal=False)],
        }


ERASED = (
    "已删除对话和 {drafts} 份未提交的填写。{stay} 份已提交的自查是办理依据，依法保留，与这个账号的联系已切断。"
    "已提交的举报本来就不与账号关联，请本人凭回执码撤回。"
)
