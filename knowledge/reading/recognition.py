"""Character recognition of scans (rapidocr with its own models), in a process of its own that is watched and bounded.

``python -m knowledge.reading.recognition FILE PAGES`` is that process: it prints one JSON line a page.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from knowledge.reading.blocks import DocumentError
from knowledge.reading.layout import Glyph, Sheet, lines_of

# What one page may take before it is given up, and the first, for which the models are loaded.
SECONDS_A_PAGE, SECONDS_FIRST = 90, 180
MEMORY = 6 * 1024**3
MOST_PAGES = 300
DOTS_AN_INCH = 170
MOST_PIXELS = 80_000_000
# A character below this confidence is shown to whoever approves the document.
UNSURE = 0.75
ALL_PAGES = "all"
Say = Callable[[str], None]


def recognise(content: bytes, pages: Sequence[int] | None, name: str, say: Say) -> dict[int, Sheet]:
    """Read pages of a PDF, or all of a picture file (``pages`` is None).

    Raises:
        DocumentError: recognition is not installed, takes too long, or fails.
    """
    if pages is not None and len(pages) > MOST_PAGES:
        raise DocumentError(f"{name} 有 {len(pages)} 页扫描图片，超过 {MOST_PAGES} 页。请拆分后再添加。")
    with tempfile.TemporaryDirectory(prefix="recognition-") as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        wanted = ALL_PAGES if pages is None else ",".join(map(str, pages))
        sheets = dict(_watched(path, wanted, None if pages is None else len(pages), name, say))
    if not sheets:
        raise DocumentError(f"{name} 的图片没有识别出文字。请提供更清晰的扫描件，或 Word、带文字的 PDF。")
    return sheets


def _watched(path: Path, wanted: str, total: int | None, name: str, say: Say) -> Iterator[tuple[int, Sheet]]:
    """Pages as the process prints them; it is ended when a page takes too long."""
    environment = os.environ | {"PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "2"}
    command = [sys.executable, "-m", "knowledge.reading.recognition", str(path), wanted]
    root = Path(__file__).parent.parent.parent
    process = subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    expired = threading.Event()

    def end() -> None:
        expired.set()
        process.kill()

    timer = threading.Timer(SECONDS_FIRST, end)
    timer.start()
    done = 0
    try:
        for line in process.stdout or ():
            timer.cancel()
            found = json.loads(line)
            if "error" in found:
                raise DocumentError(f"{name}：{found['error']}")
            done += 1
            say(f"文字识别：第 {found['page'] + 1} 页" + (f"（{done}/{total}）" if total else ""))
            yield found["page"], _sheet(found)
            timer = threading.Timer(SECONDS_A_PAGE, end)
            timer.start()
        if process.wait() != 0:
            raise DocumentError(_why(name, expired.is_set()))
    finally:
        timer.cancel()
        process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()


def _why(name: str, expired: bool) -> str:
    if expired:
        return f"{name} 的文字识别超过了时限，没有添加。请拆成较小的文件再试。"
    return f"{name} 的文字识别没有完成（内存不足或图片损坏）。请拆成较小的文件，或提供带文字的文件。"


def _sheet(found: dict[str, Any]) -> Sheet:
    """A page as printed by the process, sizes of nearly one size made one."""
    boxes = found["boxes"]
    sheet = Sheet(found["width"], found["height"])
    if not boxes:
        return sheet
    usual = median(box["y1"] - box["y0"] for box in boxes)
    glyphs = []
    for box in boxes:
        high = box["y1"] - box["y0"]
        size = usual if abs(high - usual) < 0.3 * usual else high
        glyphs.append(Glyph(box["text"], box["x0"], box["x1"], box["y0"], box["y1"], size * 0.8))
    sheet.lines = lines_of(glyphs)
    doubts = [doubt for box in boxes for doubt in box["doubts"]]
    for line in sheet.lines:
        line.doubtful = tuple(doubt for doubt in doubts if doubt.replace("〔", "").replace("〕", "") in line.text)
    return sheet


# The process itself -----------------------------------------------------------------------------------------


def main(arguments: Sequence[str]) -> int:
    """Recognise the pages of a file; what goes wrong is printed as ``error``, in Chinese."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    path, wanted = Path(arguments[0]), arguments[1]
    try:
        engine = _engine()
        for number, picture in _pictures(path, wanted):
            print(json.dumps(_recognised(engine, number, picture), ensure_ascii=False), flush=True)
    except ModuleNotFoundError:
        print(json.dumps({"error": "这台机器没有安装文字识别组件（rapidocr），扫描件无法读取。"}, ensure_ascii=False))
        return 0
    except ValueError as error:
        print(json.dumps({"error": str(error)}, ensure_ascii=False))
        return 0
    return 0


def _engine() -> Any:
    from rapidocr import RapidOCR  # loads onnxruntime and OpenCV, which only this process needs

    return RapidOCR(params={
        "Global.log_level": "error",
        "Global.text_score": 0.05,  # what it is unsure of is shown, never dropped
        "Global.return_word_box": True,
        "Global.return_single_char_box": True,
        "EngineConfig.onnxruntime.intra_op_num_threads": 2,
    })  # fmt: skip


def _pictures(path: Path, wanted: str) -> Iterator[tuple[int, Any]]:
    if wanted == ALL_PAGES:
        yield from _frames(path)
        return
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    for number in map(int, wanted.split(",")):
        page = document[number]
        scale = DOTS_AN_INCH / 72
        if page.get_width() * page.get_height() * scale * scale > MOST_PIXELS:
            raise ValueError(f"第 {number + 1} 页尺寸过大，无法识别。")
        yield number, page.render(scale=scale).to_pil().convert("RGB")


def _frames(path: Path) -> Iterator[tuple[int, Any]]:
    from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(path) as image:
            for number, frame in enumerate(ImageSequence.Iterator(image)):
                if number >= MOST_PAGES:
                    raise ValueError(f"图片超过 {MOST_PAGES} 页。请拆分后再添加。")
                yield number, ImageOps.exif_transpose(frame).convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("图片无法打开，可能已损坏或过大。") from error


def _recognised(engine: Any, number: int, picture: Any) -> dict[str, Any]:
    import numpy as np

    found = engine(np.asarray(picture)[:, :, ::-1])
    boxes = []
    texts = found.txts or ()
    words = found.word_results if found.word_results and len(found.word_results) == len(texts) else ()
    for n, text in enumerate(texts):
        corners = found.boxes[n]
        xs, ys = [float(x) for x, _ in corners], [float(y) for _, y in corners]
        scores = (
            [(str(word[0]), float(word[1])) for word in words[n] or ()] if words else [(text, float(found.scores[n]))]
        )
        boxes.append(
            {"text": text, "x0": min(xs), "x1": max(xs), "y0": min(ys), "y1": max(ys), "doubts": _doubts(scores)}
        )
    return {"page": number, "width": picture.width, "height": picture.height, "boxes": boxes}


def _doubts(scores: Sequence[tuple[str, float]]) -> list[str]:
    """Characters below the confidence, each marked in the few that stand around it: 资金〔池〕不得."""
    found = []
    chars = [char for char, _ in scores]
    for n, (char, score) in enumerate(scores):
        if score < UNSURE and char.strip():
            found.append(f"{''.join(chars[max(0, n - 4) : n])}〔{char}〕{''.join(chars[n + 1 : n + 5])}")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
