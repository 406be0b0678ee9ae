"""The plan to read, search, cite and take home: over HTTP, without script, and in a headless Chromium."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html import unescape

import docx
import httpx
import pypdfium2 as pdfium
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.web.asked import asked_about
from bot.web.plan_document import numbers
from bot.web.plan_search import folded, search
from casework.line_breaks import NO_END, NO_START, lines_of
from knowledge.base import KnowledgeBase
from knowledge.clauses import Clause
from tests.conftest import Server
from tests.talk import Person

PHONE = {"width": 390, "height": 844}
FORM_LABELS = (
    "企业名称",
    "平台名称",
    "法定代表人",
    "实际控制人",
    "注册资本",
    "注册地",
    "经营地",
    "经营时间",
    "业务规模",
)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(f"{server.url}/plan")
    yield opened
    context.close()


def shown(server: Server, **query: str) -> str:
    return unescape(httpx.get(f"{server.url}/plan", params=query).text)


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


# As it was printed --------------------------------------------------------------------------------------------


def test_every_word_of_the_plan_stands_on_the_page_in_its_order(server: Server, knowledge: KnowledgeBase) -> None:
    article = re.search(r"<article.*</article>", shown(server), re.DOTALL)
    assert article
    words = squeezed(re.sub(r"<[^>]+>", "", article[0]))
    place = 0
    for clause in knowledge.plan.clauses:
        if clause.id == "附件2":  # drawn as the form, whose cells the next test reads
            continue
        for line in filter(None, map(squeezed, clause.text.split("\n"))):
            found = words.find(line, place)
            assert found >= 0, (clause.id, line)
            place = found + len(line)


def test_the_head_comes_first_and_the_imprint_last(server: Server) -> None:
    page = shown(server)
    order = (
        "洛阳市人民政府办公室文件",
        "洛政办〔2016〕58号",
        "各县（市、区）人民政府",
        "2016年6月27日",
        "<h1",
        "为贯彻落实",
    )
    order += (
        "一、工作目标和原则",
        "附件：1.",
        "组 长：",
        "企业自查信息表</h2>",
        "主办：市政府金融办",
        "2016年6月28日印发",
    )
    article = page[page.index('id="c-head"') :]
    places = [article.index(words) for words in order]
    assert places == sorted(places)


def test_annex_two_is_the_form_it_is(page: Page) -> None:
    form = page.locator("#c-annex-2 table")
    for label in FORM_LABELS:
        expect(form.get_by_role("cell", name=label).first).to_be_visible()
    rows = form.locator("tr")
    assert rows.nth(0).locator("td").count() == 4
    assert rows.nth(3).locator("td").nth(1).get_attribute("colspan") == "4"
    assert form.get_by_role("cell", name="开展互联网金融业务的情况").get_attribute("rowspan") == "2"
    expect(form).to_contain_text("7. 为互联网金融活动提供担保 □；")


def test_the_form_fits_a_phone_and_its_labels_are_whole(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True)
    page = context.new_page()
    page.goto(f"{server.url}/plan#c-annex-2")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    frame = page.locator("#c-annex-2 .wide")
    assert frame.evaluate("box => box.scrollWidth <= box.clientWidth")
    for label in ("平台名称", "联系电话", "注册资本"):
        cell = page.locator("#c-annex-2 td").get_by_text(label, exact=True).first
        lines = (
            "cell => { const r = document.createRange(); r.selectNodeContents(cell); return r.getClientRects().length }"
        )
        assert cell.evaluate(lines) == 1, label
    context.close()


# Finding ------------------------------------------------------------------------------------------------------


def test_search_counts_and_marks_every_find(server: Server, knowledge: KnowledgeBase) -> None:
    page = shown(server, q="穿透式")
    article = page[page.index("<article") :]
    marks = re.findall(r'<mark id="hit-(\d+)">(.*?)</mark>', article)
    total = sum(clause.text.count("穿透式") for clause in knowledge.plan.clauses)
    assert [int(number) for number, _ in marks] == list(range(1, total + 1))
    assert {words for _, words in marks} == {"穿透式"}
    assert f"共 <strong>{total}</strong> 处，见于 4 条" in page
    assert '<a href="#c2-2-2">二（二）2</a>（1 处）' in page


@pytest.mark.parametrize(
    ("typed", "clause", "marked"),
    [
        ("ｐ２ｐ 网络借贷", "二（一）1", "P2P网络借贷"),
        ("工作目标和原则", "一（一）", "工作目标和原则"),  # a heading
        ("公章", "附件2", "公章"),  # a cell of the form
        ("袁剑", "附件1", "袁 剑"),
        ("备付金 利息", "二（三）1", "利息"),
        ("前头单位", "三（三）2", ""),  # not in the text; 牵头单位 is
    ],
)
def test_words_are_found_as_people_type_them(server: Server, typed: str, clause: str, marked: str) -> None:
    page = shown(server, q=typed)
    finds = page[page.index('class="finds"') : page.index("<article")]
    assert f">{clause}</a>" in finds
    assert not marked or f">{marked}</mark>" in page
    assert ("按“牵头单位”查找" in finds) == (typed == "前头单位")


@pytest.mark.parametrize("typed", ["量子计算", "%", "_", "<script>alert(1)</script>", "长" * 400])
def test_what_is_not_there_is_said(server: Server, typed: str) -> None:
    answer = httpx.get(f"{server.url}/plan", params={"q": typed})
    assert answer.status_code == 200
    assert "请换一个词再查" in answer.text
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("typed", ["　", "。。", "\u200b"])
def test_odd_searches_do_no_harm(server: Server, typed: str) -> None:
    assert httpx.get(f"{server.url}/plan", params={"q": typed}).status_code == 200


def test_two_words_are_looked_for_where_both_stand() -> None:
    texts = {"a": ["甲在这里，乙也在"], "b": ["只有甲"], "c": ["乙，甲，乙"]}
    found = search(texts, "甲 乙")
    assert found.counts == {"a": 2, "c": 3}
    assert folded("Ｐ2 p") == "p2p"


# What belongs to a clause ---------------------------------------------------------------------------------------


def test_a_clause_says_who_leads_by_when_and_what_is_asked(page: Page) -> None:
    clause = page.locator("#c2-1-1")
    expect(clause.locator("summary")).to_contain_text("牵头：洛阳银监分局")
    expect(page.locator("#c4-2-1 summary")).to_contain_text("2016年7月10日前完成")
    clause.locator("summary").click()
    expect(clause.locator("li", has_text="谁牵头")).to_contain_text("P2P网络借贷：洛阳银监分局")
    expect(clause.locator("li", has_text="实施清理整顿")).to_contain_text("2016年10月20日前完成")
    clause.get_by_role("link", name="三（二）3").click()
    expect(page).to_have_url(re.compile("#c3-2-3$"))
    clause.get_by_role("button", name="P2P能不能设立资金池").click()
    expect(page.locator(".reply").last).to_contain_text("不得设立资金池")


@pytest.mark.parametrize("clause", sorted(asked_about()))
def test_every_question_offered_is_answered_from_its_clause(server: Server, clause: str) -> None:
    for question in asked_about()[clause]:
        person = Person(server)
        person.say(question)
        assert person.clauses[0] == clause, question


def test_every_clause_of_the_plan_has_a_question(knowledge: KnowledgeBase) -> None:
    assert set(asked_about()) == {clause.id for clause in knowledge.plan.clauses}


# In a browser -------------------------------------------------------------------------------------------------


def test_the_contents_follow_the_scroll(page: Page) -> None:
    here = page.locator(".contents a[aria-current]")
    expect(here).to_have_text("文头")
    page.locator("#c2-3-1").evaluate("clause => clause.scrollIntoView()")
    expect(here).to_have_text("（三）第三方支付业务")
    page.locator(".contents").get_by_role("link", name="五、保障措施").click()
    expect(here).to_have_text("五、保障措施")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(here).to_have_text("版记")


def test_a_clause_is_copied_with_its_citation(page: Page, server: Server) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#c2-1-2").get_by_role("button", name="复制并注明出处").click()
    expect(page.locator("#c2-1-2 .copy")).to_have_text("已复制")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("2. 股权众筹平台不得发布虚假标的")
    assert copied.endswith("\n——《洛阳市互联网金融风险专项整治工作方案》（洛政办〔2016〕58号）二（一）2")
    page.locator("#c-annex-1").get_by_role("button", name="复制并注明出处").click()
    expect(page.locator("#c-annex-1 .copy")).to_have_text("已复制")
    assert "袁 剑\t市工商局局长" in page.evaluate("navigator.clipboard.readText()")


def test_stepping_through_the_finds(page: Page, server: Server) -> None:
    page.get_by_label("在原文中查找").fill("穿透式")
    page.get_by_role("button", name="查找").click()
    page.get_by_role("button", name="下一处").click()
    expect(page.locator(".step")).to_contain_text("第 1 处，共")
    page.get_by_role("button", name="上一处").click()
    expect(page.locator("mark.now")).to_be_in_viewport()
    assert page.locator("mark.now").get_attribute("id") == f"hit-{page.locator('.document mark').count()}"


def test_without_script_it_reads_searches_and_asks(browser: Browser, server: Server) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/plan?q=备付金")
    expect(page.get_by_role("status")).to_contain_text("处，见于")
    expect(page.get_by_role("button", name="复制并注明出处").first).to_be_hidden()
    page.locator("#c2-3-1 summary").click()
    page.get_by_role("button", name="备付金账户有没有利息").click()
    expect(page.locator(".reply").last).to_contain_text("不向非银行支付机构备付金账户计付利息")
    context.close()


@pytest.mark.parametrize("path", ["/plan", "/plan?q=资金池", "/plan?q=没有的词"])
@pytest.mark.parametrize("width", [390, 1280])
def test_no_accessibility_faults(browser: Browser, server: Server, path: str, width: int) -> None:
    for colours in ("light", "dark"):
        context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=colours)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{server.url}{path}")
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        found = Axe().run(page).response["violations"]
        faults = [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in found]
        assert faults == [], colours
        context.close()


# To take home ---------------------------------------------------------------------------------------------------


def test_the_whole_as_pdf_begins_no_line_with_a_mark_and_parts_no_heading(
    server: Server, knowledge: KnowledgeBase
) -> None:
    answer = httpx.get(f"{server.url}/plan.pdf", timeout=120)
    assert answer.headers["content-type"] == "application/pdf"
    pages = [page.get_textpage().get_text_range().splitlines() for page in pdfium.PdfDocument(answer.content)]
    printed = [[line.strip() for line in page if line.strip() and not line.startswith("第 ")] for page in pages]
    lines = [line for page in printed for line in page]
    assert [line for line in lines if line[0] in NO_START or line[-1] in NO_END] == []
    headings = {f"{n}{title}" for c in knowledge.plan.clauses for n, title in zip(numbers(c), c.path, strict=False)}
    assert [page[-1] for page in printed if page[-1] in headings] == []
    whole = squeezed("".join(lines))
    for clause in knowledge.plan.clauses:
        if clause.id != "附件2":
            assert all(squeezed(line) in whole for line in clause.text.split("\n") if "\t" not in line), clause.id


def test_the_whole_as_word_has_an_outline_and_both_annexes(server: Server) -> None:
    document = docx.Document(io.BytesIO(httpx.get(f"{server.url}/plan.docx", timeout=120).content))
    outline = [p.text for p in document.paragraphs if p._p.xpath("./w:pPr/w:outlineLvl[@w:val='0']")]
    assert outline[:2] == ["一、工作目标和原则", "二、整治对象和重点"]
    assert outline[-2:] == ["附件1", "附件2"]
    members, form = document.tables
    assert len(members.rows) == 21
    assert form.rows[3].cells[0].text == "注册资本"
    assert all(p.paragraph_format.keep_with_next for p in document.paragraphs if p.text in outline)


@pytest.mark.parametrize("address", ["/plan.exe", "/plan.json", "/plan.pdf?doc=../../etc", "/plan?doc=nothing"])
def test_nothing_else_is_given_away(server: Server, address: str) -> None:
    answer = httpx.get(f"{server.url}{address}")
    assert answer.status_code == 404
    assert "请" in answer.text or "可以" in answer.text


# Lines ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", range(3, 40))
def test_lines_keep_the_rules_at_every_width(knowledge: KnowledgeBase, width: int) -> None:
    def measure(text: str) -> float:
        return sum(0.5 if char.isascii() else 1.0 for char in text)

    for clause in knowledge.plan.clauses:
        lines = lines_of(clause.text, width, measure)
        assert squeezed("".join(lines)) == squeezed(clause.text)
        for line in filter(None, lines):
            assert measure(line) <= width, line
            if width >= 8:
                assert line[0] not in NO_START, line
                assert line[-1] not in NO_END, line


def test_a_number_and_a_word_stay_whole() -> None:
    assert lines_of("共有1234.56万元", 8, len) == ["共有", "1234.56万", "元"]
    assert lines_of("见www.example.com", 8, len)[0] == "见"
    assert lines_of("第一行\n第二行", 8, len) == ["第一行", "第二行"]


def test_an_item_without_a_printed_number_is_no_heading() -> None:
    assert numbers(Clause("附件1", ("附件1",), "名单")) == []
    assert numbers(Clause("三（二）3", ("组织", "分工"), "3. 甲")) == ["三、", "（二）"]
