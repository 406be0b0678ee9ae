"""What can be written to the socket that no client library would write: one request is one request."""

from __future__ import annotations

import json
import socket
import time

import pytest

from tests.conftest import Server

PATH = "/webhooks/rest/webhook"
BODY = json.dumps({"sender": "wire", "message": "P2P谁牵头"}).encode()
SECOND = b"GET /plan HTTP/1.1\r\nhost: a\r\n\r\n"
LENGTH = f"content-length: {len(BODY)}\r\n".encode()
CHUNKED = b"transfer-encoding: chunked\r\n"


def exchanged(server: Server, sent: bytes, seconds: float = 3.0) -> bytes:
    """Everything that comes back until the server closes or says nothing more."""
    got = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as line:
        line.sendall(sent)
        try:
            while part := line.recv(65536):
                got += part
        except (TimeoutError, ConnectionResetError):
            pass
    return got


def request(headers: bytes, body: bytes, start: bytes = b"") -> bytes:
    begin = start or f"POST {PATH} HTTP/1.1\r\n".encode()
    return begin + b"host: a\r\ncontent-type: application/json\r\n" + headers + b"\r\n" + body


SMUGGLED = {
    "both lengths": request(LENGTH + CHUNKED, b"0\r\n\r\n" + SECOND),
    "two lengths": request(b"content-length: 0\r\n" + LENGTH, BODY + SECOND),
    "a negative length": request(b"content-length: -1\r\n", BODY),
    "a length in words": request(b"content-length: 1e3\r\n", BODY),
    "a coding nobody knows": request(b"transfer-encoding: xchunked\r\n", SECOND),
    "a coding twice": request(CHUNKED + b"transfer-encoding: identity\r\n", b"0\r\n\r\n" + SECOND),
    "a chunk without a size": request(CHUNKED, b"zz\r\n" + BODY),
    "a chunk larger than all": request(CHUNKED, b"ffffffffffffffffff\r\n" + BODY),
    "a header on two lines": request(b"x-a: 1\r\n\tcontent-length: 5\r\n", b""),
    "a space before the colon": request(b"content-length : 5\r\n", b"hello"),
    "a bare line feed": request(b"x-a: 1\ncontent-length: 5\n", b"hello"),
    "a null in a header": request(b"x-a: a\0b\r\n" + LENGTH, BODY),
    "no version": b"GET /\r\n\r\n",
    "a version that is none": b"GET / HTTP/9.9\r\nhost: a\r\n\r\n",
    "a method that is none": b"G\x00T / HTTP/1.1\r\nhost: a\r\n\r\n",
    "an address of another server": b"GET http://169.254.169.254/ HTTP/1.1\r\nhost: a\r\n\r\n",
    "headers without end": b"GET / HTTP/1.1\r\nhost: a\r\n" + b"x-a: " + b"a" * 200_000,
    "not http": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64,
}


# Odd, and yet one request for one of our own pages.
ONE_REQUEST = ("no version", "an address of another server")


@pytest.mark.parametrize("name", SMUGGLED)
def test_a_request_that_can_be_read_in_two_ways_is_not_answered_as_two(server: Server, name: str) -> None:
    got = exchanged(server, SMUGGLED[name])
    assert got.count(b"HTTP/1.1 200") <= (name in ONE_REQUEST)
    assert "防控".encode() not in got
    for sign in (b"Traceback", b"HTTP/1.1 5"):
        assert sign not in got
    answered = exchanged(server, request(LENGTH + b"connection: close\r\n", BODY), 20)
    assert answered.startswith(b"HTTP/1.1 200")


def test_a_request_in_pieces_and_two_in_one_line_are_read_as_they_are(server: Server) -> None:
    whole = request(LENGTH, BODY)
    both = exchanged(server, whole + request(LENGTH + b"connection: close\r\n", BODY), 20)
    assert both.count(b"HTTP/1.1 200") == 2
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        for at in range(0, len(whole), 40):
            line.sendall(whole[at : at + 40])
            time.sleep(0.02)
        assert line.recv(65536).startswith(b"HTTP/1.1 200")


def test_hundreds_who_say_nothing_hold_up_nobody(server: Server) -> None:
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(300)]
    for number, line in enumerate(idle):
        line.sendall(request(LENGTH, BODY[: number % len(BODY)]))
    answered = exchanged(server, request(LENGTH + b"connection: close\r\n", BODY), 20)
    for line in idle:
        line.close()
    assert answered.startswith(b"HTTP/1.1 200")
