"""The world outside, as far as a test needs one: a network with a model's endpoint on it."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import trustme

from adapters.docker.containers import Containers
from adapters.docker.egress import EgressNetwork, Key, Policy
from adapters.docker.engine import Engine
from tests.contracts.agent_runner import PATIENCE
from tests.integration.docker.theatre import docker

KEY = "sk-the-key-of-the-model"
MODEL = Path(__file__).with_name("agents") / "model.py"


@dataclass(frozen=True, kw_only=True)
class Outside:
    """Its network, and by whom its servers are known."""

    network: str
    authority: str
    egress_image: str

    def reached_by(
        self, engine: Engine, containers: Containers, data: Path, *, allow: tuple[str, ...] = ()
    ) -> EgressNetwork:
        """Networks for agents that reach the model, and what else is allowed."""
        policy = Policy(
            allow=("model.test", "*.docs.test", *allow),
            keys={"model.test": Key(header="x-api-key", value=KEY)},
            placeholders=("MODEL_API_KEY",),
            authority=self.authority,
        )
        return EgressNetwork(
            engine,
            containers,
            data,
            policy,
            image=self.egress_image,
            secret=lambda: "s3cret",
            outside=self.network,
        )


@contextmanager
def outside(folder: Path, *, agent_image: str, egress_image: str) -> Generator[Outside, None]:
    """Has a model's endpoint at https://model.test, and at https://evil.test."""
    authority = trustme.CA()
    names = ("model.test", "evil.test", "a.docs.test")
    pem = folder / "model.pem"
    authority.issue_cert(*names).private_key_and_cert_chain_pem.write_to_path(str(pem))
    name = f"orchestrator-test-{token_hex(4)}"
    docker("network", "create", name)
    try:
        docker(
            *("run", "--detach", "--rm", "--init", "--name", name, "--network", name),
            *(f"--network-alias={each}" for each in names),
            *("--volume", f"{MODEL}:/model.py:ro", "--volume", f"{pem}:/model.pem:ro"),
            *(agent_image, "python3", "/model.py", "/model.pem"),
        )
        try:
            give_up = time.monotonic() + PATIENCE
            while "ready" not in docker("logs", name):
                assert time.monotonic() < give_up, docker("logs", name)
                time.sleep(0.05)
            yield Outside(
                network=name,
                authority=authority.cert_pem.bytes().decode(),
                egress_image=egress_image,
            )
        finally:
            docker("rm", "--force", "--volumes", name)
    finally:
        docker("network", "rm", name)
