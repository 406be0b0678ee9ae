"""All of the console in one list."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response
from fastapi.templating import Jinja2Templates

from bot.assembly import Assistant
from bot.console.access import Console, NotSignedIn, to
from bot.console.approvals import approval_routes
from bot.console.beside import beside_routes
from bot.console.cases import case_routes
from bot.console.documents import document_routes
from bot.console.entries import entry_routes
from bot.console.explanations import explanation_routes
from bot.console.held_documents import held_document_routes
from bot.console.people import account_routes, audit_routes, question_routes
from bot.console.pictures import FreshCounts, chart_routes, picture_routes
from bot.console.report import report_routes
from bot.console.signing_in import SIGN_IN, own_account_routes, signing_in_routes
from bot.console.status import status_routes
from bot.console.taking_out import taking_out_routes
from bot.console.tasks import task_routes
from bot.console.today import today_routes
from bot.papers import PaperWriter
from casework.desk.roles import Refused


def add_console(app: FastAPI, assistant: Assistant, templates: Jinja2Templates, writer: PaperWriter) -> Console:
    """Put the console's pages and its ways of saying no into the application."""
    console = Console(assistant, templates)
    counted = FreshCounts(assistant)
    routers: tuple[APIRouter, ...] = (
        signing_in_routes(console),
        today_routes(console),
        own_account_routes(console),
        taking_out_routes(console, writer),
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

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        return console.refused(request, str(error), 403)

    return console
