"""A file of a case as those who handle it see it and take it: what it shows, not who made it.

The name that its sender gave it, the authors and programs that it names, the place and time in a picture or a recording
stay behind; a kind from which they cannot be taken is given as it was sent only, when a second person agrees.
Runs in the paper process.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace

from lxml import etree
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject, StreamObject

from casework.cases.evidence import MOST_UNPACKED, Evidence, EvidenceError
from casework.cases.fetching import fetches
from casework.cases.file_formats import FILE_FORMATS, FILM, ITEMS, PICTURES, SOUND, detect_format
from casework.cases.views import view_of

OPEN_DOCUMENT = {"odt", "ods", "odp"}
PACKED = {"docx", "xlsx", "pptx", "ofd", *OPEN_DOCUMENT}
LARGEST_PART = 32 * 1024 * 1024
# What names somebody, wherever it stands in an Office document: attributes, whole elements, and people's own lists.
NAMING_ATTRIBUTES = {"author", "initials", "userid", "providerid", "displayname", "creator-initials"}
NAMING_ELEMENTS = {"author", "creator", "lastmodifiedby", "manager", "company", "sender-initials", "docid"}
NAMING_ELEMENTS |= {"initial-creator", "printed-by", "generator", "creatorversion", "creationdate", "moddate"}
# When something was written, and in which sitting: of remarks and tracked changes.
DATING = re.compile(r"(?:rsid\w*|date|dateutc|dt|created|modified)", re.IGNORECASE)
LISTED_PEOPLE = {"cmauthor", "person"}
EMPTY_PROPERTIES = {
    "docprops/core.xml": "http://schemas.openxmlformats.org/package/2006/metadata/core-properties|coreProperties",
    "docprops/app.xml": "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties|Properties",
    "docprops/custom.xml": "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties|Properties",
}
DATED = {"comment", "cm", "ins", "del", "p", "r", "tr", "sectpr", "moveto", "movefrom", "rprchange", "pprchange"}
# Parts of a package that only tell of its making: a picture of the first page, settings of the last printer.
LEFT_OUT = re.compile(
    r"(?:docprops/thumbnail|thumbnails/|.*/printersettings/|configurations2/|layout-cache)", re.IGNORECASE
)
NOT_COPIED = "这种文件里的作者等信息去不掉，没有副本。需要原件的，请说明用途申请调取；不是主办单位的，请联系主办单位。"
NOWHERE = "about:blank"
LISTED = "未放入副本的文件.txt"
LISTED_HEAD = "下面的文件没有副本，需要时请申请调取原件："
MOST_IN_ZIP, DEEPEST = 200, 1


def without_names(files: Sequence[Evidence]) -> list[Evidence]:
    """Files as they are listed for those who do not decide: numbered, without the sender's name for them."""
    return [replace(file, name=f"材料{n:02d}.{file.kind}", sha256="") for n, file in enumerate(files, start=1)]


def copy_of(content: bytes, kind: str, depth: int = 0) -> tuple[bytes, str]:
    """The content without what tells who made it, and the kind that it then has.

    Raises:
        EvidenceError: from this file it cannot be taken.
    """
    try:
        if kind in PICTURES or kind in ITEMS or kind in ("eml", "txt"):
            shown, media = view_of(content, kind)
            return shown, _kind_of_media(media, kind)
        if kind in SOUND or kind in FILM:
            from casework.cases.recordings import bare_recording

            return bare_recording(content, kind), kind
        if kind == "pdf":
            return _pdf(content), kind
        if kind == "rtf":
            return _rtf(content), kind
        if kind in PACKED:
            return _packed(content), kind
        if kind == "zip" and depth < DEEPEST:
            return _archive(content, depth), kind
    except ERRORS as error:
        raise EvidenceError(NOT_COPIED) from error
    raise EvidenceError(NOT_COPIED)


def seen_copy(content: bytes, kind: str) -> tuple[bytes, str]:
    """A copy as a browser shows it: of sound that it cannot play, WAV.

    Raises:
        EvidenceError: there is none.
    """
    if kind in SOUND and SOUND[kind].shown == "played":
        from casework.cases.recordings import played_copy

        return played_copy(content), "wav"
    return copy_of(content, kind)


ERRORS = (
    PyPdfError,
    etree.LxmlError,
    zipfile.BadZipFile,
    OSError,
    ValueError,
    KeyError,
    RecursionError,
    struct.error,
    NotImplementedError,
    AttributeError,
    TypeError,
)


def _kind_of_media(media: str, kind: str) -> str:
    """What a copy is: a picture that few browsers show comes back as JPEG, several pages of one as PDF."""
    if kind in PICTURES:
        return (
            "pdf" if media == "application/pdf" else next(each.id for each in PICTURES.values() if each.media == media)
        )
    return "txt"


def _pdf(content: bytes) -> bytes:
    """The pages alone: no properties, remarks, attachments or scripts, and pictures without what a camera adds."""
    writer = PdfWriter()
    for page in PdfReader(io.BytesIO(content)).pages:
        added = writer.add_page(page)
        for entry in ("/Annots", "/AA", "/Thumb"):
            added.pop(entry, None)
    writer.metadata = None
    for thing in writer._objects:
        if isinstance(thing, DictionaryObject):
            for entry in ("/Metadata", "/PieceInfo", "/LastModified"):
                thing.pop(entry, None)
        if isinstance(thing, StreamObject) and thing.get("/Filter") in ("/DCTDecode", ["/DCTDecode"]):
            thing._data = b"".join(_jpeg_without_marks(thing._data))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


APP0, APP14, APP15, COMMENT, SCAN = 0xE0, 0xEE, 0xEF, 0xFE, 0xDA


def _jpeg_without_marks(content: bytes) -> Iterator[bytes]:
    """A JPEG without Exif, XMP, IPTC and remarks; what says how its colours are to be read stays (APP0, APP14)."""
    yield content[:2]
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF and content[at + 1] != SCAN:
        end = at + 2 + struct.unpack_from(">H", content, at + 2)[0]
        marker = content[at + 1]
        if not (marker == COMMENT or (APP0 < marker <= APP15 and marker != APP14)):
            yield content[at:end]
        at = end
    yield content[at:]


RTF_ABOUT = re.compile(
    rb"\{\\(?:\*\\)?(?:info|userprops|rsidtbl|revtbl|xmlnstbl|mmath\w*|generator|template|passwordhash)\b"
)


def _rtf(content: bytes) -> bytes:
    """A text without the groups that tell of its making.

    Raises:
        ValueError: its groups do not close.
    """
    kept, at = [], 0
    while match := RTF_ABOUT.search(content, at):
        kept.append(content[at : match.start()])
        at = _group_end(content, match.start())
    return b"".join([*kept, content[at:]])


def _group_end(content: bytes, at: int) -> int:
    depth = 0
    for match in re.finditer(rb"\\[\\{}]|[{}]", content[at:]):
        depth += {b"{": 1, b"}": -1}.get(match[0], 0)
        if depth == 0:
            return at + match.end()
    raise ValueError("a group that does not end")


def _packed(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            name = entry.filename.lower()
            if entry.file_size > LARGEST_PART or "/embeddings/" in name or name.startswith("object "):
                raise EvidenceError(NOT_COPIED)
            if LEFT_OUT.match(name):
                continue
            # A new entry, so that the times of the old one stay behind as well; a mimetype is stored as it is.
            new = zipfile.ZipInfo(entry.filename)
            new.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            target.writestr(new, _part(name, source.read(entry)))
    return out.getvalue()


def _archive(content: bytes, depth: int) -> bytes:
    """A zip with copies of what is in it, numbered; what has none is counted by kind, to be asked for."""
    out, missing = io.BytesIO(), []
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        entries = [entry for entry in source.infolist() if not entry.is_dir()]
        if len(entries) > MOST_IN_ZIP or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
            raise EvidenceError(NOT_COPIED)
        for number, entry in enumerate(entries, start=1):
            try:
                inside = source.read(entry)
                copy, kind = copy_of(inside, detect_format(inside), depth + 1)
                target.writestr(zipfile.ZipInfo(f"{number:02d}.{kind if kind not in ITEMS else 'txt'}"), copy)
            except EvidenceError:
                label = (
                    FILE_FORMATS[detect_format(inside)].label if detect_format(inside) in FILE_FORMATS else "别的文件"
                )
                missing.append(f"{number:02d}　{label}（{entry.file_size} 字节）")
        if missing:
            target.writestr(
                zipfile.ZipInfo(LISTED), "\n".join(["下面的文件没有副本，需要时请申请调取原件：", *missing])
            )
    return out.getvalue()


def _part(name: str, content: bytes) -> bytes:
    if properties := EMPTY_PROPERTIES.get(name):
        space, _, tag = properties.partition("|")
        return f'<?xml version="1.0" encoding="UTF-8"?><{tag} xmlns="{space}"/>'.encode()
    if name in ("meta.xml", "docinfo.xml"):
        return _without_people(content, everything=True)
    if name == "_rels/.rels":  # the picture of the first page is gone, and so is what names it
        content = re.sub(rb"<Relationship [^>]*/metadata/thumbnail[^>]*/>", b"", content)
    if name.endswith((".xml", ".rels")):
        return _without_people(content)
    kind = {"jpeg": "jpg"}.get(name.rpartition(".")[2], name.rpartition(".")[2])
    return view_of(content, kind)[0] if kind in PICTURES and content else content


def _without_people(content: bytes, everything: bool = False) -> bytes:
    """XML without names and moments, and without addresses from which a program would fetch something unasked.

    Args:
        everything: it tells of the document's making only, and loses all its words.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(content, parser)
    for element in list(root.iter(etree.Element)):
        tag = etree.QName(element).localname.lower()
        if fetches(tag, element.attrib):  # what refers to it by its id must still find it
            for attribute in element.attrib:
                if etree.QName(attribute).localname.lower() in ("target", "href"):
                    element.attrib[attribute] = NOWHERE
        if everything or tag in NAMING_ELEMENTS or (tag == "date" and element.prefix == "dc"):
            element.text = ""
        for attribute in element.attrib:
            local = etree.QName(attribute).localname.lower()
            if local in NAMING_ATTRIBUTES or (tag in LISTED_PEOPLE and local == "name") or everything:
                element.attrib[attribute] = ""
            elif DATING.fullmatch(local) and tag in DATED:
                del element.attrib[attribute]
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return written
