"""The words in a file: read off pictures and scans, taken out of texts, mails and office documents.

Runs in a process of its own (``bot/workers.py``), which ends when nothing was read for a while: the recognition model
takes some 600 MB while it works. The model comes with the package; nothing is fetched.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from PIL import Image, ImageOps, ImageSequence

from casework.cases.evidence import EvidenceError
from casework.cases.file_formats import ITEMS, PICTURES, decoded
from casework.cases.views import LONGEST_SIDE, open_picture, words_of_mail, words_of_markup

MOST_CHARACTERS, MOST_PAGES, MOST_FRAMES = 100_000, 20, 10
# Smaller than this a picture has no room for words; a longer side than that adds none (found by hand on screenshots).
SHORTEST_SIDE, READ_SIDE = 32, 1600
# Characters of a PDF's page below which it is a scan.
FEW = 20
SURE = 0.6
READ = {*PICTURES, *ITEMS, "pdf", "txt", "eml", "docx", "xlsx", "pptx", "odt", "ods", "odp"}
# Where an office package keeps what is read.
TEXT_PARTS = re.compile(
    r"(?:word/(?:document|header\d*|footer\d*|footnotes|comments)|xl/sharedStrings|xl/worksheets/sheet\d+|ppt/slides/slide\d+|content)\.xml"
)
LARGEST_PART = 30 * 2**20


def words_of(content: bytes, kind: str) -> str:
    """The words in a file, a line each; empty when there are none, or when it cannot be read."""
    try:
        lines = _lines(content, kind)
        return "\n".join(lines)[:MOST_CHARACTERS].strip()
    except (EvidenceError, OSError, ValueError, SyntaxError, RuntimeError, MemoryError, zipfile.BadZipFile):
        return ""


def _lines(content: bytes, kind: str) -> Iterator[str]:
    if kind in PICTURES:
        with open_picture(content) as image:
            for frame, _ in zip(ImageSequence.Iterator(image), range(_frames(image)), strict=False):
                yield from read_off(frame)
    elif kind == "pdf":
        yield from _of_pdf(content)
    elif kind == "eml":
        yield words_of_mail(content)
    elif kind in ITEMS or kind == "txt":
        yield decoded(content) or ""
    elif kind in READ:
        yield from _of_package(content)


def _frames(image: Image.Image) -> int:
    """Pages of a scan are read, frames of a moving picture are not."""
    return MOST_FRAMES if image.format == "TIFF" else 1


def _of_pdf(content: bytes) -> Iterator[str]:
    import pypdfium2

    with pypdfium2.PdfDocument(content) as document:
        for number in range(min(len(document), MOST_PAGES)):
            page = document[number]
            text = page.get_textpage().get_text_bounded()
            if len(text.strip()) >= FEW:
                yield text
            else:
                scale = min(3.0, READ_SIDE / max(*page.get_size(), 1))
                yield from read_off(page.render(scale=scale).to_pil())


def _of_package(content: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            if TEXT_PARTS.fullmatch(entry.filename) and entry.file_size <= LARGEST_PART:
                yield words_of_markup(archive.read(entry).decode("utf-8", "replace"))


@lru_cache(maxsize=1)
def _reader() -> Any:
    """The recognition model, with one thread: the machine's cores answer people."""
    from rapidocr import RapidOCR

    threads = {f"EngineConfig.onnxruntime.{name}_op_num_threads": 1 for name in ("intra", "inter")}
    arena = {"EngineConfig.onnxruntime.enable_cpu_mem_arena": False}
    return RapidOCR(params={"Global.log_level": "error", **threads, **arena})


def read_off(image: Image.Image) -> list[str]:
    """The lines of words in a picture, from above, and what its QR codes say."""
    import numpy as np

    if min(image.size) < SHORTEST_SIDE:
        return []
    if image.format != "TIFF":  # made small in place, before it is whole in memory; a TIFF has further pages
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    picture = ImageOps.exif_transpose(image).convert("RGB")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    codes = _codes(np.asarray(picture.convert("L")))
    picture.thumbnail((READ_SIDE, READ_SIDE))
    found = _reader()(np.ascontiguousarray(np.asarray(picture)[:, :, ::-1]))
    texts, scores = found.txts or (), found.scores or ()
    return [*(text for text, score in zip(texts, scores, strict=True) if score >= SURE), *codes]


def _codes(grey: Any) -> list[str]:
    import cv2

    try:
        _, texts, _, _ = cv2.QRCodeDetector().detectAndDecodeMulti(grey)
    except cv2.error:
        return []
    return [text for text in texts if text]
