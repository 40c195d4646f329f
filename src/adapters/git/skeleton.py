"""An empty repository on disk, written by us: no process, no template, no hook, no default."""

from pathlib import Path

from domain.identifiers import Branch

_SHA1_LENGTH = 40


def make_git_dir(
    folder: Path, *, branch: Branch, bare: bool, id_length: int = _SHA1_LENGTH, more: str = ""
) -> None:
    """Make a repository without objects whose HEAD is that branch.

    ``id_length`` is that of a commit id and says which hash the repository uses.
    """
    for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (folder / name).mkdir(parents=True)
    sha1 = id_length == _SHA1_LENGTH
    lines = [
        "[core]",
        f"\trepositoryformatversion = {0 if sha1 else 1}",
        "\tfilemode = true",
        f"\tbare = {'true' if bare else 'false'}",
        "\tlogallrefupdates = true",
    ]
    if not sha1:
        lines += ["[extensions]", "\tobjectformat = sha256"]
    (folder / "config").write_text("\n".join(lines) + "\n" + more)
    (folder / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
