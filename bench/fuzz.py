"""``python -m bench.fuzz``: what strangers send, made up by the ten thousand.

Coverage-guided fuzzing (atheris) of everything that reads a file or a message, each reader in a process of its own
with a limit on time a case and on memory; then schemathesis against the description of the served HTTP contract, from
an environment of its own (``.bench/schemathesis``). A reader may refuse with the errors it declares, and with nothing
else; the server may refuse with 4xx in Chinese, and never with 5xx.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from bench.serving import ROOT, lend_built, serve_ours

RUNS, HTTP_CASES = 25_000, 1500
SECONDS_A_CASE, MEMORY_MIB = 10, 2048
FOLDER, LOCK = ROOT / ".bench" / "schemathesis", ROOT / "bench" / "schemathesis.lock"
TEXTS = (
    "P2P谁牵头",
    "138 3791 2345",
    "五千万零3百元",
    "2016年10月13日下午",
    "一、总则\n（一）目标\n1. 内容。",
    "下周三之前",
    "1234 5678 9012 3456",
    "91410300MA3X9UXN5K",
    "1和3，不要2",
    "\u200bP2P\u202e\ufeff",
)
Reader = Callable[[bytes], None]


def documents() -> Reader:
    """Documents that an administrator adds: .docx, .pdf, .html, .txt."""
    from knowledge.holdings import Given, draft
    from knowledge.reading.blocks import DocumentError

    folder = Path(tempfile.mkdtemp())

    def read(data: bytes) -> None:
        ending = {b"PK": ".docx", b"%P": ".pdf", b"<h": ".html"}.get(data[:2], ".txt")
        path = folder / f"a{ending}"
        path.write_bytes(data)
        with suppress(DocumentError):
            draft(path, Given("试验文件"), lambda said: None)

    return read


def uploads() -> Reader:
    """Files that come with a tip-off, their names, and the copy that officials see."""
    from casework.cases.evidence import EvidenceError, checked, safe_name
    from casework.cases.file_formats import FILE_FORMATS
    from casework.cases.views import view_of

    def read(data: bytes) -> None:
        with suppress(EvidenceError):
            kind = FILE_FORMATS[checked(data).kind]
            if kind.shown in ("picture", "text"):
                view_of(data, kind.id)
        name = safe_name(data[:300].decode("utf-8", "replace"))
        assert name and "/" not in name and "\0" not in name and not name.startswith(".")

    return read


def messages() -> Reader:
    """A message as the understanding reads it."""
    from bot.conversations import masked
    from casework.cases.codes import found_code
    from casework.cases.receipts import found_receipt
    from casework.desk.dates import find_day, find_span
    from knowledge.query_cleaning import clean_query
    from knowledge.text import clean, normalise

    today = date(2016, 10, 13)

    def read(data: bytes) -> None:
        text = clean(data.decode("utf-8", "replace"))[:1000]
        normalise(text)
        clean_query(text)
        find_day(text, today)
        find_span(text, today)
        found_code(text)
        receipt = found_receipt(text)
        assert receipt is None or re.fullmatch(r"\d{16}", receipt)
        masked(text)

    return read


def answers() -> Reader:
    """An answer to each kind of question of both interviews."""
    from casework.interview.answers import read as read_answer
    from casework.interview.errors import AnswerError
    from casework.interview.questions import Question
    from casework.self_check.definition import self_check_definition
    from casework.tip_off.definition import tip_off_definition

    asked: dict[str, Question] = {}
    for definition in (self_check_definition(), tip_off_definition()):
        asked |= {question.type: question for question in definition.questions}

    def read(data: bytes) -> None:
        text = data.decode("utf-8", "replace")[:1000]
        for question in asked.values():
            try:
                read_answer(question, text)
            except AnswerError as error:
                assert re.search(r"[一-鿿]", error.wrong)

    return read


def clauses() -> Reader:
    """A text as it is cut into clauses."""
    from knowledge.clauses import parse_clauses

    def read(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        with suppress(ValueError):
            parse_clauses(text)

    return read


READERS: dict[str, Callable[[], Reader]] = {
    "documents": documents,
    "uploads": uploads,
    "messages": messages,
    "answers": answers,
    "clauses": clauses,
}


def seeds(folder: Path) -> None:
    """What is read well, to change from there."""
    import docx
    from PIL import Image

    written = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("一、总则\n（一）目标。规范发展。")
    document.save(written)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "x")
    found = [written.getvalue(), packed.getvalue(), b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>"]
    for form in ("PNG", "JPEG", "GIF", "WEBP", "BMP"):
        image = io.BytesIO()
        Image.new("RGB", (8, 8)).save(image, form)
        found.append(image.getvalue())
    found += [text.encode() for text in TEXTS]
    for number, content in enumerate(found):
        (folder / str(number)).write_bytes(content)


def fuzz(name: str, runs: int, seed: int) -> None:
    """Feed one reader until it has read so many cases or does something it may not; ends the process."""
    import atheris  # type: ignore[import-untyped]

    with atheris.instrument_imports(include=["knowledge", "storage", "casework", "actions", "bot.conversations"]):
        read = READERS[name]()
    corpus = Path(tempfile.mkdtemp())
    seeds(corpus)
    artifacts = f"{tempfile.mkdtemp()}/"
    options = [
        f"-runs={runs}",
        f"-seed={seed}",
        f"-timeout={SECONDS_A_CASE}",
        f"-rss_limit_mb={MEMORY_MIB}",
        "-max_len=65536",
    ]
    atheris.Setup([sys.argv[0], str(corpus), *options, "-print_final_stats=1", f"-artifact_prefix={artifacts}"], read)
    atheris.Fuzz()


def in_its_own_process(name: str, runs: int, seed: int = 58) -> str:
    """One reader's campaign; what it came to.

    Raises:
        RuntimeError: the reader did something it may not; with the end of what was said of it.
    """
    # Linux hands a process the peak memory of the one that started it, which libFuzzer would count: a shell between.
    between = ["sh", "-c", '"$@"; exit $?', "sh"]
    command = [*between, sys.executable, "-W", "ignore", "-m", "bench.fuzz", name]
    command += ["--runs", str(runs), "--seed", str(seed)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, errors="replace")
    said = dict(re.findall(r"stat::(\w+):\s+(\d+)", done.stderr))
    if done.returncode != 0:
        raise RuntimeError(f"{name}: {done.stdout[-1500:]}{done.stderr[-300:]}")
    return f"{name:<10} {said['number_of_executed_units']:>6} cases, peak {said['peak_rss_mb']} MiB, nothing found"


def over_http(cases: int) -> int:
    """Schemathesis against a served assistant; returns its exit status."""
    program = FOLDER / "bin" / "schemathesis"
    if not program.exists():
        subprocess.run([os.environ.get("PYTHON", "python3.11"), "-m", "venv", FOLDER], check=True)
        subprocess.run([FOLDER / "bin" / "pip", "install", "-q", "--no-deps", "-r", LOCK], check=True)
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    with tempfile.TemporaryDirectory() as folder:
        lend_built(Path(folder))
        with serve_ours(ASSISTANT_DATA_DIR=folder) as (url, _):
            command: list[Any] = [program, "run", f"{url}/openapi.json", "--max-examples", str(cases)]
            return subprocess.run([*command, "--checks", checks], check=False, cwd=folder).returncode


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("reader", nargs="?", choices=list(READERS))
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=58)
    parser.add_argument("--no-http", action="store_true")
    options = parser.parse_args()
    if options.reader:
        fuzz(options.reader, options.runs, options.seed)
        return 0
    failed = 0
    for name in READERS:
        try:
            print(in_its_own_process(name, options.runs, options.seed), flush=True)
        except RuntimeError as error:
            print(error, flush=True)
            failed = 1
    return failed if options.no_http else over_http(HTTP_CASES) or failed


if __name__ == "__main__":
    sys.exit(main())
