"""What the three messengers do alike with what people send: files, speech, places, links, scanned codes."""

from __future__ import annotations

from bot.channels.relay import Away, Relay
from bot.channels.tencent.api import Api, Refused, TooLarge
from bot.channels.tencent.inbox import NotYet
from casework.cases.codes import found_code

NOT_READABLE = "这种消息我看不懂。请发文字；举报时可以发图片、文件、录音和视频。"
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
LONGEST_LINK_TEXT = 200


def said_by_scene(scene: str) -> str:
    """What somebody says who comes by a code or link of ours: a resume code itself, or what SCENES has."""
    code = found_code(scene.removeprefix("resume_"))
    return code or SCENES.get(scene, GREETING)


class Listening:
    """Takes what people send to one messenger."""

    def __init__(self, relay: Relay, api: Api) -> None:
        self._relay, self._api = relay, api
        self._most_mb = relay.assistant.settings.evidence_mb

    async def link(self, sender: str, message_id: str, *about: str) -> None:
        """A page that was passed on: its title and address, in words."""
        await self._relay.hear(sender, message_id, " ".join(text[:LONGEST_LINK_TEXT] for text in about if text))

    async def place(self, sender: str, message_id: str, *about: str) -> None:
        """A place on the map, by its name and address; without them there is nothing to read."""
        named = " ".join(text[:LONGEST_LINK_TEXT] for text in about if text)
        if named:
            await self._relay.hear(sender, message_id, named)
        else:
            await self._relay.tell(sender, message_id, NOT_READABLE)

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
        """Speech is a file of a tip-off, and what was understood of it is heard as if it were typed.

        Raises:
            NotYet: as ``file``; what was understood is heard all the same.
        """
        relay, said = self._relay, recognised.strip()
        if relay.takes_files(sender):
            try:
                await self.file(sender, message_id, media_id, NAMES["voice"])
            finally:
                if said:
                    await relay.hear(sender, f"{message_id} speech", said)
        elif not said:
            await relay.tell(sender, message_id, NOT_HEARD_SPEECH)
        else:
            await relay.hear(sender, f"{message_id} speech", said)
            if relay.takes_files(sender):  # a tip-off that began with these words
                await self.file(sender, message_id, media_id, NAMES["voice"])
