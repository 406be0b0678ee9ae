"""Documents the assistant answers from: the plan, and those an administrator adds."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import docx
import pypdf
from pydantic import Field

from knowledge.clauses import Clause, parse_clauses
from knowledge.datafile import Data, load, of_city

PLAN_FOLDER = Path(__file__).parent / "texts"
PLAN_ID = "luoyang-2016-58"
LARGEST_FILE = 20 * 1024 * 1024
LARGEST_TEXT = 2_000_000
LARGEST_UNPACKED = 200 * 1024 * 1024


class DocumentError(ValueError):
    """A document cannot be read or has no text to answer from. The message says what to do, in Chinese."""


class DocumentInfo(Data):
    """What a citation needs to name a document."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    title: str = Field(min_length=2, max_length=200)
    number: str = ""
    issuer: str = ""
    issued: date | None = None
    checked: date | None = None


@dataclass(frozen=True)
class Document:
    """A document with its clauses, in order."""

    info: DocumentInfo
    clauses: tuple[Clause, ...]

    @property
    def is_plan(self) -> bool:
        return self.info.id == PLAN_ID

    def clause(self, clause_id: str) -> Clause | None:
        return next((clause for clause in self.clauses if clause.id == clause_id), None)

    def url(self, clause: Clause) -> str:
        """Path of the page that shows the clause, with its anchor."""
        page = "/plan" if self.is_plan else f"/plan?doc={self.info.id}"
        return f"{page}#{clause.anchor}"


def load_plan() -> Document:
    """Read 洛政办〔2016〕58号 from the text kept beside this file, or another city's plan in its place."""
    info = load(PLAN_FOLDER / f"{PLAN_ID}.yml", DocumentInfo)
    text = of_city(PLAN_FOLDER / f"{PLAN_ID}.txt").read_text(encoding="utf-8")
    return Document(info, tuple(parse_clauses(text)))


def read_document(path: Path, title: str) -> tuple[DocumentInfo, str]:
    """Read a further document's text.

    Args:
        path: a .txt, .docx or .pdf file with text, at most 20 MiB.
        title: the name that citations give it.

    Returns:
        Its description and its text, one paragraph a block.

    Raises:
        DocumentError: the file is missing, too large, of another kind, damaged, or has no text.
    """
    if not path.is_file():
        raise DocumentError(f"找不到文件：{path}。请检查路径。")
    if path.stat().st_size > LARGEST_FILE:
        raise DocumentError(f"文件超过 20 MB：{path.name}。请拆分后再添加。")
    readers = {".txt": _read_text, ".docx": _read_docx, ".pdf": _read_pdf}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise DocumentError(f"不支持的文件类型“{path.suffix}”。请提供 .txt、.docx 或带文字的 .pdf 文件。")
    text = reader(path).strip()
    if len(re.findall(r"\w", text)) < 10:
        raise DocumentError(f"{path.name} 中没有可用的文字。扫描件请先做文字识别（OCR）再添加。")
    if len(text) > LARGEST_TEXT:
        raise DocumentError(f"{path.name} 的文字超过 200 万字。请拆分后再添加。")
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    try:
        return DocumentInfo(id=f"doc-{digest}", title=title.strip()), text
    except ValueError as error:
        raise DocumentError("文件标题应为 2 至 200 个字，请用 --title 重新填写。") from error


def parse_document(info: DocumentInfo, text: str) -> Document:
    """Cut a document into clauses by its own numbering, else paragraph by paragraph (第1段 …)."""
    try:
        clauses = parse_clauses(text)
    except ValueError:
        blocks = [block.strip() for block in re.split(r"\n\s*\n|\n", text) if block.strip()]
        clauses = [Clause(f"第{n}段", (info.title,), block) for n, block in enumerate(blocks, start=1)]
    return Document(info, tuple(replace(clause, path=clause.path or (info.title,)) for clause in clauses))


def _read_text(path: Path) -> str:
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DocumentError(f"{path.name} 的文字编码无法识别。请另存为 UTF-8 后再添加。")


def _read_docx(path: Path) -> str:
    try:
        with ZipFile(path) as parts:
            if sum(part.file_size for part in parts.infolist()) > LARGEST_UNPACKED:
                raise ValueError("unpacks to too much")
        return "\n\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)
    except Exception as error:  # a damaged file makes zip, XML and Word's own reader fail in a dozen ways
        raise DocumentError(f"{path.name} 不是有效的 Word 文件。请用 Word 或 WPS 另存为 .docx 后再添加。") from error


def _read_pdf(path: Path) -> str:
    try:
        return "\n\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    except Exception as error:  # pypdf fails on damaged files with whatever its parts raise
        raise DocumentError(f"{path.name} 无法读取，可能已损坏或加密。请提供未加密、带文字的 PDF。") from error
