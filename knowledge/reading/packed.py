"""Files that are zip archives of XML (.docx, .ofd), opened so that a hostile one can do nothing."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePosixPath

from lxml import etree

LARGEST_UNPACKED = 200 * 1024 * 1024
LARGEST_XML = 60 * 1024 * 1024
MOST_FILES = 20_000
# Word's "Strict Open XML" names the same things by other addresses.
STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
ORDINARY = rb"http://schemas.openxmlformats.org/\1/2006/"


class Packed:
    """The members of an archive, by their path inside it."""

    def __init__(self, content: bytes) -> None:
        """Open an archive.

        Raises:
            ValueError: it unpacks to too much.
            zipfile.BadZipFile: it is damaged.
        """
        self._archive = zipfile.ZipFile(io.BytesIO(content))
        members = self._archive.infolist()
        if len(members) > MOST_FILES or sum(member.file_size for member in members) > LARGEST_UNPACKED:
            raise ValueError("unpacks to too much")
        self.names = {member.filename.lstrip("/").replace("\\", "/"): member.filename for member in members}

    def __contains__(self, name: str) -> bool:
        return name.lstrip("/") in self.names

    def content(self, name: str) -> bytes:
        """A member's bytes.

        Raises:
            KeyError: there is none of this name.
        """
        return self._archive.read(self.names[name.lstrip("/")])

    def xml(self, name: str) -> etree._Element:
        """A member's root element; no entity is resolved and nothing is fetched."""
        content = self.content(name)
        if len(content) > LARGEST_XML:
            raise ValueError(f"{name} is too large")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        return etree.fromstring(STRICT.sub(ORDINARY, content), parser)

    def matching(self, folder: str, ending: str) -> list[str]:
        """Names of the members below a folder with an ending, in order."""
        return sorted(name for name in self.names if name.startswith(folder) and name.endswith(ending))


def beside(name: str, target: str) -> str:
    """The path of a target that is named from within a member: relative to it, or from the root."""
    if target.startswith("/"):
        return target.lstrip("/")
    parts: list[str] = []
    for part in (PurePosixPath(name).parent / target).parts:
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
