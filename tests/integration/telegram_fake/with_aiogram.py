"""What aiogram makes of a server: run in .venv-clients, prints one JSON value."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramAPIError, TelegramMigrateToChat, TelegramRetryAfter
from aiogram.types import LinkPreviewOptions


async def main(address: str, token: str) -> dict[str, Any]:
    """Call the server in every way that we do, and tell what came of it."""
    told: dict[str, Any] = {}
    session = AiohttpSession(api=TelegramAPIServer.from_base(address))
    async with Bot(token, session=session) as bot:
        me = await bot.get_me()
        told["me"] = [me.id, me.is_bot, me.username]
        chat = await bot.get_chat(1)
        told["chat"] = [chat.id, chat.type, chat.first_name]
        member = await bot.get_chat_member(-2, me.id)
        told["member"] = member.status
        html = '<a href="http://plane.lan/ET-1?a=1&amp;b=2">ET-1</a>: 🚵 a &lt; <b>b</b>'
        off = LinkPreviewOptions(is_disabled=True)
        sent = await bot.send_message(1, html, parse_mode="HTML", link_preview_options=off)
        told["text"] = sent.text
        told["entities"] = [
            [one.type, one.extract_from(sent.text or ""), one.url] for one in sent.entities or []
        ]
        topic = await bot.send_message(-2, "x", message_thread_id=42)
        told["topic"] = [topic.message_thread_id, topic.is_topic_message]
        told["named"] = (await bot.send_message("@news", "x")).chat.id
        attempts: dict[str, Callable[[], Awaitable[Any]]] = {
            "unknown": lambda: bot.send_message(99, "x"),
            "blocked": lambda: bot.send_message(3, "x"),
            "moved": lambda: bot.send_message(-4, "x"),
            "thread": lambda: bot.send_message(-2, "x", message_thread_id=43),
            "general": lambda: bot.send_message(-2, "x", message_thread_id=1),
            "markup": lambda: bot.send_message(1, "<b>x", parse_mode="HTML"),
            "mode": lambda: bot.send_message(1, "x", parse_mode="Markdown3"),
            "empty": lambda: bot.send_message(1, " \n"),
            "long": lambda: bot.send_message(1, "x" * 4097),
            "huge": lambda: bot.send_message(1, "x" * 32769),
            "fast": lambda: twice(bot),
        }
        for name, attempt in attempts.items():
            told[name] = await refused(attempt)
        async with Bot(f"{token}x", session=session) as stranger:
            told["token"] = await refused(stranger.get_me)
    return told


async def twice(bot: Bot) -> None:
    """Write faster than the chat of number 5 may be written to."""
    await bot.send_message(5, "x")
    await bot.send_message(5, "x")


async def refused(attempt: Callable[[], Awaitable[Any]]) -> list[Any]:
    """Return the error's kind, its words and what else it carries."""
    try:
        await attempt()
    except TelegramRetryAfter as error:
        return [type(error).__name__, "", float(error.retry_after)]
    except TelegramMigrateToChat as error:
        return [type(error).__name__, "", error.migrate_to_chat_id]
    except TelegramAPIError as error:
        return [type(error).__name__, error.message, None]
    return ["nothing", "", None]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main(*sys.argv[1:]))))
