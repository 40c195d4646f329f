"""The contract, by real git."""

from tests.contracts.repo_inspector import RepoInspectorContract


class TestGitInspector(RepoInspectorContract):
    """On bare repositories."""
