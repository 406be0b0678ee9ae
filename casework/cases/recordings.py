"""Sound and film without what came along: the same streams in a new container, without tags, places, times or tracks
of sensors. Nothing is encoded anew, so nothing is lost of what is heard and seen; only what a browser cannot play is
made into WAV beside that, to be listened to.

Runs in the paper process, for FFmpeg reads what strangers sent.
"""

from __future__ import annotations

import io

import av
from av.audio.resampler import AudioResampler
from av.error import FFmpegError

from casework.cases.evidence import EvidenceError

# The kinds that are cleaned, and the container each comes back in: its own where it can be written without tags.
CONTAINERS = {
    "mp3": "mp3",
    "m4a": "ipod",
    "wav": "wav",
    "ogg": "ogg",
    "aac": "adts",
    "flac": "flac",
    "caf": "caf",
    "wma": "asf",
    "aiff": "aiff",
    "mp4": "mp4",
    "mov": "mov",
    "webm": "webm",
    "3gp": "3gp",
    "avi": "avi",
    "mkv": "matroska",
    "wmv": "asf",
    "flv": "flv",
    "mpg": "mpegts",
}
# Frames alone behind a mark: there is no place in them for anything else.
BARE = {"amr", "silk"}
# No date, no name and version of the program that wrote it; no cover, no table of Xing.
PLAIN = {"fflags": "+bitexact", "write_id3v2": "0", "id3v2_version": "0", "write_xing": "0"}
PLAYED = ("audio", "video")
NOT_REWRITTEN = "这段录音或视频里的附加信息去不掉。需要原件的，请说明用途申请调取。"


def bare_recording(content: bytes, kind: str) -> bytes:
    """The same sound and pictures in a container that says nothing else.

    Raises:
        EvidenceError: it cannot be read, or not be written anew.
    """
    if kind in BARE:
        return content
    out = io.BytesIO()
    try:
        with av.open(io.BytesIO(content), mode="r", metadata_errors="ignore") as source:
            chosen = [stream for stream in source.streams if stream.type in PLAYED and not _is_cover(stream)]
            if not chosen:
                raise EvidenceError(NOT_REWRITTEN)
            container = CONTAINERS[kind]
            options = {name: value for name, value in PLAIN.items() if container == "mp3" or name == "fflags"}
            with av.open(out, mode="w", format=container, options=options) as target:
                streams = {stream.index: target.add_stream_from_template(stream) for stream in chosen}
                for packet in source.demux(chosen):
                    if packet.dts is not None:
                        packet.stream = streams[packet.stream.index]
                        target.mux(packet)
    except (FFmpegError, ValueError, KeyError, OSError, MemoryError) as error:
        raise EvidenceError(NOT_REWRITTEN) from error
    return out.getvalue()


# What is listened to of sound that no browser plays: plain samples of speech, made thirty times as fast as MP3; nobody
# listens to more hours at once.
WAV, RATE, LONGEST_HOURS = "wav", 16_000, 2
NOT_PLAYED = "这段录音转换不了，请下载副本，用 VLC 等播放器打开。"


def played_copy(content: bytes) -> bytes:
    """AMR, CAF, WMA and AIFF as WAV, which every browser plays: the sound alone, mono.

    Raises:
        EvidenceError: it cannot be read, or holds no sound.
    """
    out, heard = io.BytesIO(), 0
    try:
        with av.open(io.BytesIO(content), mode="r", metadata_errors="ignore") as source:
            if not source.streams.audio:
                raise EvidenceError(NOT_PLAYED)
            spoken = source.streams.audio[0]
            rate = min(spoken.rate or RATE, RATE)
            with av.open(out, mode="w", format=WAV, options={"fflags": PLAIN["fflags"]}) as target:
                stream = target.add_stream("pcm_s16le", rate=rate, layout="mono")
                resampler = AudioResampler(format=stream.format, layout="mono", rate=rate)
                for frame in source.decode(spoken):
                    frame.pts = None  # counted anew: what a broken file says of its times is not to be relied on
                    for plain in resampler.resample(frame):
                        target.mux(stream.encode(plain))
                        heard += plain.samples
                    if heard > LONGEST_HOURS * 3600 * rate:
                        break
                for plain in resampler.resample(None):
                    target.mux(stream.encode(plain))
                target.mux(stream.encode(None))
    except (FFmpegError, ValueError, KeyError, OSError, MemoryError) as error:
        raise EvidenceError(NOT_PLAYED) from error
    if not heard:
        raise EvidenceError(NOT_PLAYED)
    return out.getvalue()


def _is_cover(stream: av.stream.Stream) -> bool:
    """Whether a stream is a picture that a player shows beside a song."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)
