"""Programs among files, known by what is in them: a name says nothing, and harms nobody who cannot run the content."""

from __future__ import annotations

import re
import struct

# Windows, Unix and macOS programs and packages, links that start one, and what other machines run.
HEADS = (
    b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",
    b"dex\n", b"\0asm", b"L\0\0\0\x01\x14\x02\0", b"ITSF", b"MSCF", b"Cr24", b"xar!", b"\xed\xab\xee\xdb",
    b"!<arch>\ndebian", b"FWS", b"CWS", b"ZWS",
)  # fmt: skip
DISC_IMAGE, APPLE_IMAGE = (32769, b"CD001"), b"koly"
# A shell's first line names a path; #!AMR and #!SILK_V3 begin recordings.
SHEBANG = re.compile(rb"(?:\xef\xbb\xbf)?#!\s*/")
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
SCRIPT = re.compile(
    r"\s*(?:@echo\s+(?:off|on)\b|<\?php|windows registry editor version|regedit4|#requires\s+-)|"
    r"\b(?:wscript|shell|scripting)\.(?:shell|application|filesystemobject)\b|createobject\s*\(|new\s+activexobject|"
    r"\bpowershell(?:\.exe)?\s+-|\binvoke-expression\b|\bnew-object\s+(?:system\.)?net\.webclient\b|"
    r"\bmshta\s+|\bcmd(?:\.exe)?\s+/c\s",
    re.IGNORECASE,
)
WEB_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:!doctype\s+(?:html|svg)|html|head|body|svg|script|iframe|hta:)",
    re.IGNORECASE | re.DOTALL,
)
# Class ids of the roots of .msi, .msp and .mst: {000C1084-0000-0000-C000-000000000046} and its kin.
INSTALLERS = tuple(struct.pack("<I", 0x000C1080 + last) + b"\0\0\0\0\xc0\0\0\0\0\0\0F" for last in (2, 4, 6))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEAD = 4096


def is_program(content: bytes) -> bool:
    """Whether a file, or its first HEAD bytes, can be run by a machine; scripts are told by ``is_script``."""
    if SHEBANG.match(content) or (content.startswith(HEADS) and CONTROL.search(content[:HEAD])):
        return True
    at, mark = DISC_IMAGE
    if content[at : at + len(mark)] == mark or content[-512:].startswith(APPLE_IMAGE):
        return True
    return content.startswith(OLE) and root_class(content) in INSTALLERS


def is_script(text: str) -> bool:
    """Whether a text is one that a machine would run, by how it begins or by calls that no letter contains."""
    return bool(SCRIPT.match(text) or SCRIPT.search(text[:HEAD]))


def is_web_page(text: str) -> bool:
    return bool(WEB_PAGE.match(text))


def root_class(content: bytes) -> bytes:
    """The class id of the root of an OLE compound file; empty when it is cut."""
    if len(content) < 512:
        return b""
    sector = 1 << min(struct.unpack_from("<H", content, 30)[0], 16)
    start = (struct.unpack_from("<I", content, 48)[0] + 1) * sector
    return content[start + 80 : start + 96]


def has_stream(content: bytes, name: str) -> bool:
    """Whether an OLE compound file has a stream or folder of a name."""
    return name.encode("utf-16-le") + b"\0\0" in content
