"""Files that come with a case: sealed while they arrive, checked by content, deleted with their case.

A file is cut into chunks of 64 KiB, each sealed with AES-GCM under a key of its own (the STREAM construction: the
nonce counts the chunks and marks the last, so that none can be dropped or moved). The key is sealed in the store.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import os
import re
import secrets
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from PIL import Image, UnidentifiedImageError

from casework.cases.fetching import package_fetches, rich_text_fetches
from casework.cases.file_formats import (
    ACCEPTED_WORDS,
    ENCRYPTED_STREAM,
    FILE_FORMATS,
    ITEMS,
    PICTURES,
    UNOPENED,
    boxes_of,
    decoded,
    detect_format,
    mail_of,
)
from casework.cases.programs import HEAD, OLE, has_stream, is_program, is_script, is_web_page
from knowledge.text import clean

CHUNK, TAG = 64 * 1024, 16
# Files in one archive, and in it and all documents in it; what they are unpacked, together and beside their archive.
MOST_ENTRIES, MOST_ENTRIES_IN_ALL, MOST_UNPACKED, MOST_RATIO = 1000, 10_000, 300 * 1024 * 1024, 120
MOST_PIXELS = 80_000_000
LONGEST_NAME, LONGEST_CAPTION = 80, 1000
# What whoever opens a file should know; the words stand on the console.
FLAGS = {
    "macros": "文档含宏，请勿启用",
    "embedded": "文档里嵌有别的文件，请勿点开",
    "script": "PDF 含脚本，请用不执行脚本的阅读器打开",
    "unopened": "未打开检查，请先查毒",
    "nested": "压缩包里还有压缩包，没有打开检查，请先查毒",
    "web_page": "压缩包里有网页文件，请勿点开",
    "remote": "文档打开时会自动从网上取内容，会暴露办理人员，请断网打开",
}
FOLDERS = re.compile(r"[/\\]")
DRIVE = re.compile(r"[A-Za-z]:[/\\]")


class EvidenceError(ValueError):
    """A file that is not taken; the message says why and what to do, in Chinese."""


@dataclass(frozen=True)
class Finding:
    """Something that a machine read in a file: a name, an address, an account …

    Attributes:
        kind: one of ``casework.tip_off.readings.LABELS``.
        state: ``new``, ``offered`` to the reporter, ``yes`` or ``no`` as they answered.
    """

    kind: str
    text: str = field(repr=False)
    state: str = "new"

    def as_json(self) -> dict[str, str]:
        return {"kind": self.kind, "text": self.text, "state": self.state}


@dataclass(frozen=True)
class Evidence:
    """A file of a case; the content is read through the store.

    Attributes:
        flags: of FLAGS.
        caption: what was said with it.
        found: what was read in it; None before it was read, or when it is not of a kind that is.
        case_id: whose it was when it was read; a draft that is submitted gets another.
    """

    id: str
    kind: str
    size: int
    name: str = field(repr=False)
    sha256: str = field(repr=False)
    key: str = field(repr=False)
    flags: tuple[str, ...] = ()
    caption: str = field(default="", repr=False)
    found: tuple[Finding, ...] | None = field(default=None, repr=False)
    case_id: str = field(default="", repr=False, compare=False)

    @property
    def label(self) -> str:
        return FILE_FORMATS[self.kind].label if self.kind in FILE_FORMATS else self.kind

    @property
    def opened_by(self) -> str:
        """What somebody needs who has downloaded it; empty where any office has it."""
        return FILE_FORMATS[self.kind].opened_by if self.kind in FILE_FORMATS else ""

    @property
    def warnings(self) -> list[str]:
        return [FLAGS[flag] for flag in self.flags if flag in FLAGS]

    def about(self) -> dict[str, Any]:
        """What of it is sealed."""
        found = None if self.found is None else [finding.as_json() for finding in self.found]
        about = {"name": self.name, "sha256": self.sha256, "key": self.key, "found": found}
        return {**about, "flags": list(self.flags), "caption": self.caption}

    @classmethod
    def read(cls, evidence_id: str, kind: str, size: int, about: dict[str, Any]) -> Evidence:
        """What was kept, also by versions that kept less."""
        found = about.get("found")
        findings = None if found is None else tuple(Finding(**finding) for finding in found)
        known = {name: about[name] for name in ("name", "sha256", "key")}
        flags = tuple(about.get("flags", ()))
        return cls(evidence_id, kind, size, **known, flags=flags, caption=about.get("caption", ""), found=findings)


class SealedWriter:
    """Seals what is written to it; nothing of the content is on disk in clear at any time."""

    def __init__(self, folder: Path, most: int) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.id, self._key = secrets.token_hex(16), AESGCM.generate_key(256)
        self._path, self._most = folder / self.id, most
        self._file = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._cipher, self._count, self._rest = AESGCM(self._key), 0, b""
        self.size, self._digest = 0, hashlib.sha256()
        self._written: tuple[str, str] | None = None

    def write(self, data: bytes) -> None:
        """Take the next part.

        Raises:
            EvidenceError: the file is larger than allowed.
        """
        self.size += len(data)
        if self.size > self._most:
            raise EvidenceError(f"文件超过 {self._most // 2**20} MB，没有收下。请压缩或分成几个再传。")
        self._digest.update(data)
        self._rest += data
        while len(self._rest) > CHUNK:
            self._seal(self._rest[:CHUNK], last=False)
            self._rest = self._rest[CHUNK:]

    def finish(self) -> tuple[str, str]:
        """Seal the last part and put it on disk for good, once; returns key and SHA-256, both hex."""
        if self._written is None:
            self._seal(self._rest, last=True)
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._written = self._key.hex(), self._digest.hexdigest()
        return self._written

    def content(self) -> bytes:
        """What was written, read back from where it is sealed."""
        key, _ = self.finish()
        return b"".join(opened(self._path.parent, self.id, key))

    def __enter__(self) -> SealedWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *about: object) -> None:
        """What was broken off leaves nothing behind."""
        if kind is not None:
            self.discard()

    def discard(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def _seal(self, part: bytes, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._count, last), part, self.id.encode()))
        self._count += 1


def sealed_size(size: int) -> int:
    """How long a file of so many bytes is when it is sealed; an empty one has a chunk too."""
    return size + TAG * max(1, -(-size // CHUNK))


def _nonce(count: int, last: bool) -> bytes:
    return count.to_bytes(11, "big") + bytes([last])


def opened(folder: Path, evidence_id: str, key: str) -> Iterator[bytes]:
    """The content of a sealed file, part by part.

    Raises:
        EvidenceError: it was changed or cut since it was sealed.
    """
    if not key:
        raise EvidenceError("文件已密封，您的账号现在打不开。请退出后重新登录工作台，再打开。")
    cipher = AESGCM(bytes.fromhex(key))
    try:
        with (folder / evidence_id).open("rb") as file:
            part, count = file.read(CHUNK + TAG), 0
            while True:
                following = file.read(CHUNK + TAG)
                yield cipher.decrypt(_nonce(count, not following), part, evidence_id.encode())
                if not following:
                    return
                part, count = following, count + 1
    except (InvalidTag, OSError) as error:
        raise EvidenceError("文件已损坏或被改动，无法打开。") from error


def safe_name(name: str) -> str:
    """A file's name without any folder, control character or markup; never empty."""
    last = re.split(r"[/\\]", clean(name))[-1]
    kept = re.sub(r"[^\w.\-（）() ]", "_", last).strip(". ")
    return kept[-LONGEST_NAME:].lstrip(". ") or "文件"


def named(name: str, kind: str) -> str:
    """A safe name that ends as its content is: what is called 图.exe or 说明.bat and is none runs nowhere."""
    safe = safe_name(name)
    ending = safe.rpartition(".")[2].lower() if "." in safe else ""
    known = {ending for each in FILE_FORMATS.values() for ending in (each.id, *each.endings)}
    own = (FILE_FORMATS[kind].id, *FILE_FORMATS[kind].endings) if kind in FILE_FORMATS else (kind,)
    if ending in own or (ending in known and kind in PICTURES):  # 照片.jpg that is a PNG keeps its name
        return safe
    last = "txt" if kind in ITEMS else kind
    return safe[-(LONGEST_NAME - len(last) - 1) :].lstrip(". ") + f".{last}"


@dataclass(frozen=True)
class Checked:
    """What a file is, and what whoever opens it should know (FLAGS)."""

    kind: str
    flags: tuple[str, ...] = ()


def checked_kind(content: bytes, name: str = "") -> str:
    """What a file is, by its content; see ``checked``."""
    return checked(content).kind


def checked(content: bytes) -> Checked:
    """Look at a file before it is kept.

    Raises:
        EvidenceError: it is empty, a program, two things at once, a bomb, or of a kind that is not taken.
    """
    if not content:
        raise EvidenceError("文件是空的，没有收下。请重新选择。")
    if is_program(content):
        raise EvidenceError(PROGRAM)
    kind = detect_format(content)
    if not kind:
        locked = content.startswith(OLE) and has_stream(content, ENCRYPTED_STREAM)
        raise EvidenceError(LOCKED if locked else f"认不出这种文件。可以上传{ACCEPTED_WORDS}；别的请截图后上传。")
    _check_single(content, kind)
    if kind in PICTURES:
        _check_picture(content, kind)
    elif kind in TEXTS:
        _check_text(content)
    return Checked(kind, tuple(_flags(content, kind)))


PROGRAM = "不能上传程序文件。请上传截图、照片或文档；App 请写下名称和下载网址。"
LOCKED = "文件加了密码，办理单位打不开。请去掉密码再传。"
HIDDEN = "文件里藏有别的内容，没有收下。请另存或截图后再传。"
WEB_PAGE = "网页文件不能直接收。请截图，或用浏览器“打印”存成 PDF 再传，网址也可以直接发给我。"
PACKED = {"zip", "docx", "xlsx", "pptx", "odt", "ods", "odp", "ofd"}
OLE_KINDS = {"doc", "xls", "ppt", "msg"}
TEXTS = {"txt", "contact"}


def _flags(content: bytes, kind: str) -> Iterator[str]:
    """What whoever opens a file should know.

    Raises:
        EvidenceError: it is packed, and something in it is not taken.
    """
    if kind in PACKED:
        yield from sorted(_check_zip(content, kind))
    elif kind in OLE_KINDS and (has_stream(content, "_VBA_PROJECT") or has_stream(content, "Macros")):
        yield "macros"
    elif kind == "rtf":
        if b"\\obj" in content:
            yield "embedded"
        if rich_text_fetches(content):
            yield "remote"
    elif kind == "pdf" and re.search(rb"/(?:JavaScript|JS|Launch|EmbeddedFile)\b", content):
        yield "script"
    elif kind in UNOPENED:
        yield "unopened"
    elif kind == "eml":
        _check_mail(content)


def _check_single(content: bytes, kind: str) -> None:
    """A file that is two things at once is taken by neither name.

    Raises:
        EvidenceError: it is.
    """
    if kind not in PACKED | OLE_KINDS | UNOPENED | {"eml"} and zipfile.is_zipfile(io.BytesIO(content)):
        raise EvidenceError(HIDDEN)
    if kind not in ("pdf", "eml") and b"%PDF-" in content[:1024]:
        raise EvidenceError(HIDDEN)


def _check_text(content: bytes) -> None:
    text = decoded(content) or ""
    if is_web_page(text):
        raise EvidenceError(WEB_PAGE)
    if is_script(text):
        raise EvidenceError(PROGRAM)


# Beyond these the standard library takes minutes to read a mail: pieces, pieces in pieces, and one header.
MOST_PIECES, MOST_BOUNDARIES, LONGEST_HEADER = 2000, 50, 64 * 1024
HEADER = re.compile(rb"(?m)^[A-Za-z0-9-]+:.*(?:\r?\n[ \t].*)*")
TANGLED = "这封邮件太复杂，没有收下。请把邮件截图，或存成 PDF 再传。"


def _check_mail(content: bytes) -> None:
    """Look at what is attached to a mail.

    Raises:
        EvidenceError: a program is, or it is made so that reading it takes for ever.
    """
    pieces, boundaries = content.count(b"\n--"), content.lower().count(b"boundary")
    longest = max((match.end() - match.start() for match in HEADER.finditer(content)), default=0)
    if pieces > MOST_PIECES or boundaries > MOST_BOUNDARIES or longest > LONGEST_HEADER:
        raise EvidenceError(TANGLED)
    try:
        bodies = [part.get_payload(decode=True) for part in mail_of(content).walk()]
    except RecursionError as error:
        raise EvidenceError(TANGLED) from error
    if any(isinstance(body, bytes) and is_program(body) for body in bodies):
        raise EvidenceError("邮件的附件里带有程序，没有收下。请去掉附件，或把邮件截图后再传。")


@dataclass
class Unpacked:
    """How much of a file was unpacked so far: documents in an archive count with it, or many small ones were a bomb."""

    entries: int = 0
    size: int = 0


def _check_zip(content: bytes, kind: str, so_far: Unpacked | None = None) -> set[str]:
    """Look into a zip without unpacking it, and into the documents that lie in it; returns flags."""
    so_far = so_far or Unpacked()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            so_far.entries, so_far.size = so_far.entries + len(entries), so_far.size + unpacked
            if (
                len(entries) > MOST_ENTRIES
                or so_far.entries > MOST_ENTRIES_IN_ALL
                or so_far.size > MOST_UNPACKED
                or unpacked > max(len(content), 2**16) * MOST_RATIO
            ):
                raise EvidenceError("压缩包解开后过大，没有收下。请只打包需要的文件。")
            if _is_app({entry.filename for entry in entries}):
                raise EvidenceError(PROGRAM)
            found = {flag for entry in entries if (flag := _check_entry(archive, entry))}
            for entry in entries:
                found |= _check_part(archive, entry, kind, so_far)
            return found
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError) as error:
        if isinstance(error, EvidenceError):
            raise
        raise EvidenceError("压缩包已损坏，没有收下。请重新打包。") from error


def _is_app(names: set[str]) -> bool:
    """A zip that a telephone or a Java machine runs."""
    if {"classes.dex", "AndroidManifest.xml", "xapk.json"} & {name.rpartition("/")[2] for name in names}:
        return True
    if any(re.match(r"Payload/[^/]+\.app/", name) for name in names):
        return True
    return "META-INF/MANIFEST.MF" in names and any(name.endswith(".class") for name in names)


def _check_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    """Look at one file of a zip; returns a flag, empty for none."""
    name = entry.filename
    tricky = name.startswith(("/", "\\")) or DRIVE.match(name) or ".." in FOLDERS.split(name)
    if tricky or stat.S_ISLNK(entry.external_attr >> 16):
        raise EvidenceError("压缩包里的文件路径不正常，没有收下。请重新打包。")
    if entry.flag_bits & 1:
        raise EvidenceError(LOCKED.replace("文件", "压缩包"))
    last = name.rpartition("/")[2].lower()
    if last == "vbaproject.bin" or "/macrosheets/" in name.lower():
        return "macros"
    try:
        with archive.open(entry) as file:
            head = file.read(HEAD)
    except NotImplementedError:  # packed in a way that only Windows unpacks
        return "unopened"
    if is_program(head) or (TEXT_ENDINGS.search(last) and is_script(decoded(head) or "")):
        raise EvidenceError("压缩包或文档里带有程序，没有收下。请去掉程序后再传。")
    if head.startswith(OLE) and has_stream(head, "_VBA_PROJECT"):
        return "macros"
    if head.startswith((b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf")) and not last.endswith(DOCUMENT_ENDINGS):
        return "nested"
    return "embedded" if re.search(r"(?:word|xl|ppt)/(?:embeddings|activex)/", name.lower()) else ""


DOCUMENT_ENDINGS = (".docx", ".xlsx", ".pptx", ".docm", ".xlsm", ".pptm", ".odt", ".ods", ".odp", ".ofd")
WEB_ENDINGS = re.compile(r"\.(?:x?html?|shtml|mht|mhtml|svgz?|hta|url|webarchive)$")
LARGEST_INSIDE = 20 * 2**20


def _check_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, kind: str, so_far: Unpacked) -> set[str]:
    """What a part of a document fetches when it is opened; in a plain zip, pages of the web and what documents fetch.

    Raises:
        EvidenceError: such a document is not taken.
    """
    if entry.file_size > LARGEST_INSIDE:
        return set()
    try:
        inside = archive.read(entry)
    except NotImplementedError:  # said as unopened
        return set()
    if kind != "zip":
        return {"remote"} if package_fetches(entry.filename, inside) else set()
    found, head = detect_format(inside), inside[:HEAD].removeprefix(b"\xef\xbb\xbf")
    if found in PACKED and found != "zip":
        return _check_zip(inside, found, so_far)
    return {
        flag
        for flag, holds in (
            ("web_page", WEB_ENDINGS.search(entry.filename.lower())),
            ("web_page", is_web_page(decoded(head) or head.decode("latin-1"))),
            ("remote", found == "rtf" and rich_text_fetches(inside)),
            ("nested", found in UNOPENED),
        )
        if holds
    }


# Scripts that Windows runs by their name: only what is called so is looked at as one inside a zip.
TEXT_ENDINGS = re.compile(r"\.(?:bat|cmd|vbs|vbe|js|jse|wsf|wsh|ps1|hta|reg|sh|scf|inf|php)$")


def _check_picture(content: bytes, kind: str) -> None:
    """Whether a picture is whole, and not larger than a machine can hold.

    HEIC and AVIF are not decoded here, only their boxes are counted: their decoders run in the paper process.

    Raises:
        EvidenceError: it is not.
    """
    if kind in ("heic", "avif"):
        boxes = list(boxes_of(content))
        if not {b"meta", b"moov"} & {name for name, _, _ in boxes} or boxes[-1][2] > len(content):
            raise EvidenceError(BROKEN_PICTURE)
        return
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise EvidenceError("图片尺寸过大，没有收下。请缩小或截图后再传。")
            if kind != "tiff":
                image.load()
    except EvidenceError:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise EvidenceError(BROKEN_PICTURE) from error


BROKEN_PICTURE = "图片已损坏，没有收下。请重新拍照或截图。"
