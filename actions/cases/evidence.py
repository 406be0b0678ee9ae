"""Files that come with a case: sealed while they arrive, checked by content, deleted with their case.

A file is cut into chunks of 64 KiB, each sealed with AES-GCM under a key of its own (the STREAM construction: the
nonce counts the chunks and marks the last, so that none can be dropped or moved). The key is sealed in the store.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import filetype
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from PIL import Image, ImageOps, UnidentifiedImageError

from knowledge.text import clean

CHUNK, TAG = 64 * 1024, 16
IMAGES = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "bmp": "BMP"}
OFFICE = {"docx", "xlsx", "pptx", "doc", "xls", "ppt"}
SOUND = {"mp3", "m4a", "wav", "amr", "ogg", "aac", "flac"}
FILM = {"mp4", "mov", "3gp", "webm", "avi", "mkv"}
ALLOWED = {*IMAGES, *OFFICE, *SOUND, *FILM, "pdf", "zip"}
# What a browser shows by itself; everything else is only ever downloaded.
MEDIA_SHOWN = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif", "bmp": "image/bmp"}
MEDIA_SHOWN |= {"pdf": "application/pdf", "mp3": "audio/mpeg", "m4a": "audio/mp4", "wav": "audio/wav"}
MEDIA_SHOWN |= {"ogg": "audio/ogg", "mp4": "video/mp4", "webm": "video/webm"}
ACCEPTED_WORDS = "图片、PDF、Word、Excel、PPT、录音、视频和 zip 压缩包"
PROGRAMS = re.compile(
    r"\.(exe|dll|com|scr|bat|cmd|ps1|vbs|vbe|js|jse|wsf|msi|jar|apk|sh|lnk|hta|cpl|pif|reg|iso|dmg|elf)$", re.IGNORECASE
)
PROGRAM_HEADS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")
MOST_ENTRIES, MOST_UNPACKED, MOST_RATIO = 1000, 300 * 1024 * 1024, 120
MOST_PIXELS = 80_000_000
LONGEST_NAME = 80


class EvidenceError(ValueError):
    """A file that is not taken; the message says why and what to do, in Chinese."""


@dataclass(frozen=True)
class Evidence:
    """A file of a case; the content is read through the store."""

    id: str
    kind: str
    size: int
    name: str = field(repr=False)
    sha256: str = field(repr=False)
    key: str = field(repr=False)


class SealedWriter:
    """Seals what is written to it; nothing of the content is on disk in clear at any time."""

    def __init__(self, folder: Path, most: int) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.id, self._key = secrets.token_hex(16), AESGCM.generate_key(256)
        self._path, self._most = folder / self.id, most
        self._file = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._cipher, self._count, self._rest = AESGCM(self._key), 0, b""
        self.size, self._digest = 0, hashlib.sha256()

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
        """Seal the last part and put it on disk for good; returns key and SHA-256, both hex."""
        self._seal(self._rest, last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return self._key.hex(), self._digest.hexdigest()

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


def _nonce(count: int, last: bool) -> bytes:
    return count.to_bytes(11, "big") + bytes([last])


def opened(folder: Path, evidence_id: str, key: str) -> Iterator[bytes]:
    """The content of a sealed file, part by part.

    Raises:
        EvidenceError: it was changed or cut since it was sealed.
    """
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


def checked_kind(content: bytes, name: str) -> str:
    """What a file is, by its content.

    Raises:
        EvidenceError: it is empty, a program, two things at once, a bomb, or of a kind that is not taken.
    """
    if not content:
        raise EvidenceError("文件是空的，没有收下。请重新选择。")
    if content.startswith(PROGRAM_HEADS) or PROGRAMS.search(name):
        raise EvidenceError("不能上传程序文件。请上传截图、照片或文档。")
    guessed = filetype.guess(content)
    kind = {"jpeg": "jpg", "tif": "tiff"}.get(guessed.extension, guessed.extension) if guessed else ""
    if kind not in ALLOWED:
        raise EvidenceError(f"认不出这种文件。可以上传{ACCEPTED_WORDS}。")
    packed = kind in ("zip", "docx", "xlsx", "pptx")
    if packed:
        _check_zip(content)
    elif zipfile.is_zipfile(io.BytesIO(content)) and kind not in OFFICE:
        raise EvidenceError("文件里藏有别的内容，没有收下。请另存或截图后再传。")
    if kind != "pdf" and b"%PDF-" in content[:1024]:
        raise EvidenceError("文件里藏有别的内容，没有收下。请另存或截图后再传。")
    if kind in IMAGES:
        _check_image(content)
    return kind


def _check_zip(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            if len(entries) > MOST_ENTRIES or unpacked > min(MOST_UNPACKED, max(len(content), 2**16) * MOST_RATIO):
                raise EvidenceError("压缩包解开后过大，没有收下。请只打包需要的文件。")
            for entry in entries:
                tricky = entry.filename.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", entry.filename)
                if tricky or ":" in entry.filename or stat.S_ISLNK(entry.external_attr >> 16):
                    raise EvidenceError("压缩包里的文件路径不正常，没有收下。请重新打包。")
                if PROGRAMS.search(entry.filename) or entry.filename.endswith("vbaProject.bin"):
                    raise EvidenceError("压缩包或文档里带有程序，没有收下。请去掉程序或宏后再传。")
                if entry.flag_bits & 1:
                    raise EvidenceError("压缩包加了密码，办理单位打不开。请去掉密码再传。")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError) as error:
        if isinstance(error, EvidenceError):
            raise
        raise EvidenceError("压缩包已损坏，没有收下。请重新打包。") from error


def _check_image(content: bytes) -> None:
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise EvidenceError("图片尺寸过大，没有收下。请缩小或截图后再传。")
            image.load()
    except EvidenceError:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise EvidenceError("图片已损坏，没有收下。请重新拍照或截图。") from error


def shown_copy(content: bytes, kind: str) -> bytes:
    """An image as handlers see it: turned upright, without EXIF, GPS or anything else that is not pixels."""
    with Image.open(io.BytesIO(content)) as image:
        upright = ImageOps.exif_transpose(image)
        plain = Image.new(upright.mode, upright.size)
        plain.paste(upright)
        if upright.palette:
            plain.putpalette(upright.getpalette() or [])
    out = io.BytesIO()
    plain.save(out, IMAGES[kind])
    return out.getvalue()
