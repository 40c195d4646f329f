"""Plain requests as the bot sends them, for the tests of the fake itself."""

from typing import Any

import httpx

from tests.integration.gitea_fake.gitea import Gitea


class Asking:
    """``ask("GET", "/user")``; the token is the bot's unless another, or none, is given."""

    def __init__(self, gitea: Gitea) -> None:
        self.gitea = gitea

    def __call__(
        self, method: str, path: str, body: Any = None, *, token: str | None = ""
    ) -> httpx.Response:
        headers = {} if token is None else {"Authorization": f"token {token or self.gitea.token}"}
        return self.gitea.browser.request(method, f"/api/v1{path}", json=body, headers=headers)

    def shop(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self(method, f"/repos/team/shop{path}", body)
