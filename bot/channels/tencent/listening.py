"""What the three messengers do alike with what people send: files, speech, places, links, scanned codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.channels.inbox import NotYet
from bot.channels.relay import Away, Relay
from bot.channels.tencent.api import Api, Refused, TooLarge
from casework.cases.codes import found_code

NOT_READABLE = "这种消息我看不懂。请发文字；举报时可以发图片、文件、录音、视频、位置和网页链接。"
TOO_LARGE = "文件超过 {mb} MB，没有保存。请压缩或分成几个再发，也可以在网页上传。"
LOST_FILE = "文件没有取到，请再发一次。"
FETCHED_LATER = "文件暂时没有取到，我会自己再试，取到了就告诉您；请先不要删除。"
NOT_HEARD_SPEECH = "语音我还听不懂。请长按语音“转文字”，把文字发给我；举报时语音会作为材料保存。"
NAMES = {
    "image": "照片.jpg",
    "voice": "录音.amr",
    "video": "视频.mp4",
    "shortvideo": "视频.mp4",
}
GREETING = "你好"
# What a code that was scanned, or a link that was followed, says for who came that way.
SCENES = {"status": "查举报进度", "report": "我要举报", "selfcheck": "企业自查"}
# Of what stands in a message besides files: longer is no title and no address.
LONGEST_FIELD = 500


@dataclass(frozen=True)
class Reads:
    """How a platform's message becomes an item of ``casework.cases.items``.

    Attributes:
        fields: the item's fields, by the platform's.
    """

    kind: str
    fields: Mapping[str, str]


# 公众号 and 企业微信 write these alike:
# https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html
# https://developer.work.weixin.qq.com/document/path/90239
XML_ITEMS = {
    "location": Reads("location", {"latitude": "Location_X", "longitude": "Location_Y", "address": "Label"}),
    "link": Reads("link", {"title": "Title", "url": "Url", "description": "Description"}),
}


def said_by_scene(scene: str) -> str:
    """What somebody says who comes by a code or link of ours: a resume code itself, or what SCENES has."""
    code = found_code(scene.removeprefix("resume_"))
    return code or SCENES.get(scene, GREETING)


class Listening:
    """Takes what people send to one messenger."""

    def __init__(self, relay: Relay, api: Api) -> None:
        self._relay, self._api = relay, api
        self._most_mb = relay.assistant.settings.evidence_mb

    async def item(self, sender: str, message_id: str, reads: Reads, about: Mapping[str, str]) -> None:
        """A place on the map, a card, a page that was passed on."""
        given = {ours: about.get(theirs, "") for ours, theirs in reads.fields.items()}
        short = {name: text if name == "url" else text[:LONGEST_FIELD] for name, text in given.items()}
        await self._relay.take_item(sender, message_id, {"type": reads.kind, **short}, NOT_READABLE)

    async def file(self, sender: str, message_id: str, media_id: str, name: str = "") -> None:
        """Keep a file for the tip-off that is being told.

        Raises:
            NotYet: it could not be fetched now; who sent it was told so, once.
        """
        relay = self._relay
        try:
            file = await self._api.download(media_id, self._most_mb * 2**20)
        except TooLarge:
            await relay.tell(sender, message_id, TOO_LARGE.format(mb=self._most_mb), counted=False)
        except Refused:
            await relay.tell(sender, message_id, LOST_FILE, counted=False)
        except Away as error:
            await relay.tell(sender, f"{message_id} later", FETCHED_LATER, counted=False)
            raise NotYet from error
        else:
            await relay.take_file(sender, message_id, name or file.name, file.content)

    async def speech(self, sender: str, message_id: str, media_id: str, recognised: str = "") -> None:
        """Speech is a file of a tip-off, submitted or not, and what was understood of it is heard as if it were typed.

        Raises:
            NotYet: as ``file``; what was understood is heard all the same.
        """
        relay, said = self._relay, recognised.strip()
        if await relay.waits(sender):
            try:
                await self.file(sender, message_id, media_id, NAMES["voice"])
            finally:
                if said:
                    await relay.hear(sender, f"{message_id} speech", said)
        elif not said:
            await relay.tell(sender, message_id, NOT_HEARD_SPEECH)
        else:
            await relay.hear(sender, f"{message_id} speech", said)
            if await relay.waits(sender):  # a tip-off that began with these words
                await self.file(sender, message_id, media_id, NAMES["voice"])
