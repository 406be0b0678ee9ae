"""Officials in conversation: signing in, tasks, cases, reminders; and what others hear who ask the same."""

from __future__ import annotations

import io
import re
import uuid

import httpx
import pytest
from icalendar import Calendar
from PIL import Image

from casework.desk.account import Role
from casework.desk.tasks import Tasks
from storage.encryption import load_encryptor
from storage.settings import ActionSettings
from tests.conftest import DATA, Server
from tests.officials import Official, keeper
from tests.talk import Person
from tests.test_tip_off import SUBMIT

STORY = "金鼎财富在涧西区门店承诺保本保息，我妈投了20万，老板跑路了"


def reported(server: Server, story: str = STORY) -> tuple[str, str]:
    """A tip-off; returns its number and receipt."""
    person = Person(server)
    person.say(story, "其余跳过", SUBMIT)
    return str(person.custom["number"]), str(person.custom["receipt"])


def tasks_store() -> Tasks:
    return Tasks(DATA / "tasks.db", load_encryptor(ActionSettings(data_dir=DATA)))


def test_signing_in_and_out(server: Server) -> None:
    zhou = Official(server, Role.OFFICIAL)
    assert "需要工作人员登录" in zhou.say("我的任务")
    assert zhou.custom["job"] == "tasks"
    assert "邀请码" in zhou.say("登录")
    assert zhou.custom["job"] == "login"
    code = zhou.accounts.invite(zhou.account)
    assert "登录成功：周明（市公安局" in zhou.say(f"登录 {code}")
    assert "已登录：周明" in zhou.say("登录")
    other = Person(server)
    assert "邀请码不对、已用过或已过期" in other.say(f"登录 {code}")
    assert "已退出登录" in zhou.say("退出登录")
    assert "需要工作人员登录" in zhou.say("我的任务")


def test_a_name_that_anybody_could_use_is_no_place_to_sign_in(server: Server) -> None:
    zhou = Official(server, Role.OFFICIAL)
    zhou.sender = "zhou" + uuid.uuid4().hex[:4]
    assert "为防冒用" in zhou.signs_in()


def test_wrong_codes_slow_down(server: Server) -> None:
    person = Person(server)
    for _ in range(3):
        person.say("登录 AAAAA-CCCCC")
    assert re.search(r"请 \d+ 秒后再试", person.say("登录 AAAAA-CCCCC"))


@pytest.mark.parametrize(
    ("unit", "asked", "holds"),
    [
        (
            "涧西区政府",
            "我的任务",
            ["完成首次摸底排查，2016年7月10日前（已逾期 95 天）", "【四（二）1】", "未完成 8 项"],
        ),
        ("涧西区政府", "本月到期", ["本月到期 2 项", "完成清理整顿", "还有 7 天"]),
        ("涧西区政府", "还有几天", ["2016年10月20日前（还有 7 天）", "2016年11月30日前（还有 48 天）"]),
        ("涧西区政府", "逾期的", ["逾期未办 1 项"]),
        ("涧西区政府", "下周五前要交什么", ["下周五前到期 3 项"]),
        ("涧西区政府", "月底前我们要办的", ["完成清理整顿"]),
        ("洛阳银监分局", "我们单位有什么任务", ["形成整治报告，报送市领导小组办公室", "【四（二）4】"]),
        ("市公安局", "我的任务", ["组织对清理整顿情况进行评估", "另有方案明确的职责"]),
        ("市信访局", "我的任务", ["组织对清理整顿情况进行评估", "【四（二）3】"]),
    ],
)
def test_tasks_with_days_and_clauses(server: Server, unit: str, asked: str, holds: list[str]) -> None:
    official = Official(server, Role.OFFICIAL, unit)
    official.signs_in()
    reply = official.say(asked)
    assert official.custom["job"] == "tasks"
    for words in holds:
        assert words in reply
    assert official.clauses


def test_the_office_sees_counties_and_progress(server: Server) -> None:
    office = Official(server, Role.OFFICE)
    office.signs_in()
    reply = office.say("县里要做什么")
    assert "各县（市、区）政府要做的" in reply
    assert "2016年11月30日前（还有 48 天）" in reply
    assert "个单位已反馈" in reply
    assert re.search(r"全市任务 \d+ 项.*逾期 \d+ 项", office.say("全市任务进展"))


def test_a_task_is_reported_done_by_its_own_unit(server: Server) -> None:
    mine, other = (Official(server, Role.OFFICIAL, unit) for unit in ("宜阳县政府", "嵩县政府"))
    mine.signs_in()
    other.signs_in()
    task = next(task for task in tasks_store().of_unit("宜阳县政府") if task.rule == "plan")
    assert "没有编号为" in other.say(f"完成 {task.id} 已报送")
    assert "请写明办理情况" in mine.say(f"完成 {task.id}")
    assert "已反馈，等待市领导小组办公室复核" in mine.say(f"完成 {task.id} 方案已于7月5日报送")
    assert "无需再次反馈" in mine.say(f"完成 {task.id} 再报一次")
    done = tasks_store().get(task.id)
    assert done and done.note == "方案已于7月5日报送"


def test_reminders_as_one_wants_them(server: Server) -> None:
    zhou = Official(server, Role.OFFICIAL)
    zhou.signs_in()
    assert "提前 5 天" in zhou.say("改成提前5天")
    assert "提前 10、2 天" in zhou.say("提前十天和2天提醒")
    assert "不再提醒" in zhou.say("不要提醒")
    account = zhou.accounts.get(zhou.account.id)
    assert account and account.preferences.muted and account.preferences.days == (10, 2)
    assert "提前 10、2 天" in zhou.say("恢复提醒").replace("到期前", "提前")
    assert "1 至 60 天" in zhou.say("提前99天提醒")


def test_a_notice_comes_once_with_the_next_message(server: Server) -> None:
    zhou = Official(server, Role.OFFICIAL)
    zhou.signs_in()
    tasks_store().tell(zhou.account.id, "任务提醒：摸底排查明天到期。")
    body = {"sender": zhou.sender, "message": "P2P谁牵头"}
    first, second = (httpx.post(f"{server.url}/webhooks/rest/webhook", json=body, timeout=30).json() for _ in "ab")
    assert [reply["custom"]["job"] for reply in first] == ["tasks", "duty"]
    assert first[0]["text"] == "任务提醒：摸底排查明天到期。"
    assert [reply["custom"]["job"] for reply in second] == ["duty"]


def test_a_calendar_to_import(server: Server) -> None:
    official = Official(server, Role.OFFICIAL, "栾川县政府")
    official.signs_in()
    official.say("日历")
    answer = official.file("任务日历.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    calendar = Calendar.from_ical(answer.text)
    assert calendar["prodid"] and calendar["version"] == "2.0"
    events = {str(event["uid"]): event for event in calendar.walk("VEVENT")}
    assert len(events) == len(calendar.walk("VEVENT")) == 4
    cleanup = next(event for event in events.values() if "清理整顿，出具" in str(event["summary"]))
    assert str(cleanup["dtstart"].dt) == "2016-10-20"
    assert str(cleanup["dtend"].dt) == "2016-10-21"
    assert cleanup["dtstamp"].dt.utcoffset().total_seconds() == 0
    assert "四（二）2" in str(cleanup["description"])
    lines = answer.content.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    for line in lines:
        line.decode()  # no character was cut in two
    assert httpx.get(f"{server.url}/calendar/once/forged/x.ics").status_code == 404


def cases_told(message: str) -> int:
    """How many cases a unit is told that it has; of many the list shows the gravest."""
    match = re.search(r"案件 (\d+) 件", message)
    return int(match[1]) if match else 0


def test_cases_in_chat_from_receipt_to_close(server: Server) -> None:
    desk = keeper(server).desk
    lead, copy, stranger = (Official(server, Role.OFFICIAL, u) for u in ("市工商局", "涧西区政府", "市农业局"))
    for official in (lead, copy, stranger):
        official.signs_in()
    before = cases_told(lead.say("我的案件"))
    number, receipt = reported(server)
    assert cases_told(lead.say("我的案件")) == before + 1
    shown = lead.say(f"案件 {number}")
    assert "内容已密封" in shown and "20万" not in shown and "主办市工商局" in shown
    assert number not in stranger.say("我的案件")
    assert "没有这项权限" in stranger.say(f"案件 {number}")
    assert "只有主办单位" in copy.say(f"受理 {number}")
    assert "已受理" in lead.say(f"受理 {number}")
    assert "已经受理" in lead.say(f"受理 {number}")
    assert "请写明要补充的内容" in lead.say(f"追问 {number}")
    lead.say(f"追问 {number}：请问收款账户户名是什么？")
    reporter = Person(server)
    assert "请问收款账户户名是什么？" in reporter.say(receipt)
    assert "需补充" in reporter.text
    reporter.say("补充：户名是王某")
    assert "户名是王某" not in lead.say(f"案件 {number}")
    assert "户名是王某" in desk.get(f"/console/cases/{number}").text
    assert "没有“火星局”这个单位" in lead.say(f"转办 {number} 火星局：试试")
    assert "已转办" in lead.say(f"转办 {number} 公安局：涉嫌非法集资，属公安机关职责")
    assert "只有主办单位" in lead.say(f"办结 {number} 属实，已处置")
    police = Official(server, Role.OFFICIAL, "市公安局")
    police.signs_in()
    assert "请写明办理结果" in police.say(f"办结 {number}：好了")
    assert "已办结" in police.say(f"办结 {number}：涉嫌犯罪，已移送立案侦查")
    reply = reporter.say(receipt)
    assert "已办结" in reply and "涉嫌犯罪，已移送公安机关" in reply
    assert "涉嫌非法集资，属公安机关职责" not in reply  # between handlers
    assert "已经办结" in police.say(f"回复 {number}：再说一句")


def test_a_unit_hears_that_something_waits(server: Server) -> None:
    lead, office = Official(server, Role.OFFICIAL, "市工商局"), Official(server, Role.OFFICE)
    for official in (lead, office):
        official.signs_in()
        official.say("我的任务")
    small, _ = reported(server)
    big, receipt = reported(server, "金鼎财富在西工区骗了上百人，投了500万，老板跑路了，我也被骗了")
    lead.say("时间安排")
    assert [number in notice for number, notice in zip((small, big), lead.notices, strict=True)] == [True, True]
    office.say("时间安排")
    assert len(office.notices) == 1 and office.notices[0].startswith(f"【重大】新转来举报 {big}")
    assert "金鼎" not in "".join(lead.notices + office.notices)
    Person(server).say(receipt, "补充：他们换了收款账户")
    lead.say("时间安排")
    assert f"举报人对 {big} 补充了情况" in lead.notices[0]


def test_who_hears_what(server: Server) -> None:
    """The same words from everybody: what a role may not do is refused, and nothing of a case is said."""
    number, _ = reported(server)
    secret = "20万"
    everybody = {role: Official(server, role) for role in Role}
    for official in everybody.values():
        official.signs_in()
    allowed = {
        "我的任务": {Role.OFFICIAL, Role.PETITION, Role.OFFICE},
        "我的案件": {Role.OFFICIAL, Role.OFFICE},
        "本周统计": {Role.OFFICIAL, Role.OFFICE},
        f"案件 {number}": {Role.OFFICIAL, Role.OFFICE},  # a tip-off of a runaway goes to the police too
        f"受理 {number}": {Role.OFFICE},
    }
    refusals = ("没有这项权限", "只有主办单位")
    for words, roles in allowed.items():
        for role, official in everybody.items():
            reply = official.say(words)
            status_only = role is Role.PETITION and number in words
            assert any(refusal in reply for refusal in refusals) == (role not in roles and not status_only), (
                words,
                role,
            )
            if role not in (Role.OFFICIAL, Role.OFFICE):
                assert secret not in reply
        public = Person(server)
        assert re.search("登录|案件编号", public.say(words)), words
        assert secret not in public.text
    assert "主办单位" in everybody[Role.PETITION].say(f"案件 {number}")


def test_the_week_as_a_picture(server: Server) -> None:
    reported(server)
    office = Official(server, Role.OFFICE)
    office.signs_in()
    assert "本周举报" in office.say("给我看看本周统计")
    picture = httpx.get(f"{server.url}{office.reply['image']}", timeout=60)
    assert picture.headers["content-type"] == "image/png"
    with Image.open(io.BytesIO(picture.content)) as image:
        assert image.width > 600
        colours = image.convert("RGB").getcolors(1_000_000)
    assert colours and len(colours) > 50
    office.accounts.set_active(office.account, active=False)
    assert httpx.get(f"{server.url}{office.reply['image']}", timeout=60).status_code == 410
    assert httpx.get(f"{server.url}/charts/forged.png").status_code == 410


@pytest.mark.parametrize(("asked", "holds"), [("时间安排图", "2016年11月30日"), ("领导小组组织结构图", "尚英照")])
def test_the_plan_as_a_picture_for_everybody(server: Server, asked: str, holds: str) -> None:
    person = Person(server)
    assert holds in person.say(asked)
    picture = httpx.get(f"{server.url}{person.reply['image']}", timeout=60)
    with Image.open(io.BytesIO(picture.content)) as image:
        assert image.width > 600


@pytest.mark.parametrize(
    ("said", "done"),
    [
        (("先受理吧",), "已受理"),
        (("这件先受理",), "已受理"),
        (("受理一下",), "已受理"),
        (("受理", "问问举报人有没有银行流水"), "已请举报人补充"),
        (("受理", "请举报人补充转账凭证"), "已请举报人补充"),
        (("受理", "回复举报人：已约谈负责人，请保存好合同"), "已回复举报人"),
        (("受理", "告知举报人：材料已收到，正在核查"), "已回复举报人"),
        (("受理", "转给市公安局，涉嫌非法吸收公众存款"), "已转办"),
        (("受理", "移交给市公安局，涉嫌诈骗"), "已转办"),
        (("记一下：负责人手机停机",), "已记备注"),
    ],
)
def test_an_act_upon_the_case_in_hand_in_other_words(server: Server, said: tuple[str, ...], done: str) -> None:
    number, receipt = reported(server)
    office = Official(server, Role.OFFICE)
    office.signs_in()
    assert number in office.say(f"打开案件{number}")
    assert f"{number} {done}" in office.say(*said)
    if done.endswith("举报人") or "补充" in done:
        words = re.split("举报人[：]?", said[-1], maxsplit=1)[1]
        assert words in Person(server).say(receipt)


def test_the_same_words_of_others_are_no_act(server: Server) -> None:
    """Who is not signed in, or has no case in hand, tells or asks something else."""
    number, receipt = reported(server)
    assert "已回复" not in Person(server).say("回复举报人：已约谈负责人，请保存好合同")
    office = Official(server, Role.OFFICE)
    office.signs_in()
    assert "已转办" not in office.say("转给市公安局，涉嫌诈骗")
    assert number in Person(server).say(receipt) and "约谈" not in Person(server).say(receipt)


@pytest.mark.parametrize("day", ["2月30日", "国庆后"])
def test_a_day_that_is_not_understood_is_asked_about_however_it_is_asked(server: Server, day: str) -> None:
    official = Official(server, Role.OFFICIAL, "涧西区政府")
    official.signs_in()
    assert "没有看懂" in official.say(f"{day}到期的任务是哪些")
