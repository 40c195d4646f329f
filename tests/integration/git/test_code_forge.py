"""The contract, by real git."""

from tests.contracts.code_forge import CodeForgeContract


class TestLocalForge(CodeForgeContract):
    """On bare repositories."""
