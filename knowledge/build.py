"""Builds a version of the knowledge base when its sources changed, and switches to it in one step."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from knowledge.bank import LEARNED, load_bank, load_out_of_scope
from knowledge.base import KnowledgeBase, _answers
from knowledge.classifier import Probabilities, TextClassifier
from knowledge.core import core
from knowledge.datafile import DATA
from knowledge.directory import load_directory, parse_form
from knowledge.documents import (
    PLAN_FOLDER,
    Document,
    DocumentError,
    DocumentInfo,
    load_plan,
    parse_document,
    read_document,
)
from knowledge.encoder import Encoder, Vectors, shared_encoder
from knowledge.index import Index
from knowledge.ranker import Bank, Evidence, Ranker, mention_keys, spread
from knowledge.settings import KnowledgeSettings
from knowledge.store import passages, write_database
from knowledge.text import add_words, normalise

# The current one, and what a process may still be answering from while it opens the next.
KEPT_VERSIONS = 3
# Written last into a version: its files and their digests.
COMPLETE = "complete"
# What a cached file that is not there, or not what it was, raises.
UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)
Say = Callable[[str], None]


def silent(message: str) -> None:
    """Say nothing."""


def open_knowledge(settings: KnowledgeSettings, say: Say = silent) -> KnowledgeBase:
    """Open the current version, building it first if the sources changed since."""
    folder = ensure_built(settings, say)
    return KnowledgeBase(folder, settings.encoder)


def ensure_built(settings: KnowledgeSettings, say: Say = silent) -> Path:
    """Return the folder of the version that the sources ask for, built if it is not there."""
    folder = built_folder(settings)
    if not is_whole(folder):
        with one_at_a_time(_versions(settings)):
            if not is_whole(folder):
                build(settings, folder, say)
    _point_to(settings, folder.name)
    return folder


def is_whole(folder: Path) -> bool:
    """Whether a version is there and each of its files is as it was built: a bad disk must not answer citizens."""
    try:
        digests: dict[str, str] = json.loads((folder / COMPLETE).read_text())
        return all(digest_of(folder / name) == digest for name, digest in digests.items())
    except (OSError, ValueError, AttributeError):
        return False


def digest_of(path: Path) -> str:
    """SHA-256 of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Let one process at a time write into a folder; the others wait, and find it done."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def built_folder(settings: KnowledgeSettings) -> Path:
    """Where the version is, or will be, that the sources as they are now ask for."""
    return _versions(settings) / source_hash(settings)


def source_hash(settings: KnowledgeSettings) -> str:
    """Hash of everything a version is made from: texts, data, added documents, code, encoder."""
    parts = (settings.encoder, program_hash(), hash_of(added_files(settings)))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def program_hash() -> str:
    """Hash of what comes with the program as its files are now: the plan, the data, this package's code.

    A city's own files are what its program comes with.
    """
    code = hash_of([*DATA.iterdir(), *PLAN_FOLDER.iterdir(), *Path(__file__).parent.glob("*.py")])
    city = KnowledgeSettings.current().city_dir
    return code + hash_of(city.iterdir()) if city else code


def added_files(settings: KnowledgeSettings) -> list[Path]:
    """What an installation has added to the program's own sources, in a fixed order."""
    learned = settings.data_dir / LEARNED
    return [*sorted(_added(settings).glob("*.json")), *([learned] if learned.is_file() else [])]


def hash_of(paths: Iterable[Path]) -> str:
    """Hash of files by name and content, whatever their order."""
    digest = hashlib.sha256()
    for path in sorted(path for path in paths if path.is_file()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def build(settings: KnowledgeSettings, folder: Path, say: Say = silent) -> None:
    """Build a version beside ``folder`` and rename it into place when it is whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    try:
        _build_into(work, settings, say)
        digests = {str(path.relative_to(work)): digest_of(path) for path in work.rglob("*") if path.is_file()}
        (work / COMPLETE).write_text(json.dumps(digests, indent=1))
        if folder.exists():
            shutil.rmtree(folder)
        work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _build_into(work: Path, settings: KnowledgeSettings, say: Say) -> None:
    say("读取方案、目录和问题库 …")
    documents = [load_plan(), *_added_documents(settings)]
    plan = documents[0]
    directory = load_directory(plan.clauses)
    form = parse_form(plan.clause("附件2").text)  # type: ignore[union-attr]
    bank = load_bank((clause.id for clause in plan.clauses), settings.data_dir / LEARNED)
    out_of_scope = load_out_of_scope()
    write_database(work / "knowledge.db", documents, directory, form, bank, out_of_scope)
    add_words(list(directory.names))

    say("计算句向量（首次约半分钟）…")
    encoder = shared_encoder(settings.encoder)
    cache = VectorCache(settings.data_dir / "cache", encoder)
    clauses = [clause for document in documents for clause in document.clauses]
    sentences = [(row, text) for row, clause in enumerate(clauses) for text in passages(clause)]
    vectors = cache.passages([text for _, text in sentences] + [clause.text for clause in clauses])
    index = Index.build([t for _, t in sentences], [r for r, _ in sentences], [c.text for c in clauses], vectors)
    index.save(work / "index")
    mentions = [mention_keys(directory, clause.text) for clause in clauses]
    rows = {clause.id: row for row, clause in enumerate(plan.clauses)}
    asked = [(question, entry) for entry in bank for question in entry.questions]
    asked_vectors = cache.queries([question for question, _ in asked])
    declined_vectors = cache.queries(out_of_scope)
    cache.save()

    say("训练条款判别与打分 …")
    labels = [entry.clauses for _, entry in asked]
    texts = [question for question, _ in asked]
    classifier, known_labels = _classifier(settings, texts, asked_vectors, labels)
    classifier.save(work / "clause_classifier.npz")
    np.save(work / "bank.npy", asked_vectors)
    answers = _answers([(q, e.job, e.clauses) for q, e in asked], rows, len(clauses))
    ranker = Ranker(index, Bank(asked_vectors, answers), mentions)
    known = spread(known_labels, classifier, rows, len(clauses))
    declined = spread(classifier.predict(out_of_scope, declined_vectors), classifier, rows, len(clauses))

    def evidence(text: str, vector: Vectors, probability: Probabilities, left_out: int | None) -> Evidence:
        asked_for = core(text)
        candidates = list(range(len(plan.clauses)))
        return Evidence(
            vector, candidates, *index.lexical(asked_for), mention_keys(directory, asked_for), probability, left_out
        )

    training = [evidence(texts[n], asked_vectors[n], known[n], n) for n in range(len(texts))]
    training += [evidence(q, v, p, None) for q, v, p in zip(out_of_scope, declined_vectors, declined, strict=True)]
    right = [{rows[clause] for clause in ids} for ids in labels] + [set() for _ in out_of_scope]
    ranker.fit(training, right)
    ranker.save(work / "ranker.json")


def _classifier(
    settings: KnowledgeSettings, texts: list[str], vectors: Vectors, labels: list[list[str]]
) -> tuple[TextClassifier, Probabilities]:
    """The clause classifier and what it says of each question unseen; kept, as most new versions ask the same bank."""
    code = hash_of([Path(__file__).parent / name for name in ("classifier.py", "core.py", "text.py")])
    asked = json.dumps([texts, labels], ensure_ascii=False).encode()
    name = hashlib.sha256(code.encode() + asked + vectors.tobytes()).hexdigest()[:16]
    folder = settings.data_dir / "cache" / f"classifier-{name}"
    try:
        # Both are zip files, whose checksums notice what a bad disk did to them.
        return TextClassifier.load(folder / "classifier.npz"), np.load(folder / "unseen.npz")["unseen"]
    except UNREADABLE:
        shutil.rmtree(folder, ignore_errors=True)
        classifier = TextClassifier().fit(texts, vectors, labels)
        unseen = classifier.cross_predict(texts, vectors, labels)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".classifier-", dir=folder.parent) as work:
            whole = Path(work) / "whole"
            whole.mkdir()
            classifier.save(whole / "classifier.npz")
            np.savez(whole / "unseen.npz", unseen=unseen)
            for old in folder.parent.glob("classifier-*"):
                shutil.rmtree(old, ignore_errors=True)
            whole.rename(folder)
    return classifier, unseen


class VectorCache:
    """Vectors by text on disk, so that a rebuild embeds only what is new."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        name = hashlib.sha256(encoder.name.encode()).hexdigest()[:12]
        self.path, self.encoder = folder / f"vectors-{name}.npz", encoder
        self.known: dict[str, Vectors] = {}
        self.changed = False
        with contextlib.suppress(*UNREADABLE), np.load(self.path) as stored:
            self.known = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))

    def queries(self, texts: list[str]) -> Vectors:
        """Vectors of questions, shape (n, d)."""
        return self._vectors("q", [core(text) for text in texts], self.encoder.queries)

    def passages(self, texts: list[str]) -> Vectors:
        """Vectors of passages, shape (n, d)."""
        return self._vectors("p", [normalise(text) for text in texts], self.encoder.passages)

    def _vectors(self, role: str, texts: list[str], embed: Callable[[list[str]], Vectors]) -> Vectors:
        keys = [hashlib.sha256(f"{role}:{text}".encode()).hexdigest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self.known}
        if new:
            self.changed = True
            self.known.update(zip(new, embed(list(new.values())), strict=True))
        return np.stack([self.known[key] for key in keys])

    def save(self) -> None:
        """Write what is new, if anything is."""
        if not self.changed:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(".tmp.npz")
        np.savez(temporary, keys=np.array(list(self.known)), vectors=np.stack(list(self.known.values())))
        temporary.replace(self.path)


def add_document(settings: KnowledgeSettings, path: Path, title: str, say: Say = silent) -> tuple[Document, Path]:
    """Add a document and build the version that has it; on any failure the base stays as it was.

    Raises:
        DocumentError: the file cannot be used; the message says what to do.
    """
    info, text = read_document(path, title)
    stored = _added(settings) / f"{info.id}.json"
    if stored.exists():
        raise DocumentError("这份文件已经添加过了。")
    document = parse_document(info, text)
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_text(json.dumps({"info": info.model_dump(mode="json"), "text": text}, ensure_ascii=False))
    try:
        return document, ensure_built(settings, say)
    except BaseException:
        stored.unlink()
        raise


def _added(settings: KnowledgeSettings) -> Path:
    return settings.data_dir / "documents"


def _added_documents(settings: KnowledgeSettings) -> list[Document]:
    documents = []
    for path in sorted(_added(settings).glob("*.json")):
        content = json.loads(path.read_text())
        documents.append(parse_document(DocumentInfo(**content["info"]), content["text"]))
    return documents


def _versions(settings: KnowledgeSettings) -> Path:
    return settings.data_dir / "knowledge"


def _point_to(settings: KnowledgeSettings, version: str) -> None:
    """Name the current version in one atomic step, then drop versions that nobody needs any more."""
    versions = _versions(settings)
    current = versions / "current"
    if not current.exists() or current.read_text() != version:
        temporary = versions / f".current-{os.getpid()}"
        temporary.write_text(version)
        temporary.replace(current)
    built = sorted((p for p in versions.iterdir() if (p / COMPLETE).exists()), key=lambda p: p.stat().st_mtime)
    for old in [folder for folder in built if folder.name != version][: -(KEPT_VERSIONS - 1)]:
        shutil.rmtree(old, ignore_errors=True)
