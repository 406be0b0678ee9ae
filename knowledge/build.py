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
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

from knowledge import holdings
from knowledge.base import KnowledgeBase
from knowledge.context import load_turns
from knowledge.datafile import DATA, city_folder
from knowledge.directory import Directory, load_directory, parse_form
from knowledge.documents import PLAN_FOLDER, Document, Relation, Standing, load_plan
from knowledge.encoder import encoder_version, shared_encoder
from knowledge.entries import Entries, load_entries
from knowledge.evidence import profile
from knowledge.holdings import Draft, Given, draft, known
from knowledge.index import Index
from knowledge.judge import OUT_OF_SCOPE, REPORT, Judge
from knowledge.postgres_vectors import PostgresVectors
from knowledge.query_cleaning import clean_query
from knowledge.question_bank import EXAMPLES, LEARNED, BankQuestion, load_learned, load_questions
from knowledge.safety import AlarmModel, load_sentences
from knowledge.settings import KnowledgeSettings
from knowledge.store import indexed_text, passages, write_database
from knowledge.text import add_words
from knowledge.vector_cache import VectorCache
from knowledge.verdicts import FEWEST, Labelled, VerdictModel, load_verdicts

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
    return KnowledgeBase(folder, settings.encoder, shared=shared_vectors(settings, folder))


def shared_vectors(settings: KnowledgeSettings, folder: Path) -> PostgresVectors | None:
    """Where all processes keep the vectors of a version, if it is large."""
    return PostgresVectors(settings.postgres_url, folder.name) if settings.postgres_url else None


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
    parts = (encoder_version(settings.encoder), program_hash(), hash_of(added_files(settings)))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def program_hash() -> str:
    """Hash of what comes with the program as its files are now: the plan, the data, this package's code.

    A city's own files are what its program comes with.
    """
    code = hash_of([*DATA.rglob("*"), *PLAN_FOLDER.iterdir(), *EXAMPLES.iterdir(), *Path(__file__).parent.glob("*.py")])
    city = city_folder()
    return code + hash_of(city.rglob("*")) if city else code


def added_files(settings: KnowledgeSettings) -> list[Path]:
    """What an installation has added to the program's own sources, in a fixed order."""
    learned = settings.data_dir / LEARNED
    return [*sorted(holdings.folder(settings).glob("*.json")), *([learned] if learned.is_file() else [])]


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
        _build_into(work, settings, say, shared_vectors(settings, folder))
        digests = {str(path.relative_to(work)): digest_of(path) for path in work.rglob("*") if path.is_file()}
        (work / COMPLETE).write_text(json.dumps(digests, indent=1))
        if folder.exists():
            shutil.rmtree(folder)
        work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _build_into(work: Path, settings: KnowledgeSettings, say: Say, shared: PostgresVectors | None) -> None:
    say("读取方案、事实和问题库 …")
    held = [load_plan(), *holdings.documents(settings)]
    plan = held[0]
    directory = load_directory(plan.clauses)
    form = parse_form(plan.clause("附件2").text)  # type: ignore[union-attr]
    entries = load_entries(plan.clauses)
    encoder = shared_encoder(settings.encoder)
    cache = VectorCache(settings.data_dir / "cache", encoder, say)
    bank = [*load_questions(entries), *_learned(settings, plan, entries, cache)]
    write_database(work / "knowledge.db", held, directory, form, entries, bank)
    add_words(list(directory.names))

    say(f"计算句向量（{len(bank)} 个问题，首次约一两分钟）…")
    # Old versions stand last in the database and not at all in the index: citations open them, no question finds them.
    index_of([document for document in held if document.is_searched], cache, say, shared).save(work / "index")
    texts, labels = in_one_form(settings, [asked.text for asked in bank]), [asked.label for asked in bank]
    asked_vectors = cache.cores(texts)
    cache.save()

    say("训练问题判别 …")
    # In the bank's order: a set's order differs from process to process, and with it what the judge is kept under.
    profiles = {label: profile(entries.get(label)) for label in dict.fromkeys(labels)}
    content = json.dumps([texts, labels, profiles], ensure_ascii=False).encode() + asked_vectors.tobytes()

    def judge() -> Judge:
        made = Judge()
        made.fit(texts, asked_vectors, labels, profiles, cache.cores, _trusted(texts, cache))
        return made

    _kept(settings, "judge", content + _code_of("judge", "discriminator", "evidence"), work, Judge.load, judge)
    _learn_verdicts(settings, work, load_verdicts(bank, entries), directory)
    _train_guard(settings, work, _ordinary(texts, labels), cache)
    cache.save()


def index_of(
    documents: Sequence[Document], cache: VectorCache, say: Say = silent, shared: PostgresVectors | None = None
) -> Index:
    """The index of documents, the plan first: sentences as they stand, clauses of the others below their headings."""
    clauses = [(document, clause) for document in documents for clause in document.clauses]
    sentences = [(row, text) for row, (_, clause) in enumerate(clauses) for text in passages(clause)]
    wholes = [indexed_text(document, clause) for document, clause in clauses]
    vectors = cache.passages([text for _, text in sentences] + wholes)
    return Index.build([text for _, text in sentences], [row for row, _ in sentences], wholes, vectors, say, shared)


def _learned(
    settings: KnowledgeSettings, plan: Document, entries: Entries, cache: VectorCache
) -> Iterator[BankQuestion]:
    """Questions that the office answered with a clause, each with the entry of that clause that is nearest to it."""
    for learned in load_learned((c.id for c in plan.clauses), settings.data_dir / LEARNED):
        facts = entries.by_clause.get(learned.clauses[0], [])
        if not facts:
            continue
        described = cache.queries([f"{fact.who}{fact.what}。{fact.conclusion}" for fact in facts])
        for question, vector in zip(learned.questions, cache.queries(learned.questions), strict=True):
            yield BankQuestion(question, facts[int((described @ vector).argmax())].id)


def _trusted(texts: list[str], cache: VectorCache) -> list[int]:
    """Rows of the questions that the encoder was not taught on; all, when it was taught on nearly everything."""
    rows = [row for row, text in enumerate(texts) if not cache.was_taught(text)]
    return rows if len(rows) >= FEWEST_TRUSTED else list(range(len(texts)))


def _ordinary(texts: Sequence[str], labels: Sequence[str]) -> list[str]:
    """Harmless messages for the guard: a part of the bank, all that sounds most like an alarm, and short follow-ups."""
    harmless = [(text, label) for text, label in zip(texts, labels, strict=True) if label not in OF_BEING_CHEATED]
    # Whoever reports what was done to them, or complains of a shop, sounds most like somebody who is being cheated now.
    near = [text for text, label in harmless if label in (REPORT, OUT_OF_SCOPE)]
    short = [
        clean_query(turn.then)
        for turns in load_turns().values()
        for turn in turns
        if not OF_BEING_CHEATED & {*turn.entry}
    ]
    return list(dict.fromkeys([*(text for text, _ in harmless[::ORDINARY_EVERY]), *near, *short]))


def _code_of(*modules: str) -> bytes:
    """Hash of the code that a trained judge is made by."""
    names = (*modules, "query_cleaning", "ngrams", "narrowing", "text")
    files = [Path(__file__).parent / f"{name}.py" for name in names]
    if missing := [path.name for path in files if not path.is_file()]:
        raise FileNotFoundError(f"no such module: {missing}")
    return hash_of(files).encode()


def _train_guard(settings: KnowledgeSettings, work: Path, ordinary: list[str], cache: VectorCache) -> None:
    """Train the guard on its sentences and on questions of the bank, which are harmless."""
    sentences = load_sentences()
    asked = json.dumps([[one.text, one.label] for one in sentences] + [ordinary], ensure_ascii=False)
    content = (
        asked.encode() + cache.encoder.version.encode() + _code_of("judge", "discriminator", "safety", "wording_model")
    )
    train = partial(AlarmModel.train, sentences, ordinary, cache.cores, partial(_trusted, cache=cache))
    _kept(settings, "guard", content, work, AlarmModel.load, train)


def _learn_verdicts(settings: KnowledgeSettings, work: Path, labelled: list[Labelled], directory: Directory) -> None:
    """Learn whether what questions suppose is so; nothing where too few are labelled."""
    if len(labelled) < FEWEST:
        return
    norms = {one.fact.id: one.fact.model_dump(mode="json") for one in labelled}
    names = [member.name for member in directory.members] + sorted(directory.names)
    asked = [[one.text, one.fact.id, one.verdict] for one in labelled]
    content = json.dumps([asked, norms, names], ensure_ascii=False)
    code = _code_of("verdicts", "values", "question_form", "directory", "judge")
    train = partial(VerdictModel.fit, directory, labelled)
    _kept(settings, "verdicts", content.encode() + code, work, partial(VerdictModel.load, directory=directory), train)


def _kept(
    settings: KnowledgeSettings, name: str, content: bytes, work: Path,
    open_: Callable[[Path], object], train: Callable[[], Trained],
) -> None:  # fmt: skip
    """Put a trained model into a version: the one in the cache that was made from the same content, or a new one."""
    key = hashlib.sha256(content).hexdigest()[:16]
    cached = settings.data_dir / "cache" / f"{name}-{key}.npz"
    try:
        open_(cached)  # a zip file, whose checksums notice what a bad disk did to it
    except UNREADABLE:
        cached.parent.mkdir(parents=True, exist_ok=True)
        part = cached.with_suffix(f".{os.getpid()}.part")
        train().save(part)
        for old in cached.parent.glob(f"{name}-*.npz"):
            old.unlink(missing_ok=True)
        part.replace(cached)
    shutil.copyfile(cached, work / f"{name}.npz")


class Trained(Protocol):
    """What a build trains and keeps."""

    def save(self, path: Path) -> None: ...


# Questions of the bank that the guard learns as harmless: every so many-th.
ORDINARY_EVERY = 3
# What is asked under these is often asked while it happens.
OF_BEING_CHEATED = {"open.pay_to_recover", "open.transferred_now", "open.refund_notice"}
# Questions by which the judge is set are at least these.
FEWEST_TRUSTED = 300


def in_one_form(settings: KnowledgeSettings, texts: list[str]) -> list[str]:
    """The bank's questions as ``core`` leaves them, remembered on disk: a millisecond each makes half of a build."""
    here = Path(__file__).parent
    made_by = hash_of(
        [here / "query_cleaning.py", here / "text.py", here / "spelling.py", DATA / "terms.yml", DATA / "directory.yml"]
    )
    path = settings.data_dir / "cache" / f"questions-{made_by[:16]}.json"
    known: dict[str, str] = {}
    with contextlib.suppress(*UNREADABLE):
        known = json.loads(path.read_text(encoding="utf-8"))
    new = {text: clean_query(text) for text in dict.fromkeys(texts) if text not in known}
    if new:
        known |= new
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
        part.replace(path)
    return [known[text] for text in texts]


def add_document(settings: KnowledgeSettings, path: Path, title: str, say: Say = silent) -> tuple[Document, Path]:
    """Add a document as it is read, without a look at it, and build the version that has it.

    Raises:
        DocumentError: the file cannot be used; the message says what to do.
    """
    drafted = draft(path, Given(title), say)
    return drafted.document, add_draft(settings, drafted, say=say)


def add_draft(settings: KnowledgeSettings, drafted: Draft, old: Document | None = None, say: Say = silent) -> Path:
    """Keep a draft, in the place of an older version if there is one; on any failure the base stays as it was.

    Raises:
        DocumentError: it is there already.
    """

    def change() -> None:
        if old:
            holdings.replace_by(settings, old, drafted)
        else:
            holdings.keep(settings, drafted)

    keys = [drafted.info.id, *([old.info.id] if old else [])]
    return _changed(settings, keys, change, say)


def remove_document(settings: KnowledgeSettings, name: str, say: Say = silent) -> Path:
    """Take a document and its older versions away and build the version without them."""
    document = known(settings, name)
    return _changed(
        settings, holdings.versions(settings, document.info.id), lambda: holdings.remove(settings, document), say
    )


def mark_document(
    settings: KnowledgeSettings, name: str, standing: Standing | None, relation: Relation | None, say: Say = silent
) -> Document:
    """Say that a document is in force, abolished or replaced, or what it is to the plan; None leaves it as it is."""
    document = known(settings, name)
    changed: list[Document] = []

    def change() -> None:
        info = document.info
        changed.append(holdings.restate(settings, document, standing or info.standing, relation or info.relation))

    _changed(settings, [document.info.id], change, say)
    return changed[0]


def _changed(settings: KnowledgeSettings, keys: list[str], change: Callable[[], object], say: Say) -> Path:
    before = [holdings.restored(settings, key) for key in keys]
    try:
        change()
        return ensure_built(settings, say)
    except BaseException:
        for restore in before:
            restore()
        raise


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
