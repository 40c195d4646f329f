"""How people hear of what waits for them: on the console, or by Telegram."""

import sys

from dependency_injector import containers, providers

from adapters.console.notice_log import NoticeLog
from adapters.console.notifier import ConsoleNotifier
from adapters.telegram.bot_api import BotApi
from adapters.telegram.examiner import TelegramExaminer
from adapters.telegram.notifier import TelegramNotifier
from application.examine import AnswerExaminer
from entrypoints.secrets import telegram_token
from entrypoints.settings import Settings
from ports.clock import Clock
from ports.examination import Examiner
from ports.notifier import Notifier
from ports.store import Store


class Notifiers(containers.DeclarativeContainer):
    """The notifier that `notifier.kind` names."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    clock: providers.Dependency[Clock] = providers.Dependency()
    store: providers.Dependency[Store] = providers.Dependency()

    console: providers.Provider[Notifier] = providers.Singleton(
        ConsoleNotifier,
        providers.Callable(lambda: sys.stdout),
        providers.Factory(NoticeLog, settings.provided.data_folder),
    )
    bot_api = providers.Singleton(
        BotApi,
        providers.Callable(telegram_token),
        settings.provided.notifier.api_url,
        proxy=settings.provided.notifier.proxy,
    )
    telegram: providers.Provider[Notifier] = providers.Singleton(
        TelegramNotifier,
        bot_api,
        store,
        clock,
        chat=providers.Callable(str, settings.provided.notifier.chat_id),
        thread=settings.provided.notifier.thread_id,
    )

    notifier: providers.Provider[Notifier] = providers.Selector(
        settings.provided.notifier.kind, console=console, telegram=telegram
    )
    examiner: providers.Provider[Examiner] = providers.Selector(
        settings.provided.notifier.kind,
        console=providers.Factory(
            AnswerExaminer, console, remedy="see data: the notices are kept there"
        ),
        telegram=providers.Factory(
            TelegramExaminer, bot_api, telegram, links=settings.provided.server.address
        ),
    )
