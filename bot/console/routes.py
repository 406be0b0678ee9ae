"""All of the console in one list."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response

from bot.console.access import Console, KeyMissing, NotSignedIn, to
from bot.console.approvals import approval_routes
from bot.console.beside import beside_routes
from bot.console.cases import case_routes
from bot.console.documents import document_routes
from bot.console.entries import entry_routes
from bot.console.explanations import explanation_routes
from bot.console.held_documents import held_document_routes
from bot.console.keys import key_routes
from bot.console.people import account_routes, audit_routes, question_routes
from bot.console.pictures import FreshCounts, chart_routes, picture_routes
from bot.console.releases import asking_routes, release_routes
from bot.console.report import report_routes
from bot.console.signing_in import ME, SIGN_IN, own_account_routes, signing_in_routes
from bot.console.status import status_routes
from bot.console.taking_out import taking_out_routes, viewing_routes
from bot.console.tasks import task_routes
from bot.console.today import today_routes
from bot.papers import PaperWriter
from bot.workers import Worker
from casework.desk.roles import Refused


def add_console(app: FastAPI, console: Console, writer: PaperWriter, viewer: Worker) -> None:
    """Put the console's pages and its ways of saying no into the application.

    Args:
        viewer: where files of strangers are read, shut in.
    """
    counted = FreshCounts(console.assistant)
    routers: tuple[APIRouter, ...] = (
        signing_in_routes(console),
        today_routes(console),
        own_account_routes(console),
        key_routes(console),
        viewing_routes(console, viewer),
        taking_out_routes(console, writer),
        asking_routes(console),
        release_routes(console),
        beside_routes(console),
        case_routes(console),
        status_routes(console),
        report_routes(console),
        task_routes(console),
        account_routes(console),
        audit_routes(console),
        approval_routes(console),
        question_routes(console),
        entry_routes(console),
        document_routes(console),
        held_document_routes(console),
        chart_routes(console, writer, counted),
        picture_routes(console, writer, counted),
        explanation_routes(console, writer),
    )
    for router in routers:
        app.include_router(router)

    @app.exception_handler(NotSignedIn)
    async def not_signed_in(request: Request, error: NotSignedIn) -> Response:
        return to(SIGN_IN)

    @app.exception_handler(KeyMissing)
    async def key_missing(request: Request, error: KeyMissing) -> Response:
        return to(ME)

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        return console.refused(request, str(error), 403)
