"""Rows as .csv and .xlsx that an office opens without harm."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import xlsxwriter
from fastapi.responses import Response

from bot.web.files import attached
from bot.web.guards import BadInput

FORMULAS, BLANKS = tuple("=+-@＝＋－＠"), tuple("\t\r\n")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV Injection): some read full-width signs as well, and
    some what stands behind blanks."""
    return f"'{cell}" if cell[:1] in BLANKS or cell.lstrip()[:1] in FORMULAS else cell


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Rows with a byte order mark, without which Excel shows Chinese as rubbish."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as text cells: what looks like a formula, a link or a number stays what was written."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet, bold = book.add_worksheet("案件"), book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for column, title in enumerate(columns):
            sheet.write_string(0, column, title, bold)
        for line, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                sheet.write_string(line, column, harmless(cell))
        sheet.autofit()
    return out.getvalue()


def sheet(form: str, name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Response:
    """Rows to take out as ``xlsx`` or ``csv``.

    Raises:
        BadInput: another form.
    """
    if form not in FORMS:
        raise BadInput("可以导出 xlsx 或 csv。", 404, "not_found")
    write, media = FORMS[form]
    return attached(write(columns, rows), media, f"{name}.{form}")


FORMS = {"xlsx": (as_xlsx, XLSX), "csv": (as_csv, "text/csv; charset=utf-8")}
