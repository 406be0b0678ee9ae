"""Stock Rasa as its documentation sets it up: DIET, ResponseSelector, TED, rules, an HTTP action server."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from types import TracebackType

import httpx
import yaml

from bench.databases import free_port
from knowledge.documents import load_plan
from knowledge.question_bank import by_clause, load_out_of_scope

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".bench"
LOCK = Path(__file__).parent / "stock-rasa.lock"
OTHER = "其他"
CONFIG = """
recipe: default.v1
language: zh
assistant_id: stock
pipeline:
  - name: JiebaTokenizer
  - name: RegexFeaturizer
  - name: LexicalSyntacticFeaturizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: 100
    constrain_similarities: true
  - name: ResponseSelector
    retrieval_intent: ask
    epochs: 100
    constrain_similarities: true
  - name: FallbackClassifier
    threshold: 0.3
policies:
  - name: RulePolicy
"""
ACTION = """
from rasa_sdk import Action
class ActionAnswer(Action):
    def name(self): return "action_answer"
    def run(self, dispatcher, tracker, domain):
        found = tracker.latest_message.get("response_selector", {}).get("ask", {}).get("response", {})
        texts = found.get("responses") or [{"text": "?"}]
        dispatcher.utter_message(text=texts[0]["text"])
        return []
"""


class StockRasa:
    """A running ``rasa run`` with its action server, trained on our question bank."""

    def __init__(self, url: str, processes: list[subprocess.Popen[bytes]]) -> None:
        self.url, self._processes = url, processes

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self._processes]

    @classmethod
    def prepare(cls) -> StockRasa:
        """Make the environment, train, start."""
        python = FOLDER / "venv" / "bin" / "python"
        if not (FOLDER / "ready").exists():
            print("making stock Rasa's environment …", file=sys.stderr, flush=True)
            subprocess.run([os.environ.get("PYTHON", "python3.11"), "-m", "venv", FOLDER / "venv"], check=True)
            install: list[str | Path] = [
                python,
                "-m",
                "pip",
                "install",
                "-q",
                "--no-deps",
                "--ignore-requires-python",
                "-r",
                LOCK,
            ]
            subprocess.run(install, check=True, stderr=subprocess.DEVNULL)
            (FOLDER / "ready").touch()
        project = FOLDER / "project"
        write_project(project)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": project}
        environment = os.environ | {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
        trained_on = project / f"trained-{project_hash(project)}"
        if not trained_on.exists():
            print("training stock Rasa (about ten minutes) …", file=sys.stderr, flush=True)
            started = time.perf_counter()
            subprocess.run([python, "-m", "rasa", "train", "--force"], check=True, env=environment, **quiet)  # type: ignore[call-overload]
            trained_on.write_text(f"{time.perf_counter() - started:.0f}")
        print(f"stock Rasa was trained in {trained_on.read_text()} s", file=sys.stderr, flush=True)
        actions_port, port = free_port(), free_port()
        (project / "endpoints.yml").write_text(f"action_endpoint: {{url: 'http://127.0.0.1:{actions_port}/webhook'}}\n")
        commands = [
            [python, "-m", "rasa_sdk", "--actions", "actions", "--port", str(actions_port)],
            [python, "-m", "rasa", "run", "--port", str(port), "-i", "127.0.0.1", "--endpoints", "endpoints.yml"],
        ]
        processes = [subprocess.Popen(command, env=environment, **quiet) for command in commands]  # type: ignore[call-overload]
        stock = cls(f"http://127.0.0.1:{port}", processes)
        stock._wait()
        return stock

    def _wait(self) -> None:
        for _ in range(600):
            try:
                if self.ask("你好"):
                    return
            except httpx.HTTPError:
                time.sleep(0.5)
        raise TimeoutError("stock Rasa did not start")

    def ask(self, text: str) -> str:
        body = {"sender": "bench", "message": text}
        answer = httpx.post(f"{self.url}/webhooks/rest/webhook", json=body, timeout=30)
        answer.raise_for_status()
        return " ".join(reply.get("text", "") for reply in answer.json())

    def answer(self, text: str) -> str | None:
        """The clause a text is answered with; None when it is taken for something else."""
        said = self.ask(text)
        return None if said in ("", OTHER) else said

    def __enter__(self) -> StockRasa:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


def write_project(folder: Path) -> None:
    """Our bank and our intents as a stock project: one retrieval intent, a response per clause."""
    folder.mkdir(parents=True, exist_ok=True)
    plan = load_plan()
    numbers = {clause.id: n for n, clause in enumerate(plan.clauses)}
    examples: dict[str, list[str]] = defaultdict(list)
    for question, clause in by_clause():
        examples[f"ask/c{numbers[clause]}"].append(question)
    examples["out_of_scope"] = load_out_of_scope()
    for path in (ROOT / "nlu" / "data").glob("*.yml"):
        for item in yaml.safe_load(path.read_text(encoding="utf-8")).get("nlu", []):
            examples[item["intent"]] += [line[2:] for line in item["examples"].splitlines()]
    clean = {intent: [e.replace("[", "").replace("]", "") for e in found] for intent, found in examples.items()}
    nlu = [{"intent": intent, "examples": "".join(f"- {e}\n" for e in found)} for intent, found in clean.items()]
    intents = sorted({intent.partition("/")[0] for intent in examples})
    rules = [
        {
            "rule": intent,
            "steps": [{"intent": intent}, {"action": "action_answer" if intent == "ask" else "utter_other"}],
        }
        for intent in [*intents, "nlu_fallback"]
    ]
    responses = {f"utter_ask/c{n}": [{"text": clause}] for clause, n in numbers.items() if f"ask/c{n}" in examples}
    domain = {"version": "3.1", "intents": intents, "actions": ["action_answer"],
              "responses": {**responses, "utter_other": [{"text": OTHER}]}}  # fmt: skip
    (folder / "data").mkdir(exist_ok=True)
    write = {
        "domain.yml": domain,
        "data/nlu.yml": {"version": "3.1", "nlu": nlu},
        "data/rules.yml": {"version": "3.1", "rules": rules},
    }
    for name, content in write.items():
        (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    (folder / "config.yml").write_text(CONFIG, encoding="utf-8")
    (folder / "credentials.yml").write_text("rest:\n")
    (folder / "actions.py").write_text(ACTION)


def project_hash(folder: Path) -> str:
    """Hash of what stock Rasa trains on, so that a second run need not train again."""
    sources = [folder / "config.yml", folder / "domain.yml", *sorted((folder / "data").iterdir())]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
