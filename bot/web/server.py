"""Runs the web application with uvicorn."""

from __future__ import annotations

import logging
import socket
import sys

import uvicorn
from starlette.types import ASGIApp

from bot.logs import without_words
from bot.memory import give_back, share_arenas
from bot.sandbox import close_to_others
from bot.settings import Settings, keep_secrets_to_ourselves
from knowledge.build import Say


def serve_web(settings: Settings, say: Say) -> int:
    """Serve until interrupted; returns the exit status."""
    listener = _listen(settings)
    if listener is None:
        print(f"端口 {settings.port} 已被占用。请关闭占用它的程序，或换一个端口：make run PORT=8001", file=sys.stderr)
        return 1
    share_arenas()
    keep_secrets_to_ourselves()
    if settings.serves != "all":
        close_to_others()
    from bot.assembly import assemble
    from bot.collector import settle
    from bot.web.app import create_app

    app = create_app(assemble(settings, say), say)
    settle()
    give_back()
    host, port = listener.getsockname()[:2]
    say(f"已就绪：http://{host}:{port}/  （按 Ctrl+C 停止）")
    uvicorn.Server(server_config(app)).run(sockets=[listener])
    return 0


def server_config(app: ASGIApp) -> uvicorn.Config:
    """How the application is served; what the server logs repeats nothing that somebody wrote."""
    config = uvicorn.Config(
        app,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        # Longer than a proxy keeps its connections, or a message sent as one closes is lost between the two.
        timeout_keep_alive=90,
        # Of a header that a proxy adds to, uvicorn would believe the part that the visitor wrote (see BehindProxy).
        proxy_headers=False,
    )
    without_words(logging.getLogger("uvicorn"))
    return config


def _listen(settings: Settings) -> socket.socket | None:
    """Take the port before the slow part, so that a taken port is said at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError:
        listener.close()
        return None
    return listener
