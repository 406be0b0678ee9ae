"""Wrong passwords: whoever guesses waits longer and longer, and nobody can lock somebody else out."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from bot.console.access import HOME, TODAY, Console, begin_session, to
from casework.cases.audit_acts import AuditAct
from casework.desk.account import Account
from casework.desk.accounts import Accounts
from casework.desk.sessions import KNOWN_DAYS
from knowledge.text import normalise
from storage.attempts import AttemptLimiter
from storage.settings import ActionSettings

KNOWN = "known"
# An office shares an address; who tries one name from one address has fewer tries and waits longer; and of one name,
# over all addresses, so many are free that strangers who use them up slow down new browsers only.
FREE_OF_AN_OFFICE, FREE_OF_A_NAME_HERE, FREE_OF_A_NAME = 20, 5, 50
LONGEST_WAIT_HERE = 15 * 60


class SignInTries:
    """Wrong passwords, counted alike for names that exist and names that do not: nobody is locked out by strangers."""

    def __init__(self, settings: ActionSettings) -> None:
        self._address = AttemptLimiter("console", settings, FREE_OF_AN_OFFICE)
        self._here = AttemptLimiter("console name here", settings, FREE_OF_A_NAME_HERE, LONGEST_WAIT_HERE)
        self._name = AttemptLimiter("console name", settings, FREE_OF_A_NAME)

    def begin(self, address: str, login: str, known: bool) -> int:
        """Seconds to wait instead of trying; 0 when one may.

        Args:
            known: this browser has been signed in under this name before.
        """
        begun: list[tuple[AttemptLimiter, str]] = []
        for tries, who in self._counted(address, login, known):
            if wait := tries.begin(who):
                for other, name in begun:
                    other.right(name)
                return wait
            begun.append((tries, who))
        return 0

    def right(self, address: str, login: str, known: bool) -> None:
        for tries, who in self._counted(address, login, known):
            tries.right(who)

    def _counted(self, address: str, login: str, known: bool) -> list[tuple[AttemptLimiter, str]]:
        name = normalise(login).replace(" ", "")
        counted = [(self._here, f"{name}|{address}"), (self._address, address)]
        return counted if known else [*counted, (self._name, name)]


def known_browser(request: Request, accounts: Accounts, login: str) -> bool:
    return accounts.is_known(request.cookies.get(KNOWN, ""), login)


def remember_browser(request: Request, response: Response, accounts: Accounts, account: Account) -> None:
    """Let a browser be told from strangers the next time; it opens nothing."""
    response.set_cookie(
        KNOWN,
        accounts.known_token(account),
        max_age=KNOWN_DAYS * 86_400,
        path=HOME,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def signed_in(console: Console, request: Request, account: Account, token: str) -> Response:
    """To the day's page, with a session; the browser is known from now on."""
    console.assistant.cases.record(account.id, AuditAct.SIGN_IN)
    response = to(TODAY)
    begin_session(request, response, token)
    remember_browser(request, response, console.accounts, account)
    return response
