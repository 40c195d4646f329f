"""A model on loopback that does what a script says.

It speaks Anthropic's Messages, and OpenAI's Responses and Chat Completions. It answers with one
command for the agent's shell, ``turns`` times, and when the last one's result has come, with a last
word. ``status`` makes it turn everybody away instead.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
USAGE = {"input_tokens": 1200, "output_tokens": 42}
DONE = "Done as the script says."


class ScriptedModel:
    """The server, and what it was asked."""

    def __init__(self, command: str, status: int = 200, turns: int = 1) -> None:
        self.command = command
        self.status = status
        self.turns = turns
        self.asked: list[Json] = []
        model = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("content-length", 0))
                body = json.loads(self.rfile.read(length) or b"{}")
                model.answer(self, body)

            def do_GET(self) -> None:
                _reply(self, 404, {"error": {"message": "nothing here"}})

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def serving(self) -> Iterator["ScriptedModel"]:
        """Answer inside the block."""
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def answer(self, request: BaseHTTPRequestHandler, body: Json) -> None:
        """Answer one question."""
        path = request.path.partition("?")[0]
        if path.endswith("/count_tokens"):
            _reply(request, 200, {"input_tokens": 10})
            return
        self.asked.append(body)
        if self.status != 200:
            kind = "authentication_error" if self.status == 401 else "overloaded_error"
            error = {"type": kind, "message": f"scripted {self.status}"}
            _reply(request, self.status, {"type": "error", "error": error})
            return
        if path.endswith("/completions"):
            events = self._completions(body)
        else:
            events = self._messages(body) if path.endswith("/messages") else self._responses(body)
        request.send_response(200)
        request.send_header("content-type", "text/event-stream")
        request.send_header("connection", "close")
        request.end_headers()
        for event in events:
            name = f"event: {event['type']}\n" if "type" in event else ""
            request.wfile.write(f"{name}data: {json.dumps(event)}\n\n".encode())
        request.close_connection = True

    # ── Anthropic ────────────────────────────────────────────────────────────────────────────────

    def _messages(self, body: Json) -> list[Json]:
        number = len(self.asked)
        block: Json
        part: Json
        told = json.dumps(body["messages"]).count('"tool_result"')
        if told >= self.turns or not body.get("tools"):
            block, part = {"type": "text", "text": ""}, {"type": "text_delta", "text": DONE}
            stop = "end_turn"
        else:
            tool = {"command": self.command, "description": "Do the work"}
            block = {"type": "tool_use", "id": f"toolu_{number}", "name": "Bash", "input": {}}
            part = {"type": "input_json_delta", "partial_json": json.dumps(tool)}
            stop = "tool_use"
        message = {
            "id": f"msg_{number}",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {**USAGE, "output_tokens": 1},
        }
        return [
            {"type": "message_start", "message": message},
            {"type": "content_block_start", "index": 0, "content_block": block},
            {"type": "content_block_delta", "index": 0, "delta": part},
            {"type": "content_block_stop", "index": 0},
            {
                "type": "message_delta",
                "delta": {"stop_reason": stop, "stop_sequence": None},
                "usage": {"output_tokens": 42},
            },
            {"type": "message_stop"},
        ]

    # ── OpenAI ───────────────────────────────────────────────────────────────────────────────────

    def _responses(self, body: Json) -> list[Json]:
        number = f"resp_{len(self.asked)}"
        item: Mapping[str, Any]
        told = sum(each.get("type") == "function_call_output" for each in body["input"])
        if told >= self.turns:
            said = {"type": "output_text", "text": DONE, "annotations": []}
            item = {"type": "message", "id": f"m_{number}", "role": "assistant", "content": [said]}
        else:
            item = {
                "type": "function_call",
                "id": f"f_{number}",
                "call_id": f"c_{number}",
                "name": "exec_command",
                "arguments": json.dumps({"cmd": self.command}),
            }
        usage = {
            **USAGE,
            "total_tokens": 1242,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        }
        done = {"id": number, "status": "completed", "output": [item], "usage": usage}
        return [
            {"type": "response.created", "response": {"id": number, "status": "in_progress"}},
            {"type": "response.output_item.added", "output_index": 0, "item": item},
            {"type": "response.output_item.done", "output_index": 0, "item": item},
            {"type": "response.completed", "response": done},
        ]

    def _completions(self, body: Json) -> list[Json]:
        number = f"c_{len(self.asked)}"
        told = sum(each.get("role") == "tool" for each in body["messages"])
        said: Json
        if told >= self.turns or not body.get("tools"):
            said, why = {"role": "assistant", "content": DONE}, "stop"
        else:
            what = {"command": self.command, "description": "Do the work"}
            call = {"name": "bash", "arguments": json.dumps(what)}
            tool = {"index": 0, "id": f"call_{number}", "type": "function", "function": call}
            said, why = {"role": "assistant", "tool_calls": [tool]}, "tool_calls"
        usage = {"prompt_tokens": 1200, "completion_tokens": 42, "total_tokens": 1242}
        whole = {
            "id": number,
            "object": "chat.completion.chunk",
            "created": 1,
            "model": body["model"],
        }
        return [
            {**whole, "choices": [{"index": 0, "delta": said, "finish_reason": None}]},
            {**whole, "choices": [{"index": 0, "delta": {}, "finish_reason": why}]},
            {**whole, "choices": [], "usage": usage},
        ]


def _reply(request: BaseHTTPRequestHandler, status: int, body: Json) -> None:
    data = json.dumps(body).encode()
    request.send_response(status)
    request.send_header("content-type", "application/json")
    request.send_header("content-length", str(len(data)))
    request.end_headers()
    request.wfile.write(data)
