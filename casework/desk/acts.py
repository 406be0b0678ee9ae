"""What stands in the audit, in words an official reads."""

from __future__ import annotations

import re
from collections.abc import Callable

from casework.cases.releases import PURPOSES, WHAT_NAMES
from casework.cases.words import OUTCOMES, STATUS_NAMES

ACTORS = {
    "reporter": "举报人",
    "retention": "保存期到期",
    "maintenance": "系统维护",
    "command line": "命令行",
    "download": "下载链接",
}
WORDS: dict[str, str] = {
    "start": "开始填写",
    "submit": "提交",
    "amend": "开始更正",
    "adopt": "换设备继续填写",
    "delete draft": "删除草稿",
    "delete closed": "办结期满删除",
    "delete idle": "久未办理期满删除",
    "withdraw": "撤回",
    "add evidence": "上传材料",
    "view": "查看案件",
    "view status": "查进度",
    "open evidence": "打开材料",
    "take original evidence": "下载材料原件",
    "export case": "导出整件",
    "enter report": "代录举报",
    "message of reporter": "举报人留言",
    "message of handler": "答复举报人",
    "message of internal": "内部备注",
    "sign in to the console": "登录工作台",
    "rotate keys": "更换密钥",
    "dismiss question": "移除未答问题",
    "export person": "导出一人的数据",
    "erase person": "删除一人的数据",
}
ACCOUNT_ACTS = {"add": "新建", "invite": "发邀请码", "revoke": "全部退出", "stop": "停用", "start": "恢复"}
ACCOUNT_ACTS |= {"move": "调整单位或身份", "no totp": "取消动态码", "no key": "取消安全密钥"}
ACCOUNT_ACTS |= {"reset": "取消动态码和安全密钥"}
DOCUMENT_ACTS = {
    "upload": "上传",
    "approve": "审定启用",
    "refuse": "不添加",
    "replace": "被新版本代替",
    "mark": "改效力或关系",
    "remove": "移除",
    "draft facts of": "起草结论",
}
DECISIONS = {"ask": "申请", "approve": "同意", "refuse": "不同意"}
OWN_ACTS = {"password": "改密码", "code": "生成绑定码", "feed": "生成日历订阅", "drop feed": "作废日历订阅"}
OWN_ACTS |= {"add key": "登记安全密钥", "drop key": "删除安全密钥"}
OWN_ACTS |= {"totp": "开始启用动态码", "confirm totp": "启用动态码", "drop totp": "停用动态码"}
OWN_ACTS |= {"sign out everywhere": "全部退出", "reminders": "改提醒"}
TASK_ACTS = {
    "finish": "反馈完成",
    "assign": "指派",
    "confirm": "复核销号",
    "reopen": "退回",
    "redate": "改期",
    "add": "交办",
}
NAMES: dict[str, str] = {str(what): name for what, name in WHAT_NAMES.items()}
PATTERNS: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"status (\w+)", lambda m: f"状态改为{STATUS_NAMES.get(m[1], m[1])}"),
    (r"transfer to (.+)", lambda m: f"转办至{m[1]}"),
    (r"part accepted by (.+)", lambda m: f"{m[1]}受理本单位部分"),
    (r"part closed by (.+): (\w+)", lambda m: f"{m[1]}办结本单位部分（{OUTCOMES.get(m[2], m[2])}）"),
    (r"download (\w+)\.(\w+)", lambda m: f"下载{'信息表' if m[1] == 'form' else '自查报告'}（{m[2]}）"),
    (r"export (\d+) cases as (\w+)", lambda m: f"导出案件列表 {m[1]} 件（{m[2]}）"),
    (r"export (\d+) tasks as (\w+)", lambda m: f"导出任务 {m[1]} 项（{m[2]}）"),
    (r"export chart (\w+) as (\w+)", lambda m: f"导出统计数字（{m[2]}）"),
    (r"ask release of (\w+)", lambda m: f"申请调取{NAMES.get(m[1], m[1])}"),
    (r"release (\w+) to (.+): (\w+)", lambda m: f"同意{m[2]}调取{NAMES.get(m[1], m[1])}（{PURPOSES.get(m[3], m[3])}）"),
    (r"refuse (\w+)", lambda m: f"不同意调取{NAMES.get(m[1], m[1])}"),
    (r"approve explanation (\w+)", lambda m: f"审定口径（{m[1]}）"),
    (r"withdraw approval of explanation (\w+)", lambda m: f"撤回口径的审定（{m[1]}）"),
    (r"sign in on (\w+)", lambda m: f"登录聊天（{m[1]}）"),
    (
        r"account (ask|approve|refuse) (\w+(?: \w+)?) \w+",
        lambda m: f"账号：{DECISIONS[m[1]]}{ACCOUNT_ACTS.get(m[2], m[2])}",
    ),
    (r"account (\w+(?: \w+)?) \w+", lambda m: f"账号：{ACCOUNT_ACTS.get(m[1], m[1])}"),
    (r"own account: (.+)", lambda m: f"本人账号：{OWN_ACTS.get(m[1], m[1])}"),
    (r"(\w+) task (\d+)", lambda m: f"任务 {m[2]}：{TASK_ACTS.get(m[1], m[1])}"),
    (r"begin the campaign of (\d+): (\d+) tasks", lambda m: f"{m[1]} 年任务重新开始（{m[2]} 项）"),
    (
        r"(upload|approve|refuse|replace|mark|remove|draft facts of) document ([\w-]+)",
        lambda m: f"文件：{DOCUMENT_ACTS[m[1]]}（{m[2]}）",
    ),
    (r"settle document fact ([\w-]+)", lambda m: f"文件：核定结论（{m[1]}）"),
    (r"correct entry (.+)", lambda m: f"修改结论（{m[1]}）"),
    (r"add question to (.+)", lambda m: f"题库加入问题（{m[1]}）"),
)


def in_words(act: str) -> str:
    """An act of the audit in Chinese; one that is not known here stands as it was written."""
    if act in WORDS:
        return WORDS[act]
    for pattern, words in PATTERNS:
        if match := re.fullmatch(pattern, act):
            return words(match)
    return act
