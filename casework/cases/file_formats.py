"""What kinds of files are taken as evidence, how each is known by its content, and how it can be shown."""

from __future__ import annotations

import email
import email.policy
import io
import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal

import filetype

from casework.cases.programs import OLE, has_stream

# How a kind is shown: by the browser as it is, as a copy made from it (of sound: WAV), as text, or not at all.
Shown = Literal["itself", "picture", "played", "text", ""]


@dataclass(frozen=True)
class FileFormat:
    """A kind of file.

    Attributes:
        id: what is kept of a file in clear; also the ending its name gets.
        label: what an official calls it.
        media: what a browser is told; empty: it is only ever downloaded.
        endings: others that a name may have.
        opened_by: what an official opens it with who has downloaded it; empty: what any office has.
    """

    id: str
    label: str
    shown: Shown = ""
    media: str = ""
    endings: tuple[str, ...] = ()
    opened_by: str = ""


# No browser plays these. For SILK there is no decoder in FFmpeg; film is not coded anew, which takes minutes.
PLAYER = "VLC 等播放器"
SILK_PLAYER = "能放微信语音（SILK）的播放器，或先用 SILK 转换工具转成 MP3"


def _table(*kinds: FileFormat) -> dict[str, FileFormat]:
    return {kind.id: kind for kind in kinds}


PICTURES = _table(
    FileFormat("jpg", "图片", "picture", "image/jpeg", ("jpeg", "jpe", "jfif", "mpo")),
    FileFormat("png", "图片", "picture", "image/png", ("apng",)),
    FileFormat("webp", "图片", "picture", "image/webp"),
    FileFormat("gif", "图片", "picture", "image/gif"),
    FileFormat("bmp", "图片", "picture", "image/bmp", ("dib",)),
    FileFormat("heic", "图片（HEIC）", "picture", "image/jpeg", ("heif", "hif")),
    FileFormat("avif", "图片（AVIF）", "picture", "image/jpeg"),
    FileFormat("tiff", "图片（TIFF）", "picture", "image/jpeg", ("tif", "dng")),
)
SOUND = _table(
    FileFormat("mp3", "录音", "itself", "audio/mpeg"),
    FileFormat("m4a", "录音", "itself", "audio/mp4", ("m4b",)),
    FileFormat("wav", "录音", "itself", "audio/wav"),
    FileFormat("ogg", "录音", "itself", "audio/ogg", ("oga", "opus")),
    FileFormat("aac", "录音", "itself", "audio/aac"),
    FileFormat("flac", "录音", "itself", "audio/flac"),
    FileFormat("amr", "录音（AMR）", "played", "audio/wav", ("awb",)),
    FileFormat("silk", "语音（SILK）", endings=("slk", "amr", "aud"), opened_by=SILK_PLAYER),
    FileFormat("caf", "录音（CAF）", "played", "audio/wav"),
    FileFormat("wma", "录音（WMA）", "played", "audio/wav"),
    FileFormat("aiff", "录音（AIFF）", "played", "audio/wav", ("aif", "aifc")),
)
FILM = _table(
    FileFormat("mp4", "视频", "itself", "video/mp4", ("m4v",)),
    # Browsers play what is inside most of them when they are told it is MP4, and download video/quicktime.
    FileFormat("mov", "视频（MOV）", "itself", "video/mp4", ("qt",)),
    FileFormat("webm", "视频", "itself", "video/webm"),
    FileFormat("3gp", "视频（3GP）", endings=("3g2", "3gpp"), opened_by=PLAYER),
    FileFormat("avi", "视频（AVI）", opened_by=PLAYER),
    FileFormat("mkv", "视频（MKV）", opened_by=PLAYER),
    FileFormat("wmv", "视频（WMV）", endings=("asf",), opened_by=PLAYER),
    FileFormat("flv", "视频（FLV）", opened_by=PLAYER),
    FileFormat("mpg", "视频（MPEG）", endings=("mpeg", "vob", "ts", "mts", "m2ts"), opened_by=PLAYER),
)
PAPERS = _table(
    FileFormat("pdf", "PDF", "itself", "application/pdf"),
    FileFormat("docx", "Word 文档", endings=("docm", "dotx", "wps")),
    FileFormat("xlsx", "Excel 表格", endings=("xlsm", "xltx", "et")),
    FileFormat("pptx", "PPT 文稿", endings=("pptm", "ppsx", "dps")),
    FileFormat("doc", "Word 文档", endings=("wps", "dot")),
    FileFormat("xls", "Excel 表格", endings=("et", "xlt")),
    FileFormat("ppt", "PPT 文稿", endings=("dps", "pps")),
    FileFormat("msg", "邮件（Outlook）"),
    FileFormat("odt", "文档（ODT）"),
    FileFormat("ods", "表格（ODS）"),
    FileFormat("odp", "文稿（ODP）"),
    FileFormat("ofd", "版式文件（OFD）"),
    FileFormat("rtf", "文档（RTF）"),
    FileFormat("eml", "邮件", "text", "text/plain; charset=utf-8", ("mht", "mhtml")),
    FileFormat("txt", "文本", "text", "text/plain; charset=utf-8", ("csv", "log", "md", "json", "tsv")),
)
ARCHIVES = _table(
    FileFormat("zip", "压缩包", endings=("epub", "pages", "numbers", "key")),
    FileFormat("7z", "压缩包（7z）"),
    FileFormat("rar", "压缩包（RAR）"),
    FileFormat("tar", "压缩包（tar）"),
    FileFormat("gz", "压缩包（gz）", endings=("tgz",)),
    FileFormat("bz2", "压缩包（bz2）", endings=("tbz",)),
    FileFormat("xz", "压缩包（xz）", endings=("txz",)),
)
# What a messenger or a page hands over that is no file; kept as text. See casework/cases/items.py.
ITEMS = _table(
    FileFormat("location", "位置", "text", "text/plain; charset=utf-8", ("txt",)),
    FileFormat("contact", "名片", "text", "text/plain; charset=utf-8", ("vcf", "txt")),
    FileFormat("link", "链接", "text", "text/plain; charset=utf-8", ("txt",)),
    FileFormat("forwarded", "转发的消息", "text", "text/plain; charset=utf-8", ("txt",)),
)
FILE_FORMATS = PICTURES | SOUND | FILM | PAPERS | ARCHIVES | ITEMS
# Made into JPEG to be shown: few browsers show them, or not all of them.
CONVERTED = {"heic", "avif", "tiff"}
# Kept as they came; nobody here looks into them.
UNOPENED = set(ARCHIVES) - {"zip"}
ACCEPTED_WORDS = "图片、PDF、Word、Excel、PPT、文本、邮件、录音、视频和压缩包"

MATCHED: tuple[tuple[bytes, int, str], ...] = (
    (b"II*\0", 0, "tiff"),
    (b"MM\0*", 0, "tiff"),
    (b"II+\0", 0, "tiff"),
    (b"MM\0+", 0, "tiff"),
    (b"#!AMR", 0, "amr"),
    (b"#!SILK", 0, "silk"),
    (b"#!SILK", 1, "silk"),
    (b"caff\0", 0, "caf"),
    (b"AIFF", 8, "aiff"),
    (b"AIFC", 8, "aiff"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", 0, "wmv"),
    (b"FLV\x01", 0, "flv"),
    (b"\0\0\x01\xba", 0, "mpg"),
    (b"\0\0\x01\xb3", 0, "mpg"),
    (b"{\\rtf", 0, "rtf"),
    (b"7z\xbc\xaf\x27\x1c", 0, "7z"),
    (b"Rar!\x1a\x07", 0, "rar"),
    (b"ustar", 257, "tar"),
    (b"\x1f\x8b", 0, "gz"),
    (b"1AY&SY", 4, "bz2"),
    (b"\xfd7zXZ\0", 0, "xz"),
)
# Names that the library gives to kinds we call otherwise; what is not here and not in KINDS is not taken.
LIBRARY_NAMES = {"jpeg": "jpg", "apng": "png", "tif": "tiff", "m4v": "mp4", "xcf": ""}
# Sound in an ASF file only: no video stream's class id in it.
ASF_VIDEO = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
BRANDS = {
    "heic": ("heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1", "mif2"),
    "avif": ("avif", "avis"),
    "m4a": ("M4A ", "M4B ", "M4P "),
    "mov": ("qt  ",),
    "3gp": ("3gp", "3g2", "3ge", "3gg", "3gr", "3gs", "kddi"),
}
# What a QuickTime file of before 2005, or one that a camera did not close, begins with instead of a brand.
QUICKTIME_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"udta")
MAIL_HEADERS = re.compile(
    rb"^(?:from|to|subject|date|received|return-path|message-id|mime-version|delivered-to|x-[\w-]+):", re.I
)
OLE_STREAMS = (
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("PowerPoint Document", "ppt"),
    ("__properties_version1.0", "msg"),
)
ENCRYPTED_STREAM = "EncryptedPackage"


def detect_format(content: bytes) -> str:
    """The id of a file's kind, by its content; empty when it is none that is taken."""
    for mark, at, kind in MATCHED:
        if content[at : at + len(mark)] == mark:
            return kind if kind != "wmv" or ASF_VIDEO in content[: 64 * 1024] else "wma"
    if content.startswith(OLE):
        return next((kind for stream, kind in OLE_STREAMS if has_stream(content, stream)), "")
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return packed_kind(content)
    return _iso_media(content) or _mpeg(content) or _by_library(content) or _text_kind(content)


def _by_library(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):  # marks of UTF-16, which it takes for sound
        return ""
    guessed = filetype.guess(content)
    name = LIBRARY_NAMES.get(guessed.extension, guessed.extension) if guessed else ""
    return name if name in FILE_FORMATS else ""


def _iso_media(content: bytes) -> str:
    """HEIC, AVIF, MOV, MP4, 3GP and M4A share one way to pack what they hold (ISO 14496-12)."""
    box = content[4:8]
    if box in QUICKTIME_BOXES and _fits(content):
        return "mov"
    if box != b"ftyp" or len(content) < 12:
        return ""
    size = struct.unpack_from(">I", content)[0]
    brands = [content[at : at + 4].decode("latin-1") for at in (8, *range(16, min(size, 256), 4))]
    if brands[0].startswith("crx"):  # a camera's raw picture, which nobody here could show
        return ""
    for kind in ("avif", "heic", "m4a", "mov", "3gp"):
        if brands[0].startswith(BRANDS[kind]):
            # mif1 says only that it is a picture; what it holds stands behind.
            return "avif" if kind == "heic" and {"avif", "avis"} & set(brands) else kind
    return "mp4"


def boxes_of(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The outer boxes of an ISO media file: name, start, end; the end of the last may lie behind the file's."""
    at = 0
    while at + 8 <= len(content):
        size, name = struct.unpack_from(">I4s", content, at)
        if size == 1 and at + 16 <= len(content):
            size = struct.unpack_from(">Q", content, at + 8)[0]
        end = len(content) if size == 0 else at + size
        yield name, at, end
        if end <= at + 7:
            return
        at = end


def _fits(content: bytes) -> bool:
    name, _, end = next(boxes_of(content))
    return name == b"mdat" or end >= 8


def _mpeg(content: bytes) -> str:
    """MP3 and AAC without a header, and transport streams: known by marks that come back."""
    if content[:1] == b"G" and len(content) > 376 and content[188:189] == b"G" == content[376:377]:
        return "mpg"
    if content[4:5] == b"G" and len(content) > 392 and content[196:197] == b"G" == content[388:389]:
        return "mpg"
    if len(content) > 3 and content[0] == 0xFF and content[1] & 0xE0 == 0xE0 and content[1] < 0xFE:
        layer, rate = content[1] >> 1 & 3, content[2] >> 4
        if content[1] & 0xF6 == 0xF0:
            return "aac"
        if layer and rate != 15 and content[2] >> 2 & 3 != 3:
            return "mp3"
    return ""


def packed_kind(content: bytes) -> str:
    """What a zip is: a document of one of the office packages, or just a zip."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            declared = archive.read("mimetype")[:80].decode("latin-1") if "mimetype" in names else ""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, KeyError, OSError, EOFError):
        return "zip"
    open_document = {"text": "odt", "spreadsheet": "ods", "presentation": "odp"}
    for word, kind in open_document.items():
        if declared.startswith(f"application/vnd.oasis.opendocument.{word}"):
            return kind
    if "[Content_Types].xml" in names:
        for folder, kind in (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx")):
            if any(name.startswith(folder) for name in names):
                return kind
    return "ofd" if "OFD.xml" in names else "zip"


def _text_kind(content: bytes) -> str:
    text = decoded(content)
    if text is None:
        return ""
    if text.lstrip().upper().startswith("BEGIN:VCARD"):
        return "contact"
    lines = [line for line in content.lstrip(b"\xef\xbb\xbf\r\n").splitlines()[:40] if line.strip()]
    headers = 0
    for line in lines:
        if line[:1] in (b" ", b"\t") and headers:
            continue
        if not re.match(rb"[\w-]+:", line):
            break
        headers += bool(MAIL_HEADERS.match(line))
    return "eml" if headers >= 2 else "txt"


TEXT_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffe\uffff]")
# What a Chinese text is made of; GB 18030 makes some character of nearly anything.
USUAL = re.compile(r"[\s!-~·“”‘’…—、-】〔-〗ァ-ヴぁ-ん①-⑳一-鿿！-～￠-￥°×÷→]")
USUAL_SHARE = 0.9
MARKED = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def decoded(content: bytes) -> str | None:
    """A text as it reads: UTF-8, UTF-16 with or without a mark, or GB 18030; None when it is no text."""
    for mark, encoding in MARKED:
        if content.startswith(mark):
            return _read(content, encoding)
    if (text := _read(content, "utf-8")) is not None:
        return text
    if b"\0" in content[:200]:
        encoding = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
        text = _read(content, encoding) if len(content) % 2 == 0 else None
    else:
        text = _read(content, "gb18030")
    if text is None or len(USUAL.findall(text[:20_000])) < USUAL_SHARE * len(text[:20_000]):
        return None
    return text


def _read(content: bytes, encoding: str) -> str | None:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if TEXT_CONTROL.search(text) else text


def mail_of(content: bytes) -> EmailMessage:
    """A mail as the standard library reads it; it takes anything."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message
