"""A stand-in for a server of language models, in a thread of its own: behaves as it is told, or misbehaves."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

Behaviour = Callable[["ChatServer", BaseHTTPRequestHandler, dict[str, Any]], None]


class ChatServer:
    """`asked` are the bodies that came, `headers` those of the last; `over` is set when the test is."""

    def __init__(self, behave: Behaviour) -> None:
        self.behave = behave
        self.asked: list[dict[str, Any]] = []
        self.headers: dict[str, str] = {}
        self.over = Event()
        self.url = ""


@contextmanager
def serving(behave: Behaviour) -> Iterator[ChatServer]:
    """Serve until the block ends."""
    chat = ChatServer(behave)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            chat.asked.append(body)
            chat.headers = dict(self.headers)
            self.close_connection = True
            with suppress(OSError):  # whoever asked has gone
                chat.behave(chat, self, body)

        def log_message(self, *said: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    chat.url = f"http://127.0.0.1:{server.server_port}/v1/chat/completions"
    try:
        yield chat
    finally:
        chat.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def respond(
    handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), "Connection": "close", **(headers or {})}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def completion(content: str | None, **message: Any) -> bytes:
    """What such a server answers where its model says `content`."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": "stop"}
    return json.dumps({"object": "chat.completion", "choices": [choice]}).encode()


def marks(*spans: tuple[object, ...]) -> str:
    """What a model says that marks these: words, what, polarity and value, the last two as they may be left out."""
    rows = [(*span, *(("want", None)[len(span) - 2 :])) for span in spans]
    return json.dumps({"spans": [dict(zip(("words", "what", "polarity", "value"), row, strict=True)) for row in rows]})


def saying(content: str | None, **message: Any) -> Behaviour:
    return lambda chat, handler, body: respond(handler, completion(content, **message))
