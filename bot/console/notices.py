"""What officials are told, as it reads on the desk: what is named leads there, and nothing says to answer in a chat."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from casework.cases.codes import NUMBER

# Words for whoever reads it in a messenger, and what stands in their place here.
IN_A_CHAT = (
    (re.compile(r"：回复“案件 [^”]*”(?:或到工作台查看)?"), ""),
    (re.compile(r"办完请回复“完成 任务编号 办理情况”"), "办完请在“任务”里反馈"),
    (re.compile(r"到工作台(?=“)|见工作台(?=“)"), "到"),
)
PAGES = {"调取审批": "/console/releases", "我的调取": "/console/exports", "任务": "/console/tasks"}
PAGE = re.compile("“(" + "|".join(PAGES) + ")”")


def on_the_desk(text: str) -> Markup:
    """A notice with links to the cases and pages that it names."""
    for pattern, instead in IN_A_CHAT:
        text = pattern.sub(instead, text)
    linked = NUMBER.sub(lambda found: f'<a href="/console/cases/{found[0]}">{found[0]}</a>', str(escape(text)))
    return Markup(PAGE.sub(lambda found: f'“<a href="{PAGES[found[1]]}">{found[1]}</a>”', linked))
