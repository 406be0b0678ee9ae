"""Pictures of the counts, the campaign's timeline and the leading group, drawn by matplotlib in a Chinese font.

Figures are made without pyplot, whose state threads would share. Text becomes outlines in SVG, so that it shows on a
machine without Chinese fonts.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch

from casework.desk.counts import Statistics
from casework.document_writer import HEADINGS, font_file
from knowledge.directory import Deadline, Member

Chart = Literal["weeks", "counties", "waiting", "breaches", "jobs", "tasks", "timeline", "group"]
TITLES: dict[Chart, str] = {
    "weeks": "举报数量（按领域、按周）",
    "counties": "举报数量（按县区）",
    "waiting": "从收到到首次办理的小时数（每周中位数）",
    "breaches": "企业自查红线问题（按条款）",
    "jobs": "问答次数（按事项）",
    "tasks": "各单位任务进度",
    "timeline": "专项整治时间安排",
    "group": "市领导小组组成",
}
# Told apart without colour vision (Okabe and Ito 2008), and by hatching in black and white.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#777777")
HATCHES = ("", "//", "..", "xx", "\\\\", "++", "--", "oo")
INK, PALE = "#222222", "#e9eef3"
MOST_BARS = 18
NOTHING = "这段时间没有数据"


@lru_cache(maxsize=8)
def font(size: float) -> FontProperties:
    return FontProperties(fname=str(font_file(HEADINGS)), size=size)


def drawn(figure: Figure, form: Literal["svg", "png"]) -> bytes:
    """A figure as SVG or PNG."""
    out = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "chart"}):
        if form == "svg":
            FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None})
        else:
            FigureCanvasAgg(figure).print_png(out)
    return out.getvalue()


def picture(chart: Chart | Literal["report"], statistics: Statistics, form: Literal["svg", "png"]) -> bytes:
    """One chart of the counts, or the report of the week."""
    return drawn(report_of(statistics) if chart == "report" else chart_of(chart, statistics), form)


def chart_of(chart: Chart, statistics: Statistics) -> Figure:
    """One chart of the counts."""
    if chart == "weeks":
        return _weeks(statistics)
    if chart == "waiting":
        return _waiting(statistics)
    if chart == "tasks":
        return _tasks(statistics)
    counts = {"counties": statistics.by_county, "breaches": statistics.breaches, "jobs": statistics.jobs}[chart]
    return _bars(TITLES[chart], counts)


def report_of(statistics: Statistics) -> Figure:
    """The week in one picture, for a chat."""
    figure = Figure(figsize=(8, 10), dpi=110, layout="constrained")
    axes: Any = figure.subplots(3, 1, height_ratios=(3, 3, 2))
    top, middle, bottom = axes
    _draw_weeks(top, statistics)
    _draw_bars(middle, TITLES["counties"], statistics.by_county)
    _draw_bars(bottom, "办理情况", statistics.by_status)
    return figure


def _figure(height: float = 4.2, width: float = 8) -> tuple[Figure, Any]:
    figure = Figure(figsize=(width, height), dpi=110, layout="constrained")
    return figure, figure.subplots()


def _dress(axes: Any, title: str) -> None:
    axes.set_title(title, fontproperties=font(13), loc="left", color=INK)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(font(10))


def _empty(axes: Any, title: str) -> None:
    axes.set_axis_off()
    axes.set_title(title, fontproperties=font(13), loc="left", color=INK)
    axes.text(0.5, 0.5, NOTHING, ha="center", va="center", fontproperties=font(12), transform=axes.transAxes)


def _weeks(statistics: Statistics) -> Figure:
    figure, axes = _figure()
    _draw_weeks(axes, statistics)
    return figure


def _draw_weeks(axes: Any, statistics: Statistics) -> None:
    if not statistics.tip_offs:
        return _empty(axes, TITLES["weeks"])
    labels = [f"{week.month}月{week.day}日" for week in statistics.weeks]
    base = [0] * len(labels)
    for n, (sector, counts) in enumerate(statistics.by_week.items()):
        style = n % len(COLOURS)
        axes.bar(
            labels, counts, bottom=base, label=sector, color=COLOURS[style], hatch=HATCHES[style], edgecolor="white"
        )
        base = [low + count for low, count in zip(base, counts, strict=True)]
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.legend(prop=font(9), frameon=False, ncols=2)
    _dress(axes, TITLES["weeks"])
    axes.tick_params(axis="x", rotation=40)
    return None


def _waiting(statistics: Statistics) -> Figure:
    figure, axes = _figure()
    shown = [
        (week, hours)
        for week, hours in zip(statistics.weeks, statistics.hours_by_week, strict=True)
        if hours is not None
    ]
    if not shown:
        _empty(axes, TITLES["waiting"])
        return figure
    labels = [f"{week.month}月{week.day}日" for week, _ in shown]
    axes.plot(labels, [hours for _, hours in shown], color=COLOURS[0], marker="o", linewidth=2)
    for place, (_, hours) in enumerate(shown):
        axes.annotate(f"{hours:.1f}", (place, hours), xytext=(0, 6), textcoords="offset points", ha="center")
    axes.set_ylim(bottom=0)
    _dress(axes, TITLES["waiting"])
    return figure


def _bars(title: str, counts: Mapping[str, int]) -> Figure:
    figure, axes = _figure(height=max(2.6, 0.36 * min(len(counts), MOST_BARS) + 1.2))
    _draw_bars(axes, title, counts)
    return figure


def _draw_bars(axes: Any, title: str, counts: Mapping[str, int]) -> None:
    if not counts:
        return _empty(axes, title)
    ranked = sorted(counts.items(), key=lambda item: item[1])[-MOST_BARS:]
    bars = axes.barh([name for name, _ in ranked], [count for _, count in ranked], color=COLOURS[0])
    axes.bar_label(bars, padding=3, fontproperties=font(10))
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
    _dress(axes, title)
    return None


def _tasks(statistics: Statistics) -> Figure:
    units = list(statistics.tasks.items())
    figure, axes = _figure(height=max(2.6, 0.34 * len(units) + 1.4))
    if not units:
        _empty(axes, TITLES["tasks"])
        return figure
    names = [name or "本单位" for name, _ in reversed(units)]
    left = [0] * len(units)
    parts = (("confirmed", "已销号", 2), ("done", "待复核", 4), ("open", "办理中", 1), ("overdue", "逾期", 5))
    for key, label, style in parts:
        counts = [progress[key] for _, progress in reversed(units)]  # type: ignore[index]
        axes.barh(names, counts, left=left, label=label, color=COLOURS[style], hatch=HATCHES[style], edgecolor="white")
        left = [low + count for low, count in zip(left, counts, strict=True)]
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(prop=font(9), frameon=False, ncols=4, loc="lower right", bbox_to_anchor=(1, 1))
    _dress(axes, TITLES["tasks"])
    return figure


def timeline(deadlines: Sequence[Deadline], issued: date, today: date) -> Figure:
    """The steps of 四（二） on a line of days, with today where it falls among them."""
    figure, axes = _figure(height=3.4, width=9)
    first, last = issued, max(d.date for d in deadlines)
    axes.hlines(0, first.toordinal() - 5, last.toordinal() + 5, color=INK, linewidth=2)
    entries = [(issued, "印发方案")]
    by_day: dict[date, list[str]] = {}
    for deadline in deadlines:
        by_day.setdefault(deadline.date, []).append(deadline.step)
    entries += [(day, "\n".join(steps)) for day, steps in by_day.items()]
    for n, (day, text) in enumerate(entries):
        side = 1 if n % 2 == 0 else -1
        axes.plot(day.toordinal(), 0, "o", color=COLOURS[0], markersize=11)
        axes.vlines(day.toordinal(), 0, side * 0.5, color="#999999", linewidth=1)
        label = f"{day.year}年{day.month}月{day.day}日{'前' if n else ''}\n{text}"
        where = "bottom" if side > 0 else "top"
        axes.text(day.toordinal(), side * 0.55, label, ha="center", va=where, fontproperties=font(11))
    if first <= today <= last:
        axes.plot(today.toordinal(), 0, "v", color=COLOURS[5], markersize=13)
        here = f"今天 {today.month}月{today.day}日"
        axes.text(today.toordinal(), 0.14, here, ha="center", color=COLOURS[5], fontproperties=font(10))
    axes.set_ylim(-1.5, 1.5)
    axes.set_xlim(first.toordinal() - 14, last.toordinal() + 18)
    axes.set_axis_off()
    axes.set_title(TITLES["timeline"], fontproperties=font(13), loc="left", color=INK)
    return figure


def organisation(members: Sequence[Member]) -> Figure:
    """附件1 as a chart: head, deputies, members."""
    figure, axes = _figure(height=7.2, width=10)
    axes.set_axis_off()
    axes.set_xlim(0, 10)
    axes.set_ylim(0, 10)
    axes.set_title(TITLES["group"], fontproperties=font(13), loc="left", color=INK)
    heads = [m for m in members if m.role == "组长"]
    deputies = [m for m in members if m.role == "副组长"]
    others = [m for m in members if m.role not in ("组长", "副组长")]
    for member in heads:
        _box(axes, 5, 9.2, 3.4, 0.9, f"组长　{member.name}\n{member.post}", COLOURS[0])
    for n, member in enumerate(deputies):
        x = 5 + (n - (len(deputies) - 1) / 2) * 3.2
        axes.plot([5, x], [8.75, 8.05], color="#999999", linewidth=1, zorder=0)
        _box(axes, x, 7.6, 2.9, 0.9, f"副组长　{member.name}\n{member.post}", COLOURS[2])
    axes.plot([5, 5], [8.75, 6.75], color="#999999", linewidth=1, zorder=0)
    across = 3
    for n, member in enumerate(others):
        x, y = 1.75 + (n % across) * 3.25, 6.2 - (n // across) * 1.02
        _box(axes, x, y, 3.1, 0.86, f"成员　{member.name}\n{member.post}", PALE)
    return figure


def _box(axes: Any, x: float, y: float, width: float, height: float, text: str, colour: str) -> None:
    box = FancyBboxPatch(
        (x - width / 2, y - height / 2), width, height, boxstyle="round,pad=0.02", facecolor=colour, edgecolor="#999999"
    )
    axes.add_patch(box)
    ink = INK if colour == PALE else "white"
    size = 10 if len(text) < 24 else 9
    axes.text(x, y, text, ha="center", va="center", fontproperties=font(size), color=ink, linespacing=1.4)


def timeline_picture(deadlines: Sequence[Deadline], issued: date, today: date, form: Literal["svg", "png"]) -> bytes:
    return drawn(timeline(deadlines, issued, today), form)


def organisation_picture(members: Sequence[Member], form: Literal["svg", "png"]) -> bytes:
    return drawn(organisation(members), form)
