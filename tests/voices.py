"""Voices as phones record them, made with FFmpeg's own coders."""

from __future__ import annotations

import io

import av
import numpy as np


def amr(seconds: int) -> bytes:
    """A tone of so many seconds as AMR."""
    rate, out = 8_000, io.BytesIO()
    tone = (np.sin(np.arange(rate * seconds) * 2 * np.pi * 440 / rate) * 8_000).astype("int16").reshape(1, -1)
    with av.open(out, "w", format="amr") as target:
        stream = target.add_stream("libopencore_amrnb", rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
        frame.sample_rate, frame.pts = rate, 0
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=rate, frame_size=160)
        for plain in resampler.resample(frame):
            target.mux(stream.encode(plain))
        target.mux(stream.encode(None))
    return out.getvalue()


def lasts(content: bytes) -> float:
    """How many seconds of sound there are."""
    with av.open(io.BytesIO(content)) as source:
        return sum(frame.samples / frame.sample_rate for frame in source.decode(audio=0))
