"""An ACP agent that says again what a real one said. Standard library only, run by path.

acp_replay.py RECORDING
"""

import json
import sys
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def send(**message: Any) -> None:
    """Write one message."""
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def receive() -> Json:
    """Read one message."""
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    return dict(json.loads(line))


class Replay:
    """The agent's side of the conversation."""

    def __init__(self, recording: Path) -> None:
        lines = map(json.loads, recording.read_text("utf-8").splitlines())
        self._told: list[tuple[str, Json]] = [(line["t"], line["d"]) for line in lines]

    def answer(self, kind: str) -> Json:
        """What it answered to that."""
        return next(data for what, data in self._told if what == kind)

    def turn(self, request: Json) -> None:
        """Play the turn, its end included: an answer, an error, or its death."""
        session, last = self.answer("new_session")["sessionId"], ""
        for what, data in self._told:
            match what:
                case "session_update":
                    send(method="session/update", params={"sessionId": session, "update": data})
                    if isinstance(data.get("content"), dict):
                        last = str(data["content"].get("text"))
                case "request_permission":
                    asked = {"sessionId": session, **data}
                    send(id="ask", method="session/request_permission", params=asked)
                    while receive().get("id") != "ask":
                        pass
                case "killed":
                    sys.exit(137)
                case "prompt_response":
                    send(id=request["id"], result=data)
                    return
        error = {"code": -32603, "message": f"Internal error: {last}"}
        send(id=request["id"], error=error)

    def serve(self) -> None:
        """Answer until nobody asks any more."""
        while True:
            request = receive()
            match request.get("method"):
                case "initialize":
                    send(id=request["id"], result=self.answer("initialize"))
                case "session/new":
                    send(id=request["id"], result=self.answer("new_session"))
                case "session/set_mode":
                    sys.stderr.write(f"mode {request['params']['modeId']}\n")
                    send(id=request["id"], result={})
                case "session/prompt":
                    sys.stderr.write(f"prompt {request['params']['prompt'][0]['text']}\n")
                    self.turn(request)


if __name__ == "__main__":
    Replay(Path(sys.argv[1])).serve()
