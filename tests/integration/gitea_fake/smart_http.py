"""Clone and push over HTTP, by git's own http-backend behind Gitea's rules."""

import re
import subprocess
from contextlib import nullcontext

from tests.integration.gitea_fake.bare_repository import ENVIRONMENT
from tests.integration.gitea_fake.call import Answer, NotThere, Refusal
from tests.integration.gitea_fake.forge import Forge
from tests.integration.gitea_fake.records import Repository
from tests.integration.gitea_fake.request import Request, Sender, sender

PATH = re.compile(
    r"/(?P<owner>[^/]+)/(?P<repo>[^/]+?)(\.git)?"
    r"/(?P<what>info/refs|git-upload-pack|git-receive-pack)"
)
ARCHIVED = "This repo is archived. You can view files and clone it, but cannot push or open issues"


def plain(status: int, text: str = "", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, raw=text.encode(), headers={"Content-Type": "text/plain", **named})


class SmartHttp:
    """Serves what git asks for."""

    def __init__(self, forge: Forge) -> None:
        self.forge = forge

    def answer(self, request: Request) -> Answer:
        """A probe without credentials is told to bring some, wherever they are wanted."""
        found = PATH.fullmatch(request.path)
        assert found is not None
        pushes = "git-receive-pack" in (found["what"], dict(request.query).get("service"))
        try:
            known = sender(self.forge, request)
        except Refusal as refusal:
            return self._challenge(refusal.message)
        with self.forge.lock:
            try:
                repo = self.forge.repository(found["owner"], found["repo"])
            except NotThere:
                return self._gone(request, found, known)
            refused = self._refused(repo, known, pushes=pushes)
            if refused is not None:
                return refused
        if not pushes:
            return self._served(request, repo, known, found["what"])
        with self.forge.lock:
            assert known.account is not None
            moving = self.forge.moving(repo, known.account)
            with moving if request.method == "POST" else nullcontext():
                return self._served(request, repo, known, found["what"])

    def _gone(self, request: Request, found: re.Match[str], known: Sender) -> Answer:
        now = self.forge.renamed(found["owner"], found["repo"])
        if now is not None:
            place = f"/{now.full_name}.git/{found['what']}?{request.query_string}".rstrip("?")
            return plain(self.forge.flavour.redirect, Location=place)
        return plain(404, "Repository not found") if known.account else self._challenge()

    def _refused(self, repo: Repository, known: Sender, *, pushes: bool) -> Answer | None:
        if known.account is None and (pushes or repo.private):
            return self._challenge()
        if not repo.allows(known.account, "read"):
            return plain(404, "Repository not found")
        if known.token is not None and not known.token.covers("repository", write=pushes):
            return plain(403)
        if pushes and not repo.allows(known.account, "write"):
            return plain(403, "User permission denied for writing.")
        if pushes and repo.archived:
            return plain(403, ARCHIVED)
        return None

    def _challenge(self, text: str = "Unauthorized") -> Answer:
        return plain(401, f"{text}\n", WWW_Authenticate=self.forge.flavour.realm)

    def _served(self, request: Request, repo: Repository, known: Sender, what: str) -> Answer:
        headers = request.headers
        login = known.account.login if known.account else ""
        closed = [r.rule for r in repo.protections.values() if not r.admits_push(login)]
        environment = {
            **ENVIRONMENT,
            "GIT_PROJECT_ROOT": str(repo.git.path),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{what}",
            "REQUEST_METHOD": request.method,
            "QUERY_STRING": request.query_string,
            "CONTENT_TYPE": headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(request.body)),
            "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
            "GIT_PROTOCOL": headers.get("git-protocol", ""),
            "REMOTE_USER": login,
            "PROTECTED": "\n".join(closed),
        }
        done = subprocess.run(
            ["git", "http-backend"],
            input=request.body,
            env=environment,
            check=False,  # what git refuses it says in its answer, and fails
            capture_output=True,
        )
        assert done.stdout, done.stderr
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        told = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        status = int(told.pop("Status", "200").split()[0])
        return Answer(status=status, raw=body, headers=told)
