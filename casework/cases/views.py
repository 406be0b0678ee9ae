"""Files as an official sees them in a browser: a copy of pixels or of words, without anything else that came along.

Everything here runs in the paper process: decoders of many formats read what strangers sent.
"""

from __future__ import annotations

import html
import io
import itertools
import re

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from casework.cases.evidence import MOST_PIXELS, EvidenceError
from casework.cases.file_formats import CONVERTED, FILE_FORMATS, PICTURES, decoded, mail_of

NOT_SHOWN = "这个文件在浏览器里打不开，请下载原件，用相应的软件打开。"
FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "bmp": "BMP"}
# What a browser gets of a picture that it cannot show itself; a screen is not wider.
LONGEST_SIDE, MOST_PAGES, QUALITY = 3000, 50, 88


def open_picture(content: bytes) -> Image.Image:
    """Open any picture that is taken.

    Raises:
        EvidenceError: it cannot be read, or is larger than a machine can hold.
    """
    import pillow_heif  # beside 20 MB of decoders, which the server itself has no use for

    pillow_heif.register_heif_opener()
    try:
        image = Image.open(io.BytesIO(content))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise EvidenceError(NOT_SHOWN) from error
    if image.width * image.height > MOST_PIXELS:
        raise EvidenceError(NOT_SHOWN)
    return image


def view_of(content: bytes, kind: str) -> tuple[bytes, str]:
    """A file as it is shown, and the media type that it then has.

    Raises:
        EvidenceError: it cannot be shown.
    """
    if kind in PICTURES:
        try:
            return _converted(content) if kind in CONVERTED else (shown_copy(content, kind), FILE_FORMATS[kind].media)
        except (OSError, ValueError, SyntaxError, RuntimeError, MemoryError) as error:
            raise error if isinstance(error, EvidenceError) else EvidenceError(NOT_SHOWN) from error
    if kind == "eml":
        return words_of_mail(content).encode(), FILE_FORMATS[kind].media
    text = decoded(content)
    if text is None:
        raise EvidenceError(NOT_SHOWN)
    return text.encode(), "text/plain; charset=utf-8"


def shown_copy(content: bytes, kind: str) -> bytes:
    """An image as handlers see it: turned upright, without EXIF, GPS or anything else that is not pixels."""
    with Image.open(io.BytesIO(content)) as image:
        plain = _pixels(image)
    out = io.BytesIO()
    plain.save(out, FORMATS[kind])
    return out.getvalue()


def _pixels(image: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(image)
    plain = Image.new(upright.mode, upright.size)
    plain.paste(upright)
    if upright.palette:
        plain.putpalette(upright.getpalette() or [])
    return plain


def _converted(content: bytes) -> tuple[bytes, str]:
    """HEIC, AVIF and TIFF as JPEG; a TIFF of several pages, which a scanner makes, as PDF."""
    with open_picture(content) as image:
        several = image.format == "TIFF" and getattr(image, "n_frames", 1) > 1
        frames = itertools.islice(ImageSequence.Iterator(image), MOST_PAGES if several else 1)
        pages = [_plain_rgb(frame) for frame in frames]
    out = io.BytesIO()
    if several:
        pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], quality=QUALITY)
        return out.getvalue(), "application/pdf"
    pages[0].save(out, "JPEG", quality=QUALITY)
    return out.getvalue(), "image/jpeg"


def _plain_rgb(frame: Image.Image) -> Image.Image:
    """One page, upright, on white, no wider than a screen."""
    upright = ImageOps.exif_transpose(frame)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    if upright.mode.startswith("I;16"):
        upright = upright.point(lambda value: value / 256).convert("L")
    if "A" in upright.getbands() or "transparency" in upright.info:
        with_alpha = upright.convert("RGBA")
        ground = Image.new("RGBA", with_alpha.size, "white")
        upright = Image.alpha_composite(ground, with_alpha)
    plain = Image.new("RGB", upright.size)
    plain.paste(upright.convert("RGB"))
    return plain


HEADERS = (("发件人", "from"), ("收件人", "to"), ("日期", "date"), ("主题", "subject"))


def words_of_mail(content: bytes) -> str:
    """A mail as plain words: who, to whom, when, what, and the names of what is attached."""
    mail = mail_of(content)
    lines = [f"{label}：{mail[name]}" for label, name in HEADERS if mail[name]]
    body = mail.get_body(("plain", "html"))
    try:
        text = str(body.get_content()) if body else ""
    except (LookupError, ValueError, KeyError):  # an encoding that nobody knows
        text = ""
    if body and body.get_content_subtype() == "html":
        text = words_of_markup(text)
    attached = [part.get_filename() or "未命名" for part in mail.iter_attachments()]
    lines += ["", text.strip()]
    return "\n".join([*lines, *(["", f"附件：{'、'.join(attached)}"] if attached else [])])


ENDS_A_LINE = r"</(?:p|div|tr|h\d|li|[wa]:p|text:[ph]|si|c|td|table:table-(?:row|cell))>|<br\s*/?>"
PARAGRAPH_END = re.compile(ENDS_A_LINE, re.IGNORECASE)


def words_of_markup(text: str) -> str:
    """What is read of HTML or of an office package's XML, a line a paragraph; nothing of it is interpreted."""
    text = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>", "", text)
    text = PARAGRAPH_END.sub("\n", text)
    plain = html.unescape(re.sub(r"<[^>]*>", "", text))
    return re.sub(r"\n\s*\n+", "\n", plain).strip()
