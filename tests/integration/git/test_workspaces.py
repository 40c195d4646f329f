"""The contract, by real git."""

from tests.contracts.workspaces import WorkspacesContract


class TestGitWorkspaces(WorkspacesContract):
    """On bare repositories."""
