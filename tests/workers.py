"""How tests are shared out where several processes run them: `pytest -n 2`, as `make test` does."""

from xdist.scheduler import LoadFileScheduling

ONE_ENGINE = "tests/integration/docker/"
"""Its tests take the longest, and share images and a world outside that is made for all of them."""


class ByFile(LoadFileScheduling):
    """A file is worked off by one process, in order; so is the folder of all that is about Docker.

    What a file's tests share is made once, and none of them meets another of its own kind.
    """

    def _split_scope(self, nodeid: str) -> str:
        return ONE_ENGINE if nodeid.startswith(ONE_ENGINE) else super()._split_scope(nodeid)
