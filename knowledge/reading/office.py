"""Old Word (.doc), WPS (.wps) and .rtf files, turned into .docx by LibreOffice where it is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from knowledge.reading.blocks import DocumentError

SECONDS = 120
NAMES = ("soffice", "libreoffice")


def as_docx(content: bytes, name: str, suffix: str) -> bytes:
    """A file's content as .docx.

    Raises:
        DocumentError: LibreOffice is not installed, or cannot read the file.
    """
    program = next((found for found in map(shutil.which, NAMES) if found), None)
    if program is None:
        raise DocumentError(
            f"{name} 是旧式 Word 或 WPS 文件，这台机器没有安装 LibreOffice，无法转换。"
            "请用 Word 或 WPS 打开后另存为 .docx 再添加。"
        )
    with tempfile.TemporaryDirectory(prefix="office-") as folder:
        source = Path(folder) / f"source{suffix}"
        source.write_bytes(content)
        # A profile of its own: a LibreOffice that somebody has open would take the file over and return at once.
        command = [program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--norestore",
                   "--convert-to", "docx", "--outdir", folder, str(source)]  # fmt: skip
        try:
            subprocess.run(command, capture_output=True, timeout=SECONDS, check=True, cwd=folder)
            return (Path(folder) / "source.docx").read_bytes()
        except subprocess.TimeoutExpired as error:
            raise DocumentError(f"{name} 的转换超过 {SECONDS} 秒。请另存为 .docx 再添加。") from error
        except (subprocess.CalledProcessError, OSError) as error:
            raise DocumentError(f"{name} 无法转换，可能已损坏或加密。请另存为 .docx 再添加。") from error
