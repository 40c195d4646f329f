"""What a comment asks for."""

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain.instructions import Approve, Instruction, Reject, Remark, read_instruction
from domain.prose import Block, BlockKind, Prose
from tests.unit.domain.given import prose


@pytest.mark.parametrize(
    ("body", "instruction"),
    [
        (prose(":approved:"), Approve()),
        (prose(":Approved:"), Approve()),
        (prose("(:approved:)"), Approve()),
        (prose("Good work, :approved:!"), Approve()),
        (prose("First.", "Then :approved:"), Approve()),
        (prose(":rejected: too vague"), Reject("too vague")),
        (prose(":REJECTED: too vague"), Reject("too vague")),
        (prose("too vague :rejected:"), Reject("too vague")),
        (prose(":rejected:"), Reject("")),
        (prose(":approved: :rejected: wait"), Reject("wait")),
        (prose(":rejected: wait", ":approved:"), Reject("wait")),
        (prose(":rejected:", quoted="the plan"), Reject("> the plan")),
        (prose(":rejected:", code="a = 1"), Reject("```\na = 1\n```")),
        (prose("Fine."), Remark("Fine.")),
        (prose("approved"), Remark("approved")),
        (prose(":approved"), Remark(":approved")),
        (prose("approved:"), Remark("approved:")),
        (prose(":approve:"), Remark(":approve:")),
        (prose("a:approved:b"), Remark("a:approved:b")),
        (prose("`:approved:`"), Remark("`:approved:`")),
        (prose("`say :approved: here`"), Remark("`say :approved: here`")),
        (prose("``a ` :rejected:``"), Remark("``a ` :rejected:``")),
        (prose("No", quoted=":approved:"), Remark("> :approved:\n\nNo")),
        (prose("No", code=":rejected:"), Remark("No\n\n```\n:rejected:\n```")),
        (prose(":approved:", quoted=":rejected: never"), Approve()),
        (prose(), Remark("")),
    ],
)
def test_a_comment_asks_for_exactly_one_thing(body: Prose, instruction: Instruction) -> None:
    assert read_instruction(body) == instruction


blocks = st.builds(
    Block,
    kind=st.sampled_from(BlockKind),
    text=st.lists(
        st.sampled_from([":approved:", ":rejected:", "no", "`", "\n", ":", " ", ":Approved:"])
    ).map("".join),
)


@for_all(st.lists(blocks, max_size=4))
def test_only_the_writers_own_words_instruct(parts: list[Block]) -> None:
    others = [block for block in parts if block.kind is not BlockKind.SAID]
    assert isinstance(read_instruction(Prose(tuple(others))), Remark)


@for_all(st.lists(blocks, max_size=4))
def test_no_comment_that_says_rejected_plainly_is_ever_an_approval(parts: list[Block]) -> None:
    said = Block(kind=BlockKind.SAID, text="then :rejected: it is")
    body = Prose((*[block for block in parts if "`" not in block.text], said))
    assert isinstance(read_instruction(body), Reject)
