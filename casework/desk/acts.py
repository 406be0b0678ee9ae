"""What stands in the audit, in words an official reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from casework.cases.audit import AuditEntry
from casework.cases.audit_acts import AuditAct
from casework.cases.releases import PURPOSES, WISHES
from casework.cases.words import OUTCOMES, STATUS_NAMES

ACTORS = {
    "reporter": "举报人",
    "retention": "保存期到期",
    "maintenance": "系统维护",
    "command line": "命令行",
    "download": "下载链接",
}
WORDS: dict[AuditAct, str] = {
    AuditAct.START: "开始填写",
    AuditAct.SUBMIT: "提交",
    AuditAct.AMEND: "开始更正",
    AuditAct.ADOPT: "换设备继续填写",
    AuditAct.DELETE_DRAFT: "删除草稿",
    AuditAct.DELETE_CLOSED: "办结期满删除",
    AuditAct.DELETE_IDLE: "久未办理期满删除",
    AuditAct.WITHDRAW: "撤回",
    AuditAct.DELETE_DESTROYED: "恢复备份后删除已销毁的",
    AuditAct.ADD_EVIDENCE: "上传材料",
    AuditAct.VIEW: "查看案件",
    AuditAct.VIEW_STATUS: "查进度",
    AuditAct.OPEN_EVIDENCE: "打开材料",
    AuditAct.VIEW_CONTACT: "查看举报人联系方式",
    AuditAct.TAKE_ORIGINAL: "下载材料原件",
    AuditAct.EXPORT_CASE: "导出整件",
    AuditAct.ENTER_REPORT: "代录举报",
    AuditAct.SIGN_IN: "登录工作台",
    AuditAct.ROTATE_KEYS: "更换密钥",
    AuditAct.DISMISS_QUESTION: "移除未答问题",
    AuditAct.EXPORT_PERSON: "导出一人的数据",
    AuditAct.ERASE_PERSON: "删除一人的数据",
}
MESSAGES = {"reporter": "举报人留言", "handler": "答复举报人", "internal": "内部备注"}
ACCOUNT_ACTS = {
    "add": "新建",
    "invite": "发邀请码",
    "revoke": "全部退出",
    "stop": "停用",
    "start": "恢复",
    "recover": "找回单位密钥",
}
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
OWN_ACTS |= {"sign out everywhere": "全部退出", "reminders": "改提醒", "escrow": "打印恢复纸"}
TASK_ACTS = {
    "finish": "反馈完成",
    "assign": "指派",
    "confirm": "复核销号",
    "reopen": "退回",
    "redate": "改期",
    "add": "交办",
}


def _named(names: Mapping[str, str], act: AuditEntry, detail: str) -> str:
    """The name of a detail; one that is not known here stands as it was written."""
    return names.get(act.of(detail), act.of(detail))


# What an act with details is called.
DETAILED: dict[AuditAct, Callable[[AuditEntry], str]] = {
    AuditAct.STATUS: lambda a: f"状态改为{_named(STATUS_NAMES, a, 'status')}",
    AuditAct.MESSAGE: lambda a: _named(MESSAGES, a, "author"),
    AuditAct.TRANSFER: lambda a: f"转办至{a.of('unit')}",
    AuditAct.ACCEPT_PART: lambda a: f"{a.of('unit')}受理本单位部分",
    AuditAct.CLOSE_PART: lambda a: f"{a.of('unit')}办结本单位部分（{_named(OUTCOMES, a, 'outcome')}）",
    AuditAct.DOWNLOAD: lambda a: f"下载{'信息表' if a.of('paper') == 'form' else '自查报告'}（{a.of('form')}）",
    AuditAct.EXPORT_CASES: lambda a: f"导出案件列表 {a.of('count')} 件（{a.of('form')}）",
    AuditAct.EXPORT_TASKS: lambda a: f"导出任务 {a.of('count')} 项（{a.of('form')}）",
    AuditAct.EXPORT_CHART: lambda a: f"导出统计数字（{a.of('form')}）",
    AuditAct.DESTROY: lambda a: f"销毁整件和它的钥匙（{_named(PURPOSES, a, 'purpose')}）",
    AuditAct.ASK_RELEASE: lambda a: f"申请{_named(WISHES, a, 'what')}",
    AuditAct.RELEASE: lambda a: f"同意{a.of('unit')}{_named(WISHES, a, 'what')}（{_named(PURPOSES, a, 'purpose')}）",
    AuditAct.REFUSE_RELEASE: lambda a: f"不同意{_named(WISHES, a, 'what')}",
    AuditAct.APPROVE_EXPLANATION: lambda a: f"审定口径（{a.of('explanation')}）",
    AuditAct.WITHDRAW_APPROVAL: lambda a: f"撤回口径的审定（{a.of('explanation')}）",
    AuditAct.SIGN_IN_CHAT: lambda a: f"登录聊天（{a.of('channel')}）",
    AuditAct.DECIDE_ACCOUNT: lambda a: f"账号：{_named(DECISIONS, a, 'decision')}{_named(ACCOUNT_ACTS, a, 'what')}",
    AuditAct.ACCOUNT: lambda a: f"账号：{_named(ACCOUNT_ACTS, a, 'what')}",
    AuditAct.OWN_ACCOUNT: lambda a: f"本人账号：{_named(OWN_ACTS, a, 'what')}",
    AuditAct.MAKE_UNIT_KEY: lambda a: f"建立{a.of('unit')}的单位密钥",
    AuditAct.HAND_UNIT_KEY: lambda a: f"把{a.of('unit')}的单位密钥交给同事",
    AuditAct.CHANGE_UNIT_KEY: lambda a: f"更换{a.of('unit')}的单位密钥",
    AuditAct.PRINT_SHARES: lambda a: f"打印{a.of('unit')}的恢复纸",
    AuditAct.RECOVER_UNIT_KEY: lambda a: f"用恢复纸找回{a.of('unit')}的单位密钥",
    AuditAct.TASK: lambda a: f"任务 {a.of('task')}：{_named(TASK_ACTS, a, 'what')}",
    AuditAct.NEW_YEAR: lambda a: f"{a.of('year')} 年任务重新开始（{a.of('tasks')} 项）",
    AuditAct.DOCUMENT: lambda a: f"文件：{_named(DOCUMENT_ACTS, a, 'what')}（{a.of('document')}）",
    AuditAct.SETTLE_FACT: lambda a: f"文件：核定结论（{a.of('fact')}）",
    AuditAct.CORRECT_ENTRY: lambda a: f"修改结论（{a.of('entry')}）",
    AuditAct.ADD_QUESTION: lambda a: f"题库加入问题（{a.of('clause')}）",
    AuditAct.UNKNOWN: lambda a: a.of("text"),
}


def in_words(act: AuditEntry) -> str:
    """An act of the audit in Chinese."""
    return WORDS[act.act] if act.act in WORDS else DETAILED[act.act](act)
