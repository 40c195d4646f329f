"""What the demo says in the terminal, in each locale. A test holds them against each other."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.messages import Locale


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTexts:
    """The demo's texts in one language."""

    board: str
    state: str
    item: str
    asked: str
    review: str
    blocked: str
    how: str
    answer: str
    approval: str
    answering: str
    approving: str
    still: str
    done: str
    stopped: str
    stages: str
    runs: str
    time: str
    look_branch: str
    look_page: str
    look_logs: str
    go_on: str
    title: str
    description: str


DEMO_TEXTS: Mapping[Locale, DemoTexts] = {
    Locale.EN: DemoTexts(
        board="The board is at {url}",
        state="State is kept in {folder}; start again and it goes on where it stopped.",
        item="Item {key}: {title}",
        asked="❓ {key} waits for your answer:",
        review="📋 {key} waits for your approval.",
        blocked="⚠️ {key} is blocked:",
        how="   On the board, or in another terminal: {command}",
        answer="your answer",
        approval=":approved:",
        answering="❯ answering for you: {text}",
        approving="❯ approving for you: {text}",
        still="… {role} at work for {seconds} s (run {run})",
        done="✅ {key} is done.",
        stopped="⚠️ {key} ended in {stage} as {status}.",
        stages="Stages: {stages}",
        runs="Agents: {count} runs ({roles})",
        time="Time:   {seconds:.1f} s",
        look_branch="Look:   git -C {repo} log --stat {branch}",
        look_page="        {url}/items/{key}",
        look_logs="        {command}",
        go_on="Still serving. Stop with Ctrl-C.",
        title="Greet returning users by name",
        description="Whoever comes back should be greeted by name. New users see the greeting"
        " that is there today. The name is taken from the profile.",
    ),
    Locale.RU: DemoTexts(
        board="Доска: {url}",
        state="Состояние хранится в {folder}; новый запуск продолжит с того же места.",
        item="Задача {key}: {title}",
        asked="❓ {key} ждёт вашего ответа:",
        review="📋 {key} ждёт вашего одобрения.",
        blocked="⚠️ {key} заблокирована:",
        how="   На доске или в другом терминале: {command}",
        answer="ваш ответ",
        approval=":approved:",
        answering="❯ отвечаю за вас: {text}",
        approving="❯ одобряю за вас: {text}",
        still="… {role} работает уже {seconds} с (запуск {run})",
        done="✅ {key} готова.",
        stopped="⚠️ {key} остановилась: стадия {stage}, статус {status}.",
        stages="Стадии: {stages}",
        runs="Агенты: запусков {count} ({roles})",
        time="Время:  {seconds:.1f} с",
        look_branch="Смотрите: git -C {repo} log --stat {branch}",
        look_page="          {url}/items/{key}",
        look_logs="          {command}",
        go_on="Сервис продолжает работать. Остановить: Ctrl-C.",
        title="Приветствовать вернувшихся пользователей по имени",
        description="Вернувшегося пользователя нужно приветствовать по имени. Новый видит"
        " приветствие, которое есть сейчас. Имя берётся из профиля.",
    ),
}
