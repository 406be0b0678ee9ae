"""Files of every kind that is taken, made as telephones, scanners and offices make them, and tricks that are not.

``TAKEN`` and ``REFUSED`` are the inputs of the table in docs/evidence.md; each is made by a library where one writes
the kind, by hand where none does (recordings of telephones, old office files).
"""

from __future__ import annotations

import email.message
import io
import struct
import tempfile
import wave
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import docx
import fpdf
import numpy as np
import openpyxl
import pillow_heif
from PIL import Image, ImageDraw, ImageFont

FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
WORDS = (
    "金鼎财富",
    "年化收益18%保本保息",
    "官网 www.jinding-cf.example",
    "收款账户 6222 0216 0200 1234 567",
    "户名 洛阳金鼎信息咨询有限公司",
    "客服电话 13837912345",
    "转账金额 ¥200,000.00",
)
Made = Callable[[], bytes]


def image(mode: str = "RGB", size: tuple[int, int] = (64, 48)) -> Image.Image:
    """A picture with something in it, so that no encoder makes nothing of it."""
    picture = Image.new("RGB", size, "white")
    ImageDraw.Draw(picture).rectangle((5, 5, size[0] // 2, size[1] // 2), fill="red")
    return picture.convert(mode)


def saved(form: str, mode: str = "RGB", **options: object) -> Made:
    def make() -> bytes:
        if form == "HEIF":
            pillow_heif.register_heif_opener()
        out = io.BytesIO()
        image(mode).save(out, form, **options)
        return out.getvalue()

    return make


def with_words(lines: Iterable[str] = WORDS, size: tuple[int, int] = (1080, 1200)) -> Image.Image:
    """A screenshot of a telephone."""
    picture = Image.new("RGB", size, "white")
    font = ImageFont.truetype(FONT, 44)
    for number, line in enumerate(lines):
        ImageDraw.Draw(picture).text((60, 60 + number * 110), line, font=font, fill="black")
    return picture


def screenshot(form: str = "PNG", lines: Iterable[str] = WORDS) -> bytes:
    if form == "HEIF":
        pillow_heif.register_heif_opener()
    out = io.BytesIO()
    with_words(lines).save(out, form)
    return out.getvalue()


def scan() -> bytes:
    """A PDF that is pictures of paper."""
    out = io.BytesIO()
    with_words().save(out, "PDF", resolution=100)
    return out.getvalue()


def film(ending: str, codec: str) -> Made:
    def make() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"film.{ending}"
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), 10, (64, 48))
            for shade in range(5):
                writer.write(np.full((48, 64, 3), shade * 20, np.uint8))
            writer.release()
            return path.read_bytes()

    return make


def box(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def branded(brand: bytes, *others: bytes) -> Made:
    return lambda: box(b"ftyp", brand + b"\0\0\0\0" + b"".join(others)) + box(b"moov", b"\0" * 32) + box(b"mdat", b"x")


def sound_wav() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\1" * 800)
    return out.getvalue()


def mp3(header: bytes = b"") -> Made:
    frame = b"\xff\xfb\x90\x00" + b"\0" * 413  # MPEG 1, layer III, 128 kbit/s, 44.1 kHz
    return lambda: header + frame * 4


def packed(entries: dict[str, bytes], *stored: str, how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip; ``stored`` names entries that are not compressed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, content in entries.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name in stored else None)
    return out.getvalue()


def word_file(**extra: bytes) -> bytes:
    out = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("甲方：洛阳金鼎信息咨询有限公司，收益直接打入银行卡。")
    document.save(out)
    if not extra:
        return out.getvalue()
    with zipfile.ZipFile(out, "a") as archive:
        for name, content in extra.items():
            archive.writestr(name.replace("__", "/").replace("_bin", ".bin"), content)
    return out.getvalue()


def sheet() -> bytes:
    out = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["日期", "金额", "收款人"])
    book.save(out)
    return out.getvalue()


def slides() -> bytes:
    return packed(
        {"[Content_Types].xml": b"<Types/>", "ppt/presentation.xml": b"<p/>", "ppt/slides/slide1.xml": b"<p/>"}
    )


def open_document(kind: str) -> Made:
    text = "<office:text><text:p>平台名称：鼎盛普惠</text:p></office:text>".encode()
    declared = f"application/vnd.oasis.opendocument.{kind}".encode()
    return lambda: packed({"mimetype": declared, "content.xml": text, "META-INF/manifest.xml": b"<m/>"}, "mimetype")


def compound(*streams: str, root_class: bytes = b"\0" * 16) -> bytes:
    """An OLE compound file with streams of these names (MS-CFB), each empty."""
    names = ("Root Entry", *streams)
    entries = b""
    for number, name in enumerate(names):
        given = name.encode("utf-16-le")
        entry = given + b"\0" * (64 - len(given)) + struct.pack("<HBB", len(given) + 2, 5 if number == 0 else 2, 1)
        links = struct.pack("<iii", -1, -1, 1 if number == 0 and streams else -1)
        entries += (entry + links + (root_class if number == 0 else b"\0" * 16)).ljust(128, b"\0")
    entries = entries.ljust(512, b"\0")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += b"\0" * 10 + struct.pack("<iiii", 1, 1, 0, 4096) + struct.pack("<iiii", -2, 0, -2, 0)
    header = header.ljust(76, b"\0") + struct.pack("<i", 0) + struct.pack("<i", -1) * 108
    table = struct.pack("<ii", -3, -2).ljust(512, b"\xff")
    return header + table + entries


INSTALLER = bytes.fromhex("84100c0000000000c000000000000046")


def text_pdf() -> bytes:
    paper = fpdf.FPDF()
    paper.add_page()
    paper.add_font("cjk", fname=FONT)
    paper.set_font("cjk", size=14)
    for line in WORDS:
        paper.cell(0, 10, line, new_x="LMARGIN", new_y="NEXT")
    return bytes(paper.output())


def mail(attached: bytes = b"", name: str = "合同.pdf", encoding: str = "utf-8", html: bool = False) -> bytes:
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "sales@jinding-cf.example", "a@b.example", "投资邀请"
    message["Date"] = "Thu, 13 Oct 2016 12:30:00 +0800"
    words = "鼎盛普惠年化18%，请联系客服电话13837912345"
    message.set_content(f"<p>{words}</p>" if html else words, subtype="html" if html else "plain", charset=encoding)
    if attached:
        message.add_attachment(attached, maintype="application", subtype="octet-stream", filename=name)
    return bytes(message)


def pages(form: str = "TIFF") -> Made:
    def make() -> bytes:
        out = io.BytesIO()
        image("L").save(out, form, save_all=True, append_images=[image("L"), image("L")])
        return out.getvalue()

    return make


CHAT = "2016-10-13 12:30 客服：您好，保本保息\n2016-10-13 12:31 我：什么时候能提现？\n"
CSV = "日期,金额,对方户名\n2016-10-13,200000.00,洛阳金鼎信息咨询有限公司\n"
VCARD = "BEGIN:VCARD\nVERSION:3.0\nFN:张经理\nTEL:13837912345\nEND:VCARD\n"
RAR = b"Rar!\x1a\x07\x01\0\x33\x92\xb5\xe5\x0a\x01\x05\x06\0\x05\x01\x01\x80\x80\0"
SEVEN_ZIP = bytes.fromhex("377abcaf271c00048d9bd50f0000000000000000000000000000000000000000")

# Kind, name as it came, content.
TAKEN: tuple[tuple[str, str, Made], ...] = (
    ("jpg", "照片.jpg", saved("JPEG")),
    ("jpg", "IMG_0001.JPEG", saved("JPEG", "L")),
    ("jpg", "动态照片.jpg", lambda: saved("JPEG")() + film("mp4", "mp4v")()),
    ("jpg", "两张一起.mpo", pages("MPO")),
    ("png", "截图.png", saved("PNG")),
    ("png", "透明.png", saved("PNG", "RGBA")),
    ("png", "其实是png.jpg", saved("PNG", "P")),
    ("webp", "图.webp", saved("WEBP")),
    ("webp", "微信图片", saved("WEBP", "RGBA", lossless=True)),
    ("gif", "动图.gif", pages("GIF")),
    ("bmp", "画图.bmp", saved("BMP")),
    ("heic", "IMG_1234.HEIC", saved("HEIF")),
    ("heic", "十比特.heic", saved("HEIF", "RGBA")),
    ("heic", "IMG_5678.jpg", saved("HEIF", quality=40)),
    ("heic", "连拍.heif", pages("HEIF")),
    ("avif", "图.avif", saved("AVIF")),
    ("avif", "透明.avif", saved("AVIF", "RGBA")),
    ("tiff", "扫描.tif", saved("TIFF", compression="tiff_lzw")),
    ("tiff", "黑白扫描.tiff", saved("TIFF", "1", compression="group4")),
    ("tiff", "几页扫描.tiff", pages()),
    ("mp3", "录音.mp3", mp3()),
    ("mp3", "带标题.mp3", mp3(b"ID3\x03\0\0\0\0\0\x0a" + b"\0" * 10)),
    ("mp3", "通话", mp3()),
    ("m4a", "新录音.m4a", branded(b"M4A ", b"M4A mp42isom")),
    ("wav", "录音.wav", sound_wav),
    ("ogg", "voice.ogg", lambda: b"OggS\0\x02" + b"\0" * 22 + b"OpusHead" + b"\0" * 20),
    ("aac", "录音.aac", lambda: (b"\xff\xf1\x50\x80\x02\x1f\xfc" + b"\0" * 9) * 8),
    ("flac", "录音.flac", lambda: b"fLaC\0\0\0\x22" + b"\0" * 64),
    ("amr", "通话录音.amr", lambda: b"#!AMR\n" + b"\x3c" + b"\x55" * 31),
    ("amr", "宽带.awb", lambda: b"#!AMR-WB\n" + b"\x44" + b"\x55" * 60),
    ("amr", "两声道.amr", lambda: b"#!AMR_MC1.0\n\0\0\0\x02" + b"\x3c" * 40),
    ("silk", "微信语音.silk", lambda: b"\x02#!SILK_V3\x0c\0" + b"\xa7" * 60),
    ("silk", "msg_4321.amr", lambda: b"#!SILK_V3\x0c\0" + b"\xa7" * 60),
    ("caf", "语音.caf", lambda: b"caff\0\x01\0\0desc" + b"\0" * 40),
    ("wma", "录音.wma", lambda: bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + b"\0" * 64),
    ("aiff", "录音.aiff", lambda: b"FORM\0\0\0\x40AIFFCOMM" + b"\0" * 48),
    ("mp4", "视频.mp4", film("mp4", "mp4v")),
    ("mp4", "直播回放.m4v", branded(b"M4V ", b"mp42isom")),
    ("mp4", "抖音.mp4", branded(b"avc1", b"iso2mp41")),
    ("mov", "IMG_0002.MOV", film("mov", "mp4v")),
    ("mov", "没有品牌.mov", lambda: box(b"moov", b"\0" * 40) + box(b"mdat", b"x" * 20)),
    ("mov", "相机断电.mov", lambda: box(b"wide") + struct.pack(">I4s", 0, b"mdat") + b"x" * 200),
    ("mov", "先数据.mov", lambda: box(b"mdat", b"x" * 30) + box(b"moov", b"\0" * 40)),
    ("mov", "空位.mov", lambda: box(b"free", b"\0" * 8) + box(b"mdat", b"x" * 20) + box(b"moov", b"\0" * 40)),
    ("3gp", "老手机.3gp", film("3gp", "mp4v")),
    ("webm", "录屏.webm", film("webm", "VP80")),
    ("avi", "视频.avi", film("avi", "MJPG")),
    ("mkv", "视频.mkv", film("mkv", "mp4v")),
    ("wmv", "视频.wmv", film("wmv", "WMV2")),
    ("flv", "视频.flv", film("flv", "FLV1")),
    ("mpg", "监控.ts", film("ts", "MPG2")),
    ("mpg", "光盘.mpg", lambda: b"\0\0\x01\xba" + b"\x44" * 60),
    ("pdf", "合同.pdf", text_pdf),
    ("pdf", "扫描件.pdf", scan),
    ("docx", "合同.docx", word_file),
    ("docx", "带宏.docm", lambda: word_file(word__vbaProject_bin=b"\0")),
    ("xlsx", "流水.xlsx", sheet),
    ("pptx", "宣讲.pptx", slides),
    ("doc", "合同.doc", lambda: compound("WordDocument", "1Table")),
    ("doc", "合同.wps", lambda: compound("WordDocument")),
    ("xls", "流水.xls", lambda: compound("Workbook")),
    ("xls", "流水.et", lambda: compound("Workbook")),
    ("ppt", "宣讲.ppt", lambda: compound("PowerPoint Document")),
    ("msg", "邮件.msg", lambda: compound("__properties_version1.0")),
    ("odt", "合同.odt", open_document("text")),
    ("ods", "流水.ods", open_document("spreadsheet")),
    ("odp", "宣讲.odp", open_document("presentation")),
    ("ofd", "发票.ofd", lambda: packed({"OFD.xml": b"<ofd:OFD/>", "Doc_0/Document.xml": b"<d/>"})),
    ("rtf", "合同.rtf", lambda: rb"{\rtf1\ansi\ansicpg936 \'ba\'cf\'cd\'ac}"),
    ("eml", "邀请.eml", mail),
    ("eml", "带附件.eml", lambda: mail(scan())),
    ("eml", "网页存档.mht", lambda: mail(html=True)),
    ("eml", "老邮件.eml", lambda: mail(encoding="gb18030")),
    ("txt", "聊天记录.txt", CHAT.encode),
    ("txt", "聊天记录.txt", lambda: CHAT.encode("gb18030")),
    ("txt", "聊天记录.txt", lambda: CHAT.encode("utf-16")),
    ("txt", "聊天记录.txt", lambda: CHAT.encode("utf-16-be")),
    ("txt", "导出.txt", lambda: b"\xef\xbb\xbf" + CHAT.encode()),
    ("txt", "支付宝流水.csv", lambda: CSV.encode("gb18030")),
    ("txt", "MZ开头.txt", "MZ 是他们的代号，#! 是暗号".encode),
    ("txt", "说明.bat", "业务员让我运行这个，我没敢".encode),
    ("txt", "英文.txt", lambda: b"just text"),
    ("contact", "张经理.vcf", VCARD.encode),
    ("zip", "材料.zip", lambda: packed({"聊天记录/1.txt": CHAT.encode()})),
    ("zip", "带网址的.zip", lambda: packed({"www.jinding.com": b"x", "截图 12:30:05.png": saved("PNG")()})),
    ("zip", "里面叫exe.zip", lambda: packed({"看图.exe": "其实是文字".encode(), "a.com": b"x"})),
    ("zip", "空.zip", lambda: packed({})),
    ("7z", "材料.7z", lambda: SEVEN_ZIP),
    ("rar", "材料.rar", lambda: RAR + b"\0" * 20),
    ("rar", "老版本.rar", lambda: b"Rar!\x1a\x07\0" + b"\0" * 20),
    ("gz", "材料.tar.gz", lambda: b"\x1f\x8b\x08\0" + b"\0" * 20),
    ("tar", "材料.tar", lambda: b"a.txt".ljust(257, b"\0") + b"ustar\0" + b"00" + b"\0" * 250),
    ("xz", "材料.xz", lambda: b"\xfd7zXZ\0" + b"\0" * 30),
    ("bz2", "材料.bz2", lambda: b"BZh91AY&SY" + b"\0" * 30),
)

PE = b"MZ\x90\0\x03" + b"\0" * 55 + struct.pack("<I", 64) + b"PE\0\0" + b"\0" * 100
# Content, name, what is said of it.
REFUSED: tuple[tuple[str, str, Made], ...] = (
    ("空的", "空.png", lambda: b""),
    ("程序", "发票.png", lambda: PE),
    ("程序", "照片.jpg", lambda: b"\x7fELF\x02\x01\x01" + b"\0" * 100),
    ("程序", "苹果", lambda: b"\xcf\xfa\xed\xfe" + b"\0" * 60),
    ("程序", "两种处理器", lambda: b"\xca\xfe\xba\xbe\0\0\0\x02" + b"\0" * 60),
    ("程序", "安装包.doc", lambda: compound("Property", root_class=INSTALLER)),
    ("程序", "安装.msi", lambda: compound(root_class=INSTALLER)),
    ("程序", "金鼎.apk", lambda: packed({"AndroidManifest.xml": b"\0", "classes.dex": b"dex\n035\0"})),
    ("程序", "金鼎.ipa", lambda: packed({"Payload/Jinding.app/Info.plist": b"<plist/>"})),
    ("程序", "a.jar", lambda: packed({"META-INF/MANIFEST.MF": b"x", "A.class": b"\xca\xfe\xba\xbe\0"})),
    ("程序", "合同.txt", lambda: b"#!/bin/sh\nrm -rf /"),
    ("程序", "说明.txt", lambda: b"@echo off\r\ndel /q *"),
    ("程序", "说明.txt", lambda: b'Set s = CreateObject("WScript.Shell")\r\ns.Run "calc"'),
    ("程序", "x.txt", lambda: b"powershell -enc AAAA"),
    ("程序", "x.txt", lambda: b"Windows Registry Editor Version 5.00\r\n"),
    ("程序", "合同.pdf.lnk", lambda: b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F" + b"\0" * 60),
    ("程序", "光盘.zip", lambda: b"\0" * 32769 + b"CD001" + b"\0" * 100),
    ("程序", "材料.zip", lambda: packed({"看图.jpg": PE})),
    ("程序", "材料.zip", lambda: packed({"a.txt": b"x", "b/说明.vbs": b'CreateObject("WScript.Shell")'})),
    ("程序", "带附件.eml", lambda: mail(PE, "合同.pdf")),
    ("网页", "a.html", lambda: b"<!DOCTYPE html><html><script>alert(1)</script>"),
    ("网页", "a.svg", lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    ("网页", "截图.png", lambda: b"<?xml version='1.0'?>\n<svg onload='alert(1)'/>"),
    ("认不出", "数据.bin", lambda: bytes(range(256)) * 4),
    ("认不出", "a.ico", lambda: b"\0\0\x01\0\x01\0" + b"\0" * 40),
    ("认不出", "raw.cr3", lambda: box(b"ftyp", b"crx \0\0\0\0") + box(b"moov", b"\0" * 30)),
    ("密码", "加密.docx", lambda: compound("EncryptedPackage", "EncryptionInfo")),
    ("损坏", "断.png", lambda: saved("PNG")()[:60]),
    ("损坏", "断.heic", lambda: saved("HEIF")()[:-40]),
    ("损坏", "断.tif", lambda: b"II*\0\xff\xff\xff\x7f" + b"\0" * 20),
    ("损坏", "a.zip", lambda: packed({"a.txt": b"x"})[:-10]),
    ("藏有", "双.png", lambda: saved("PNG")() + packed({"a.txt": b"x"})),
    ("藏有", "双.txt", lambda: CHAT.encode() + b"%PDF-1.4"),
    ("路径", "a.zip", lambda: packed({"../../etc/passwd": b"x"})),
    ("路径", "a.zip", lambda: packed({"/etc/passwd": b"x"})),
    ("路径", "a.zip", lambda: packed({"C:\\a.txt": b"x"})),
    ("过大", "炸弹.zip", lambda: packed({"零.bin": b"\0" * 50_000_000})),
    ("过大", "a.zip", lambda: packed({f"{n}.txt": b"" for n in range(1001)})),
)
