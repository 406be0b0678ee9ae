"""A file of a case for those who help with it but do not decide on it: what it shows, not who made it.

The name that its sender gave it, the authors and programs that it names, the place and time in a picture stay behind;
a kind from which they cannot be taken is given by the unit that decides.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace

from lxml import etree
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

from casework.cases.evidence import Evidence, EvidenceError
from casework.cases.kinds import PICTURES
from casework.cases.views import view_of

PACKED = {"docx", "xlsx", "pptx"}
LARGEST_PART = 32 * 1024 * 1024
# What names somebody, wherever it stands in an Office document: attributes, whole elements, and people's own lists.
NAMING_ATTRIBUTES = {"author", "initials", "userid", "providerid", "displayname"}
NAMING_ELEMENTS = {"author", "creator", "lastmodifiedby", "manager", "company"}
LISTED_PEOPLE = {"cmauthor", "person"}
EMPTY_PROPERTIES = {
    "docprops/core.xml": "http://schemas.openxmlformats.org/package/2006/metadata/core-properties|coreProperties",
    "docprops/app.xml": "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties|Properties",
    "docprops/custom.xml": "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties|Properties",
}
NOT_COPIED = "这种文件里的作者等信息去不掉，请向主办单位调取。"


def without_names(files: Sequence[Evidence]) -> list[Evidence]:
    """Files as they are listed for those who do not decide: numbered, without the sender's name for them."""
    return [replace(file, name=f"材料{n:02d}.{file.kind}", sha256="") for n, file in enumerate(files, start=1)]


def copy_of(content: bytes, kind: str) -> bytes:
    """The content without what tells who made it.

    Raises:
        EvidenceError: from this file it cannot be taken.
    """
    try:
        if kind in PICTURES:
            return view_of(content, kind)[0]
        if kind == "pdf":
            return _pdf(content)
        if kind in PACKED:
            return _packed(content)
    except (PyPdfError, etree.LxmlError, zipfile.BadZipFile, OSError, ValueError, KeyError, RecursionError) as error:
        raise EvidenceError(NOT_COPIED) from error
    raise EvidenceError(NOT_COPIED)


def _pdf(content: bytes) -> bytes:
    """The pages alone: no properties, no remarks, no attachments."""
    writer = PdfWriter()
    for page in PdfReader(io.BytesIO(content)).pages:
        added = writer.add_page(page)
        for entry in ("/Annots", "/Metadata", "/PieceInfo", "/LastModified"):
            added.pop(entry, None)
    writer.metadata = None
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _packed(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            if entry.file_size > LARGEST_PART or "/embeddings/" in entry.filename.lower():
                raise EvidenceError(NOT_COPIED)
            # A new entry, so that the times of the old one stay behind as well.
            target.writestr(zipfile.ZipInfo(entry.filename), _part(entry.filename.lower(), source.read(entry)))
    return out.getvalue()


def _part(name: str, content: bytes) -> bytes:
    if properties := EMPTY_PROPERTIES.get(name):
        space, _, tag = properties.partition("|")
        return f'<?xml version="1.0" encoding="UTF-8"?><{tag} xmlns="{space}"/>'.encode()
    if name.endswith(".xml"):
        return _without_people(content)
    kind = {"jpeg": "jpg"}.get(name.rpartition(".")[2], name.rpartition(".")[2])
    return view_of(content, kind)[0] if kind in PICTURES and content else content


def _without_people(content: bytes) -> bytes:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(content, parser)
    for element in root.iter(etree.Element):
        tag = etree.QName(element).localname.lower()
        if tag in NAMING_ELEMENTS:
            element.text = ""
        for attribute in element.attrib:
            local = etree.QName(attribute).localname.lower()
            if local in NAMING_ATTRIBUTES or (tag in LISTED_PEOPLE and local == "name"):
                element.attrib[attribute] = ""
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return written
