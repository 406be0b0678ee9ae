"""Every console endpoint against every role, and against nobody: what is not allowed is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.templating import Jinja2Templates

from bot.console.access import Console, Needs
from bot.console.routes import add_console
from bot.papers import PaperWriter
from bot.settings import Settings
from bot.web.pages import FOLDER
from bot.workers import Worker
from casework.desk.account import Role
from casework.desk.roles import ALLOWED, Permission
from tests.conftest import DATA, Server
from tests.officials import Desk, Official, without_agent
from tests.test_desk_chat import reported

# Open to whoever knows a password, a code, or an unguessable address.
PUBLIC = {
    "/console/login",
    "/console/login/key",
    "/console/join",
    "/charts/plan/{name}.{form}",
    "/charts/{token}.png",
    "/calendar/{token}.ics",
    "/calendar/once/{token}/{name}",
}


@pytest.fixture(scope="module")
def routes(server: Server) -> list[APIRoute]:
    settings = Settings(data_dir=DATA)
    assistant = without_agent(settings)
    app = FastAPI()
    add_console(app, Console(assistant, Jinja2Templates(FOLDER / "templates")), PaperWriter(), Worker())
    included = [route for part in app.routes for route in getattr(part, "original_router", APIRouter()).routes]
    return [route for route in included if isinstance(route, APIRoute)]


def needed(dependant: Dependant) -> Permission | None:
    return next((each.call.permission for each in dependant.dependencies if isinstance(each.call, Needs)), None)


def test_every_endpoint_names_what_it_needs(routes: list[APIRoute]) -> None:
    assert len(routes) > 25
    for route in routes:
        assert (needed(route.dependant) is None) == (route.path in PUBLIC), route.path


@pytest.fixture(scope="module")
def case(server: Server) -> str:
    return reported(server)[0]


@pytest.fixture(scope="module", params=list(Role), ids=lambda role: role.value)
def desk(request: pytest.FixtureRequest, server: Server) -> Iterator[tuple[Role, Desk]]:
    yield request.param, Official(server, request.param).console()


def address(path: str, case: str) -> str:
    values = {"number": case, "task_id:int": "1", "form": "csv", "name": "weeks", "file": "0" * 32}
    values |= {
        "other": case,
        "situation_id": "nothing",
        "paper": "form",
        "person_id": "nobody",
        "question_id": "nothing",
        "entry_id": "nothing",
        "document_id": "nothing",
        "fact_id": "nothing",
        "request_id": "nothing",
    }
    return re.sub(r"\{([^}]+)\}", lambda match: values[match[1]], path)


def test_each_role_gets_what_it_may_and_no_more(routes: list[APIRoute], desk: tuple[Role, Desk], case: str) -> None:
    role, browser = desk
    for route in routes:
        permission = needed(route.dependant)
        if permission is None or route.path == "/console/logout":
            continue
        for method in route.methods:
            path = address(route.path, case)
            answer = browser.get(path) if method == "GET" else browser.post(path)
            if permission in ALLOWED[role]:
                # There the thing itself decides too: a copy of a case, another unit's task.
                if not path.endswith(("bundle.zip", "/tasks/1")):
                    assert answer.status_code != 403, (method, path)
            else:
                assert answer.status_code == 403, (method, path)
                assert "没有这项权限" in answer.text
            assert answer.status_code < 500, (method, path)


def test_nobody_gets_in(routes: list[APIRoute], server: Server, case: str) -> None:
    for route in routes:
        if needed(route.dependant) is None:
            continue
        for method in route.methods:
            answer = httpx.request(method, f"{server.url}{address(route.path, case)}")
            assert answer.status_code == 303, (method, route.path)
            assert answer.headers["location"] == "/console/login"


def test_a_form_of_another_site_is_refused(server: Server, case: str) -> None:
    browser = Official(server, Role.OFFICE).console()
    path = f"/console/cases/{case}"
    forged = [{}, {"form_token": "0" * 32}, {"form_token": Official(server, Role.OFFICE).console().token}]
    for form in forged:
        assert browser.http.post(path, data={**form, "act": "accept"}).status_code == 403
    good = {"form_token": browser.token, "act": "accept"}
    assert browser.http.post(path, data=good, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert "已收到" in browser.get(path).text


def test_the_cookie_is_kept_from_scripts_and_other_sites(server: Server) -> None:
    official = Official(server, Role.OFFICIAL)
    official.accounts.set_password(official.account, "correct-horse-battery")
    form = {"login": official.account.login, "password": "correct-horse-battery"}
    answer = httpx.post(f"{server.url}/console/login", data=form)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/console" in cookie
    for form in ({"login": official.account.login, "password": "wrong"}, {"login": "nobody", "password": "wrong"}):
        refused = httpx.post(f"{server.url}/console/login", data=form)
        assert refused.status_code == 403
        assert "登录名、密码或动态码不正确" in refused.text
