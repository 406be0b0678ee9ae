"""Reports as people make them on WeChat: quotations, passed on talk, voices, cards, places, numbers for buttons."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from bench.listening import answer_of
from tests.conftest import QuickServer, Server, server_of_its_own
from tests.messengers import nothing_more_comes
from tests.test_tip_off import SUBMIT
from tests.test_wechat import HISTORY, photo
from tests.wechat_gateway import TOKEN, Gateway, WeChatter

pytestmark = pytest.mark.skipif(not Gateway.there(), reason="没有 Node 或网关的软件包（见 tests/prepare_machine.sh）")

REVIEW = "看看填了什么"
BEGUN = "举报聚鼎易贷骗了我3万"
BREAK = "\n- - - - - - - - - - - - - - -\n"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    started = Gateway(tmp_path_factory.mktemp("gateway") / "log")
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def server(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    limits = {"wechat_endpoint": gateway.endpoint, "wechat_token": TOKEN, "wechat_per_second": "500"}
    with server_of_its_own(tmp_path_factory.mktemp("wechat"), QuickServer, **limits) as running:
        gateway.wait_until_ready()
        yield running


class Reporter:
    """Somebody on WeChat, and what they do one after the other; each waits until all was answered."""

    def __init__(self, gateway: Gateway, server: Server) -> None:
        self.friend, self.server = WeChatter(gateway), server

    def does(self, act: Callable[[], object]) -> str:
        have = len(self.friend.heard())
        act()
        self.friend.wait_for(have + 1)
        nothing_more_comes(self.server, "wechat")
        return self.friend.last

    def says(self, *texts: str) -> str:
        for text in texts:
            said = self.does(lambda text=text: self.friend.says(text))  # type: ignore[misc]
        return said

    def sends(self, name: str, content: bytes = b"", **more: int) -> str:
        return self.does(lambda: self.friend.sends(name, content or photo(), **more))

    def hands(self, kind: str, **about: object) -> str:
        return self.does(lambda: self.friend.hands(kind, **about))

    def has(self, label: str) -> str:
        return answer_of(self.says(REVIEW), label)

    def receipt(self) -> str:
        found = re.search(r"\d{4} \d{4} \d{4} \d{4}", "".join(self.friend.texts()))
        assert found
        return found[0]


@pytest.fixture
def person(gateway: Gateway, server: Server) -> Reporter:
    return Reporter(gateway, server)


def test_a_photo_before_anything_opens_a_report(person: Reporter) -> None:
    person.sends("现场.jpg")
    person.says("叫河图宝，骗了我家四万二")
    assert person.has("平台或公司名称") == "河图宝" and "现场.jpg" in person.has("手头的证据")


def test_words_right_behind_a_photo_are_the_story_and_no_address(person: Reporter) -> None:
    person.says(BEGUN)
    person.sends("店门口.jpg")
    person.says("这是他们昨天贴的封条")
    assert "封条" in person.has("发生了什么")
    assert "封条" not in person.has("怎么找到它")


def test_several_photos_one_after_the_other_are_all_kept(person: Reporter) -> None:
    person.says(BEGUN)
    for n in (1, 2, 3):
        person.sends(f"合同{n}.jpg")
    assert all(f"合同{n}.jpg" in person.has("手头的证据") for n in (1, 2, 3))


def test_a_voice_before_any_report_is_kept(person: Reporter) -> None:
    said = person.sends("录音.mp3", b"ID3" + bytes(100), type=2)
    assert "文字" in said
    person.says("就是聚鼎易贷的业务员，骗了我3万")
    assert "录音.mp3" in person.has("手头的证据") and person.has("涉及金额") == "3万元人民币"


def test_a_file_with_a_colon_in_its_name(person: Reporter) -> None:
    person.says(BEGUN)
    assert "已收到 1 个文件" in person.sends("转账 2016:10:01.jpg")


def test_a_quotation_with_a_sum_in_it_is_no_sum(person: Reporter) -> None:
    person.says("举报聚鼎易贷骗钱")
    person.says(f"「客服小美：充10万返12万」{BREAK}他们群里天天发这个")
    assert "12万" not in person.has("涉及金额") and "天天发这个" in person.has("发生了什么")


def test_a_quotation_of_our_question_with_the_answer_below(person: Reporter) -> None:
    person.says(BEGUN)
    person.says(f"「政务助手：通过什么能找到它？」{BREAK}www.jdyd.example")
    assert person.has("怎么找到它") == "www.jdyd.example"


def test_a_quotation_as_newer_clients_send_it(person: Reporter) -> None:
    person.says(BEGUN)
    person.says(
        "<msg><appmsg><title>一共26个人</title><type>57</type><refermsg><displayname>客服</displayname>"
        "<content>投资人3000名</content></refermsg></appmsg></msg>"
    )
    assert person.has("涉及人数") == "26"


def test_talk_that_is_passed_on_answers_nothing(person: Reporter) -> None:
    person.says("举报聚鼎易贷骗钱")
    said = person.does(lambda: person.friend.says(HISTORY, type=4))
    assert "转发 聊天记录" in said
    assert person.has("平台或公司名称") == "聚鼎易贷" and "20万" not in person.has("涉及金额")


def test_a_place_is_evidence(person: Reporter) -> None:
    person.says(BEGUN)
    where = {
        "name": "金鼎大厦",
        "address": "洛阳市西工区中州中路",
        "latitude": 34.66,
        "longitude": 112.43,
        "accuracy": 9,
    }
    assert "位置 金鼎大厦" in person.hands("location", **where)


def test_a_card_of_the_salesman_before_any_report(person: Reporter) -> None:
    person.hands("contact", id="wxid_sales", name="宋经理", weixin="song_8866")
    person.says("这个人拉我投的，平台叫银河钱庄，两万八")
    assert person.has("平台或公司名称") == "银河钱庄" and "名片" in person.has("手头的证据")


def test_a_shared_page_in_a_report_is_evidence(person: Reporter) -> None:
    person.says(BEGUN)
    assert "链接 稳赚计划" in person.hands("url", title="稳赚计划", url="http://jdyd.example/a", description="月入三万")
    assert person.has("涉及金额") == "3万元人民币"


def test_a_number_for_a_button_is_the_button(person: Reporter) -> None:
    assert "1. " in person.says("给我讲个笑话")
    assert person.says("2")


def test_numbers_tick_several_kinds(person: Reporter) -> None:
    person.says(BEGUN, "跳过", "1、3")
    assert "P2P网络借贷" in person.has("业务种类") and "理财" in person.has("业务种类")


def test_a_figure_in_a_sentence_ticks_nothing(person: Reporter) -> None:
    person.says(BEGUN, "跳过", "钱嘛，我家是6千")
    assert "6" not in person.has("业务种类") and "6千" in person.has("发生了什么")


def test_full_width_digits_and_an_emoji(person: Reporter) -> None:
    person.says("举报聚鼎易贷，骗了我２万６😭", "[流泪]", "一共俩人")
    assert person.has("涉及金额") == "2.6万元人民币" and person.has("涉及人数") == "2"


def test_quick_messages_are_all_kept_in_order(person: Reporter) -> None:
    person.says("我要举报")
    have = len(person.friend.heard())
    for text in ("叫康德堂的", "收了俺一万九", "在老城区", "经理姓宋"):
        person.friend.says(text)
    person.friend.wait_for(have + 4)
    nothing_more_comes(person.server, "wechat")
    review = person.says(REVIEW)
    assert answer_of(review, "平台或公司名称") == "康德堂" and answer_of(review, "涉及金额") == "1.9万元人民币"
    assert "经理姓宋" in review


def test_a_correction_with_a_star(person: Reporter) -> None:
    person.says("举报聚鼎易贷骗了我400", "打漏了 4000*")
    assert person.has("涉及金额") == "4,000元人民币"


def test_a_correction_as_it_is_dictated(person: Reporter) -> None:
    person.says(BEGUN, "名字听错了不是聚鼎易贷是巨鼎易贷巨大的巨")
    assert person.has("平台或公司名称") == "巨鼎易贷"


def test_a_correction_behind_many_words(person: Reporter) -> None:
    person.says(BEGUN, "妮儿啊我老糊涂了，不是3万，折子上是3万8")
    assert person.has("涉及金额") == "3.8万元人民币"


def test_a_draft_is_gone_on_with_by_its_code(person: Reporter, gateway: Gateway) -> None:
    person.says(BEGUN)
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", "".join(person.friend.texts()))
    assert code
    elsewhere = Reporter(gateway, person.server)
    elsewhere.says(code[0], "门店在涧西区南昌路")
    assert "南昌路" in elsewhere.has("怎么找到它") and elsewhere.has("涉及金额") == "3万元人民币"


def test_a_receipt_in_the_middle_of_another_report(person: Reporter) -> None:
    person.says(BEGUN, "其余跳过", SUBMIT)
    person.says("我要举报另一家叫满仓红")
    assert "您的举报（JB-" in person.says(f"之前那个{person.receipt()}有进展没")
    assert person.receipt() not in person.says(REVIEW)


def test_a_supplement_with_a_photo_after_the_receipt(person: Reporter, gateway: Gateway) -> None:
    person.says(BEGUN, "其余跳过", SUBMIT)
    later = Reporter(gateway, person.server)
    later.says(person.receipt())
    assert "已补充" in later.sends("催款.jpg")
    assert "已补充到 JB-" in later.says("就是上面这张，昨天又催我了")


def test_a_supplement_that_ends_in_a_question_is_kept(person: Reporter) -> None:
    person.says(BEGUN, "其余跳过", SUBMIT)
    person.says(person.receipt(), "补充情况")
    assert "已补充到 JB-" in person.says("他们问我要不要和解，我能答应吗")


def test_ones_own_account_stays_out_of_the_story(person: Reporter) -> None:
    person.says(BEGUN, "加我微信 lianxi_2016 就行，他加我微信 jdyd_888 催的")
    assert "lianxi_2016" in person.has("您的联系方式") and "jdyd_888" in person.has("怎么找到它")


def test_in_a_group_a_report_is_asked_to_come_alone(person: Reporter, gateway: Gateway) -> None:
    person.friend.says("@政务助手\u2005举报聚鼎易贷骗了我3万", room="群丙", mention=True)
    nothing_more_comes(person.server, "wechat")
    told = person.says("谢谢")
    heard = [reply["text"] for reply in gateway.collect() if reply["room"] == "群丙@chatroom"]
    assert told and heard and "与我单独对话" in heard[-1]
