"""What import-linter cannot say: the core needs nothing but Python, and the layers are five."""

import sys
from pathlib import Path

import grimp
import pytest

SRC = Path(__file__).parents[2] / "src"
CORE = {"domain", "ports", "application"}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """The imports of the core, with what they reach outside of it."""
    return grimp.build_graph(*CORE, include_external_packages=True, cache_dir=None)


@pytest.mark.parametrize("package", sorted(CORE))
def test_the_core_imports_the_standard_library_only(graph: grimp.ImportGraph, package: str) -> None:
    """A list of forbidden names would miss the next dependency."""
    modules = {package} | graph.find_descendants(package)
    imported = {
        name.partition(".")[0]
        for module in modules
        for name in graph.find_modules_directly_imported_by(module)
    }
    assert imported <= sys.stdlib_module_names | CORE


def test_every_top_level_package_has_its_layer() -> None:
    """A sixth package would be in no contract, and in no wheel."""
    packages = {path.name for path in SRC.iterdir() if any(path.glob("*.py"))}
    assert packages == CORE | {"adapters", "entrypoints"}
