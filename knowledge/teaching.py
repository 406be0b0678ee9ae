"""Teaches the embedded encoder on the question bank: ``python -m knowledge teach`` writes ``luoyang-e5.bin``.

Every label is a direction; a question is drawn towards its own and away from all others (softmax over cosines; Wang et
al. 2018, arXiv:1801.05599, without the margin). Beside it the same body learns to tell danger and fraud under way
(``data/safety``). Weights are rounded to the 4 bits they are kept in at every step (straight-through estimate; Bengio
et al. 2013, arXiv:1308.3432), for rounding what was learnt in 32 bits gives the untaught encoder back.

The questions of ``data/questions/kept_from_the_encoder.yml`` and the sentences of the last hands in ``data/safety`` are
never taught: on those judge and guard are fitted, so that they do not trust the encoder too much.
"""

from __future__ import annotations

import random
import re
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parametrize
from transformers import BertModel

from knowledge.bulk_encoding import (
    NOTHING,
    Brought,
    batch_of,
    brought,
    in_batches,
    mean_of,
    text_key,
    to_bring,
)  # fmt: skip
from knowledge.context import load_turns
from knowledge.documents import load_plan
from knowledge.e5_engine import fastest
from knowledge.e5_weights import BLOCK, PASSAGE_PROMPT, QUERY_PROMPT, Packed, load_model, load_tokenizer, pack
from knowledge.encoder_names import TAUGHT, TAUGHT_FILE
from knowledge.entries import load_entries
from knowledge.evidence import profile
from knowledge.query_cleaning import clean_query
from knowledge.question_bank import BankQuestion, load_questions, question_files, read_questions
from knowledge.safety import HARMLESS, load_sentences
from knowledge.store import passages
from knowledge.text import normalise

EPOCHS, BATCH, RATE, RATE_OF_LABELS = 3, 64, 1e-4, 5e-3
RATE_FURTHER = 6e-5
WARM_UP, LEAST_RATE = 0.06, 0.02
SHARPNESS, SHARPNESS_OF_ALARMS, SMOOTHING = 20.0, 10.0, 0.05
# Texts of one label in an epoch: labels with many questions (out of scope) would have all the say.
MOST_OF_A_LABEL = 400
HARMLESS_QUESTIONS = 1500
# The bank's file that is never taught, and how many sentences at the end of each file of data/safety are not.
UNTAUGHT = "kept_from_the_encoder"
UNTAUGHT_SENTENCES = {"danger": 1888, "danger_twin": 500, "fraud": 1150, "fraud_twin": 748, "plain": 2881}
# Pieces of the vocabulary that Chinese, pinyin and digits need; other languages are spelt by shorter pieces.
SYLLABLE = (
    r"(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?"
    r"(?:i?ang|[io]ng|iong|uang|eng|i?an|i?ao|uai|[uv]an|ai|ei|en|er|ia|ie|in|iu|ou|ua|ue|ui|un|uo|[aeiouv])"
)
KEPT = re.compile(
    r"^▁?[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef\u2000-\u206f\u25a0-\u27bf0-9!-/:-@\[-`{-~·]*$"
    rf"|^▁?[a-zA-Z]{{1,3}}$|^▁?(?:{SYLLABLE}){{1,3}}$"
)
SPECIAL = 4
Say = Callable[[str], None]


class Rounding(torch.autograd.Function):  # type: ignore[misc]
    """Rounds a matrix to the numbers that ``quantise`` keeps; gradients pass as if it did not."""

    @staticmethod
    def forward(_: object, weight: torch.Tensor) -> torch.Tensor:
        blocks = weight.reshape(-1, BLOCK)
        highest, lowest = blocks.amax(1, keepdim=True), blocks.amin(1, keepdim=True)
        step = (torch.where(highest > -lowest, highest, lowest) / -8).half().float()
        step[step == 0] = 1.0
        rounded = (blocks / step).add_(8.5).floor_().clamp_(0, 15).sub_(8).mul_(step)
        return rounded.reshape(weight.shape)

    @staticmethod
    def backward(_: object, gradient: torch.Tensor) -> torch.Tensor:
        return gradient


class FourBits(nn.Module):  # type: ignore[misc]
    """A matrix rounded at every step."""

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        rounded: torch.Tensor = Rounding.apply(weight)
        return rounded


@dataclass(frozen=True)
class Lesson:
    """Tokenised texts with the columns of their labels.

    Attributes:
        sharpness: how sharply cosines are told apart.
        most: texts of one label that an epoch takes.
    """

    ids: list[list[int]]
    right: torch.Tensor
    labels: nn.Parameter
    sharpness: float
    most: int


def half_width() -> torch.autocast:
    """Products of matrices in 16-bit numbers where the processor multiplies those itself; weights stay in 32."""
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=fastest() == torch.bfloat16)


def left_out() -> set[str]:
    """The questions of the bank that the encoder does not learn."""
    files = [path for path in question_files() if path.stem == UNTAUGHT]
    return {question for path in files for asked in read_questions(path).values() for question in asked}


def teach(file: Path = TAUGHT_FILE, say: Say = print, epochs: int = EPOCHS, further: bool = False) -> None:
    """Teach the encoder and write its file (about 30 MB); takes 25 to 45 minutes on two cores.

    Args:
        epochs: how often the bank is gone through.
        further: begin with what the file holds, at a gentler rate: for questions that came later.
    """
    torch.manual_seed(0)
    chance = random.Random(0)
    entries = load_entries(load_plan().clauses)
    bank = load_questions(entries)
    unseen = {clean_query(question) for question in left_out()}
    learnt = [asked for asked in bank if clean_query(asked.text) not in unseen]
    alarms = [(one.text, one.label) for one in load_sentences(UNTAUGHT_SENTENCES)]
    alarms += [(asked.text, HARMLESS) for asked in chance.sample(learnt, min(len(learnt), HARMLESS_QUESTIONS))]
    packed = Packed.read(TAUGHT_FILE) if further else Packed.read()
    model = load_model(packed)
    lessons = [
        _lesson(packed, model, [(asked.text, asked.label) for asked in learnt], SHARPNESS, MOST_OF_A_LABEL),
        _lesson(packed, model, alarms, SHARPNESS_OF_ALARMS, len(alarms)),
    ]
    _train(model, lessons, epochs, chance, say, RATE_FURTHER if further else RATE)
    say("写入编码器文件 …")
    write(file, packed, model, _asked(bank), {*(one.text for one in learnt), *(text for text, _ in alarms)})


def bring_newer(file: Path = TAUGHT_FILE) -> None:
    """Write the file again as it is, with the vectors of questions and sentences that came after it was taught."""
    packed, before = Packed.read(file), brought(TAUGHT)
    bank = load_questions(load_entries(load_plan().clauses))
    write(file, packed, load_model(packed), _asked(bank), (), before)


def _asked(bank: Sequence[BankQuestion]) -> list[str]:
    """All questions and sentences of the program's data."""
    asked = [*(asked.text for asked in bank), *(one.text for one in load_sentences())]
    return asked + [turn.then for turns in load_turns().values() for turn in turns]


def write(
    file: Path, packed: Packed, model: BertModel, asked: Sequence[str], learnt: Collection[str],
    before: Brought = NOTHING,
) -> None:  # fmt: skip
    """Write a taught model with the vectors of all that a first build embeds.

    Args:
        asked: questions and sentences of the program's data.
        learnt: those that the model was taught on, as they stand in the data.
        before: what the file brings already, where the model is the same.
    """
    clauses = load_plan().clauses
    described = [profile(entry) for entry in load_entries(clauses)]
    questions = list(dict.fromkeys(clean_query(text) for text in [*asked, *described]))
    told = list(dict.fromkeys(normalise(text) for c in clauses for text in (*passages(c), c.text)))
    texts = [QUERY_PROMPT + q for q in questions] + [PASSAGE_PROMPT + t for t in told]
    keys = [text_key("q", text) for text in questions] + [text_key("p", text) for text in told]
    new = [row for row, key in enumerate(keys) if key not in before.vectors]
    with half_width():
        found = dict(zip(new, in_batches(packed, model, [texts[row] for row in new]), strict=True))
    vectors = np.stack([found[row] if row in found else before.vectors[key] for row, key in enumerate(keys)])
    known = before.taught | {text_key("q", clean_query(text)) for text in learnt}
    part = file.with_suffix(".part")
    part.write_bytes(pack(packed, model, _kept(packed, questions), to_bring(keys, vectors, known)))
    part.replace(file)


def _lesson(packed: Packed, model: BertModel, asked: Sequence[tuple[str, str]], sharpness: float, most: int) -> Lesson:
    """A lesson whose labels begin in the middle of their texts."""
    texts = [QUERY_PROMPT + clean_query(text) for text, _ in asked]
    names = sorted({label for _, label in asked})
    columns = {label: column for column, label in enumerate(names)}
    right = torch.tensor([columns[label] for _, label in asked])
    with half_width():
        vectors = torch.from_numpy(in_batches(packed, model, texts))
    middles = torch.zeros(len(names), vectors.shape[1]).index_add_(0, right, vectors)
    ids = load_tokenizer(packed)(texts, truncation=True, max_length=96)["input_ids"]
    return Lesson(ids, right, nn.Parameter(F.normalize(middles, dim=1)), sharpness, most)


def _train(
    model: BertModel, lessons: list[Lesson], epochs: int, chance: random.Random, say: Say, rate: float = RATE
) -> None:
    for name, weight in model.named_parameters():
        weight.requires_grad_(not name.startswith(("embeddings.word", "embeddings.position", "embeddings.token")))
    for module in model.encoder.modules():
        if isinstance(module, nn.Linear):
            parametrize.register_parametrization(module, "weight", FourBits())
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": weights, "lr": rate}, {"params": [lesson.labels for lesson in lessons], "lr": RATE_OF_LABELS}],
        weight_decay=0.0,
    )
    plan = [list(_batches(lessons, chance)) for _ in range(epochs)]
    steps = sum(map(len, plan))
    factor = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda n: min(1.0, (n + 1) / (WARM_UP * steps)) * max(LEAST_RATE, 1 - n / steps)
    )
    model.train()
    started, numbers = time.monotonic(), count(1)
    for lesson, rows in (one for epoch in plan for one in epoch):
        ids, mask = batch_of([lesson.ids[row] for row in rows])
        with half_width():
            vectors = mean_of(model, ids, mask)
        cosines = vectors @ F.normalize(lesson.labels, dim=1).T
        loss = F.cross_entropy(cosines * lesson.sharpness, lesson.right[rows], label_smoothing=SMOOTHING)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        factor.step()
        if (number := next(numbers)) % 50 == 0:
            left = (time.monotonic() - started) / number * (steps - number) / 60
            say(f"第 {number}/{steps} 步，损失 {loss.item():.2f}，约还需 {left:.0f} 分钟")
    for module in model.encoder.modules():
        if parametrize.is_parametrized(module):
            parametrize.remove_parametrizations(module, "weight")
    model.eval()


def _batches(lessons: list[Lesson], chance: random.Random) -> Iterator[tuple[Lesson, list[int]]]:
    """An epoch's batches, texts of like length together, lessons mixed."""
    found = []
    for lesson in lessons:
        by_label: dict[int, list[int]] = defaultdict(list)
        for row, label in enumerate(lesson.right.tolist()):
            by_label[label].append(row)
        rows = [row for known in by_label.values() for row in chance.sample(known, min(lesson.most, len(known)))]
        chance.shuffle(rows)
        for start in range(0, len(rows), BATCH * 16):
            some = sorted(rows[start : start + BATCH * 16], key=lambda row: len(lesson.ids[row]))
            found += [(lesson, some[at : at + BATCH]) for at in range(0, len(some), BATCH)]
    chance.shuffle(found)
    yield from found


def _kept(packed: Packed, texts: list[str]) -> list[int]:
    """The pieces of the vocabulary that stay."""
    used = {piece for ids in load_tokenizer(packed)(texts)["input_ids"] for piece in ids}
    count = len(packed.pieces)
    return [n for n in range(count) if n < SPECIAL or n in used or KEPT.match(packed.pieces[n][0])]
