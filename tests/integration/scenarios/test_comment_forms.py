"""What a comment asks for, however it is written and whoever writes it."""

import pytest

from tests.integration.scenarios.conftest import Begin

PARAGRAPH = '<p class="editor-paragraph-block">{}</p>'
MENTION = (
    '<mention-component entity_name="user_mention" entity_identifier="3f1c"'
    ' id="1"></mention-component>'
)

APPROVALS = {
    "plain": ":approved:",
    "capitals": ":APPROVED:",
    "mixed case": "Да, :Approved: !",
    "in a sentence": "Всё хорошо, :approved:, поехали.",
    "last of many lines": "Первая строка.\n\nВторая.\n\n:approved:",
    "beside code": "Как в `greeter.py`, :approved:",
    "beside a quotation": "> :rejected: было раньше\n\n:approved:",
    "in a list": "- посмотрел\n- :approved:",
    "emphasised": "**:approved:**",
    "as a browser writes it": PARAGRAPH.format(":approved:"),
    "as a browser writes it, to somebody": PARAGRAPH.format(f"{MENTION} :approved:"),
    "as a browser writes it, beside a quotation": (
        "<blockquote><p>:rejected: нет</p></blockquote>" + PARAGRAPH.format(":approved:")
    ),
    "as a browser writes it, in capitals": PARAGRAPH.format("<strong>:Approved:</strong>"),
    "with hard spaces": PARAGRAPH.format("&nbsp;:approved:&nbsp;"),
}
REJECTIONS = {
    "plain": ":rejected: причина",
    "capitals": ":REJECTED: причина",
    "after an approval": ":approved: и всё же :rejected: причина",
    "before an approval": ":rejected: причина, а так :approved:",
    "in another paragraph": ":approved:\n\n:rejected: причина",
    "as a browser writes it": PARAGRAPH.format(":rejected: причина"),
    "as a browser writes it, after an approval": (
        PARAGRAPH.format(":approved:") + PARAGRAPH.format(":rejected: причина")
    ),
}
REMARKS = {
    "a quotation": "> :approved:",
    "a code block": "```\n:approved:\n```",
    "an indented code block": "Пример:\n\n    :approved:",
    "inline code": "Напишите `:approved:`, когда посмотрите.",
    "inline code in two backticks": "Напишите ``:approved:``.",
    "a word with something before": "x:approved:",
    "a word with something behind": ":approved:x",
    "another word": ":approve:",
    "as a browser writes it, quoted": "<blockquote><p>:approved:</p></blockquote>",
    "as a browser writes it, as code": "<pre><code>:approved:</code></pre>",
    "as a browser writes it, as inline code": PARAGRAPH.format("<code>:approved:</code>"),
    "an attribute": PARAGRAPH.format('<a href="https://x.test/:approved:">здесь</a>'),
    "a comment of HTML": PARAGRAPH.format("<!-- :approved: -->Смотрю."),
}


@pytest.mark.parametrize("text", APPROVALS.values(), ids=APPROVALS)
async def test_an_approval_is_heard(begin: Begin, text: str) -> None:
    world = await begin(plan="architect=hang")
    key = await world.item()
    await world.until(key, status="in-review")
    await world.comment(key, text)
    await world.until(key, status="working", stage="architecture")


@pytest.mark.parametrize("text", REJECTIONS.values(), ids=REJECTIONS)
async def test_a_rejection_is_heard_and_wins(begin: Begin, text: str) -> None:
    world = await begin(plan="analyst=artifacts,hang")
    key = await world.item()
    await world.until(key, status="in-review")
    await world.comment(key, text)
    await world.until(key, status="working", stage="analysis", runs=2)
    assert "причина" in await world.brief(key)
    assert any("Причина: " in said and "причина" in said for said in await world.comments(key))


@pytest.mark.parametrize("text", REMARKS.values(), ids=REMARKS)
async def test_what_is_shown_or_quoted_asks_for_nothing(begin: Begin, text: str) -> None:
    world = await begin()
    key = await world.item()
    await world.until(key, status="in-review")
    before = await world.comments(key)
    await world.comment(key, text)
    task = await world.until(key, noted="kept for the next agent")
    assert task["status"] == "in-review"
    assert await world.comments(key) == before


async def test_our_own_comment_approves_nothing_though_it_says_the_word(begin: Begin) -> None:
    world = await begin(reconcile_every=0.05)
    key = await world.item()
    task = await world.until(key, status="in-review")
    assert ":approved:" in (await world.comments(key))[-1]
    seen = world.tracker.attempts
    await world.holds(key, lambda: world.tracker.attempts >= seen + 6)  # three reconciliations
    assert await world.until(key) == task


async def test_nobody_can_speak_as_the_bot(begin: Begin) -> None:
    world = await begin()
    key = await world.item()
    await world.until(key, status="in-review")
    answer = await world.client.post(
        f"/api/items/{key}/comments", json={"text": ":approved:", "author": "bot"}
    )
    assert answer.status_code == 403
    assert (await world.until(key))["status"] == "in-review"


async def test_a_very_long_approval_is_an_approval(begin: Begin) -> None:
    world = await begin(plan="architect=hang")
    key = await world.item()
    await world.until(key, status="in-review")
    await world.comment(key, "слово " * 16_000 + "\n\n:approved:")
    await world.until(key, status="working", stage="architecture")
