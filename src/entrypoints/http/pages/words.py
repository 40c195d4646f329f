"""Every text of the pages, in each locale: one catalogue, no text in a template.

States are names, the same in every language, as people know them from their tracker. A test holds
the locales against each other: the same texts, the same placeholders; and the values of the
domain's enumerations against the texts that show them.
"""

from collections.abc import Mapping
from enum import StrEnum

from domain.messages import Locale


class Word(StrEnum):
    """Names of the texts."""

    BOARD = "board"
    NEW_ITEM = "new-item"
    NOTHING_YET = "nothing-yet"
    NOTHING_YET_ELSEWHERE = "nothing-yet-elsewhere"
    MORE_ENDED = "more-ended"
    REFRESHES = "refreshes"
    KEEP_STILL = "keep-still"
    FOLLOW = "follow"
    STOP_FOLLOWING = "stop-following"
    TITLE = "title"
    TITLE_HINT = "title-hint"
    DESCRIPTION = "description"
    DESCRIPTION_HINT = "description-hint"
    PRIORITY = "priority"
    CREATE = "create"
    EDIT = "edit"
    SAVE = "save"
    STATE = "state"
    STAGE = "stage"
    STAGES = "stages"
    AUTHOR = "author"
    COMMENTS = "comments"
    NO_COMMENTS = "no-comments"
    COMMENT = "comment"
    COMMENT_HINT = "comment-hint"
    POST_COMMENT = "post-comment"
    APPROVE = "approve"
    REJECT = "reject"
    MOVE = "move"
    MOVE_TO = "move-to"
    BRANCH = "branch"
    PULL_REQUEST = "pull-request"
    IN_TRACKER = "in-tracker"
    NOT_TAKEN_UP = "not-taken-up"
    HISTORY = "history"
    NO_HISTORY = "no-history"
    RUNS = "runs"
    NO_RUNS = "no-runs"
    RUN = "run"
    ROLE = "role"
    STARTED = "started"
    ENDED = "ended"
    OUTCOME = "outcome"
    STILL_RUNNING = "still-running"
    NOT_YET = "not-yet"
    EXIT_CODE = "exit-code"
    LOG_OF = "log-of"
    LOG_EMPTY = "log-empty"
    LOG_CUT = "log-cut"
    LOG_GROWS = "log-grows"
    TURN = "turn"
    TURN_OF_NOBODY = "turn-of-nobody"
    OVERDUE = "overdue"
    SINCE = "since"
    GIVEN_UP = "given-up"
    GIVEN_UP_COUNT = "given-up-count"
    NOTHING_GIVEN_UP = "nothing-given-up"
    REPLAY = "replay"
    ATTEMPTS = "attempts"
    SIGN_IN = "sign-in"
    SIGN_IN_HINT = "sign-in-hint"
    SIGN_OUT = "sign-out"
    TOKEN = "token"  # noqa: S105 - a label
    WRONG_TOKEN = "wrong-token"  # noqa: S105 - a text
    BACK = "back"
    PROBLEM_400 = "problem-400"
    PROBLEM_401 = "problem-401"
    PROBLEM_403 = "problem-403"
    PROBLEM_404 = "problem-404"
    PROBLEM_409 = "problem-409"
    PROBLEM_503 = "problem-503"
    PROBLEM_ANY_4 = "problem-any-4"
    PROBLEM_ANY_5 = "problem-any-5"
    PROBLEM_BACK = "problem-back"
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    JUST_NOW = "just-now"

    STATE_BACKLOG = "state-backlog"
    STATE_TODO = "state-todo"
    STATE_IN_PROGRESS = "state-in-progress"
    STATE_NEEDS_INPUT = "state-needs-input"
    STATE_IN_REVIEW = "state-in-review"
    STATE_BLOCKED = "state-blocked"
    STATE_DONE = "state-done"
    STATE_CANCELLED = "state-cancelled"

    HINT_NEEDS_INPUT = "hint-needs-input"
    HINT_IN_REVIEW = "hint-in-review"
    HINT_BLOCKED = "hint-blocked"
    HINT_PAUSED = "hint-paused"

    ACTOR_AGENT = "actor-agent"
    ACTOR_PERSON = "actor-person"
    ACTOR_FORGE = "actor-forge"
    ACTOR_ORCHESTRATOR = "actor-orchestrator"

    PRIORITY_URGENT = "priority-urgent"
    PRIORITY_HIGH = "priority-high"
    PRIORITY_MEDIUM = "priority-medium"
    PRIORITY_LOW = "priority-low"
    PRIORITY_NONE = "priority-none"

    OUTCOME_EXITED = "outcome-exited"
    OUTCOME_TIMED_OUT = "outcome-timed-out"
    OUTCOME_STALLED = "outcome-stalled"
    OUTCOME_STOPPED = "outcome-stopped"
    OUTCOME_LOST = "outcome-lost"
    OUTCOME_NOT_STARTED = "outcome-not-started"

    STANDING_MEMBER = "standing-member"
    STANDING_GUEST = "standing-guest"
    STANDING_BOT = "standing-bot"


_STATES: Mapping[Word, str] = {
    Word.STATE_BACKLOG: "Backlog",
    Word.STATE_TODO: "Todo",
    Word.STATE_IN_PROGRESS: "In Progress",
    Word.STATE_NEEDS_INPUT: "Needs Input",
    Word.STATE_IN_REVIEW: "In Review",
    Word.STATE_BLOCKED: "Blocked",
    Word.STATE_DONE: "Done",
    Word.STATE_CANCELLED: "Cancelled",
}

_EN: Mapping[Word, str] = _STATES | {
    Word.BOARD: "Board",
    Word.NEW_ITEM: "New item",
    Word.NOTHING_YET: "Nothing here yet. Create the first item: its agents start by themselves.",
    Word.NOTHING_YET_ELSEWHERE: "Nothing here yet. Items appear once they are in your tracker.",
    Word.MORE_ENDED: "and {count} earlier",
    Word.REFRESHES: "This page reloads every {seconds} seconds.",
    Word.KEEP_STILL: "Stop reloading",
    Word.FOLLOW: "Reload by itself",
    Word.STOP_FOLLOWING: "Stop reloading, to write",
    Word.TITLE: "Title",
    Word.TITLE_HINT: "5 to 80 characters.",
    Word.DESCRIPTION: "Description",
    Word.DESCRIPTION_HINT: "At least two sentences, in Markdown: what is wanted, and how to tell"
    " that it is there.",
    Word.PRIORITY: "Priority",
    Word.CREATE: "Create",
    Word.EDIT: "Edit title and description",
    Word.SAVE: "Save",
    Word.STATE: "State",
    Word.STAGE: "Stage",
    Word.STAGES: "Stages",
    Word.AUTHOR: "As",
    Word.COMMENTS: "Comments",
    Word.NO_COMMENTS: "No comments yet.",
    Word.COMMENT: "Your comment",
    Word.COMMENT_HINT: "Markdown.",
    Word.POST_COMMENT: "Comment",
    Word.APPROVE: "Approve",
    Word.REJECT: "Reject, with the comment as the reason",
    Word.MOVE: "Move",
    Word.MOVE_TO: "Move to",
    Word.BRANCH: "Branch",
    Word.PULL_REQUEST: "Pull request",
    Word.IN_TRACKER: "In the tracker",
    Word.NOT_TAKEN_UP: "The orchestrator has not taken it up yet.",
    Word.HISTORY: "History",
    Word.NO_HISTORY: "Nothing has happened yet.",
    Word.RUNS: "Runs",
    Word.NO_RUNS: "No agent has been started yet.",
    Word.RUN: "Run",
    Word.ROLE: "Agent",
    Word.STARTED: "Started",
    Word.ENDED: "Ended",
    Word.OUTCOME: "Outcome",
    Word.STILL_RUNNING: "still running",
    Word.NOT_YET: "not yet",
    Word.EXIT_CODE: "exit code {code}",
    Word.LOG_OF: "Log of run {run}",
    Word.LOG_EMPTY: "The agent has printed nothing yet.",
    Word.LOG_CUT: "Only the last part is shown.",
    Word.LOG_GROWS: "The agent is at work; this page reloads every {seconds} seconds.",
    Word.TURN: "Whose turn it is",
    Word.TURN_OF_NOBODY: "It is nobody's turn: that is a fault of ours.",
    Word.OVERDUE: "overdue",
    Word.SINCE: "for {span}",
    Word.GIVEN_UP: "Given up",
    Word.GIVEN_UP_COUNT: "Given up after many tries: {count}",
    Word.NOTHING_GIVEN_UP: "Nothing has been given up.",
    Word.REPLAY: "Try again",
    Word.ATTEMPTS: "tries: {count}",
    Word.SIGN_IN: "Sign in",
    Word.SIGN_IN_HINT: "With the admin token: the value of ORCHESTRATOR_ADMIN_TOKEN.",
    Word.SIGN_OUT: "Sign out",
    Word.TOKEN: "Admin token",
    Word.WRONG_TOKEN: "That is not the admin token.",
    Word.BACK: "Back to the board",
    Word.PROBLEM_400: "That does not work like this",
    Word.PROBLEM_401: "Sign in first",
    Word.PROBLEM_403: "You may not do this",
    Word.PROBLEM_404: "There is nothing here",
    Word.PROBLEM_409: "That does not fit any more",
    Word.PROBLEM_503: "Something that we need does not answer",
    Word.PROBLEM_ANY_4: "That does not work",
    Word.PROBLEM_ANY_5: "A fault of ours",
    Word.PROBLEM_BACK: "Going back in the browser brings back what you typed.",
    Word.MINUTES: "{count} min",
    Word.HOURS: "{count} h",
    Word.DAYS: "{count} d",
    Word.JUST_NOW: "less than a minute",
    Word.HINT_NEEDS_INPUT: "The agent has questions. Answer them in a comment.",
    Word.HINT_IN_REVIEW: "Approve to go on, or reject with a reason.",
    Word.HINT_BLOCKED: "A person is needed: see the last comment. Move it to In Progress to go on.",
    Word.HINT_PAUSED: "Paused. Move it to In Progress to go on.",
    Word.ACTOR_AGENT: "an agent",
    Word.ACTOR_PERSON: "a person",
    Word.ACTOR_FORGE: "the forge",
    Word.ACTOR_ORCHESTRATOR: "the orchestrator",
    Word.PRIORITY_URGENT: "Urgent",
    Word.PRIORITY_HIGH: "High",
    Word.PRIORITY_MEDIUM: "Medium",
    Word.PRIORITY_LOW: "Low",
    Word.PRIORITY_NONE: "None",
    Word.OUTCOME_EXITED: "exited",
    Word.OUTCOME_TIMED_OUT: "timed out",
    Word.OUTCOME_STALLED: "stalled",
    Word.OUTCOME_STOPPED: "stopped",
    Word.OUTCOME_LOST: "lost",
    Word.OUTCOME_NOT_STARTED: "could not be started",
    Word.STANDING_MEMBER: "member",
    Word.STANDING_GUEST: "guest",
    Word.STANDING_BOT: "orchestrator",
}

_RU: Mapping[Word, str] = _STATES | {
    Word.BOARD: "Доска",
    Word.NEW_ITEM: "Новая задача",
    Word.NOTHING_YET: "Здесь пока пусто. Создайте первую задачу: агенты начнут работу сами.",
    Word.NOTHING_YET_ELSEWHERE: "Здесь пока пусто. Задачи появятся, как только будут в трекере.",
    Word.MORE_ENDED: "и более ранних: {count}",
    Word.REFRESHES: "Страница обновляется каждые {seconds} с.",
    Word.KEEP_STILL: "Не обновлять",
    Word.FOLLOW: "Обновлять автоматически",
    Word.STOP_FOLLOWING: "Не обновлять, чтобы писать",
    Word.TITLE: "Заголовок",
    Word.TITLE_HINT: "От 5 до 80 символов.",
    Word.DESCRIPTION: "Описание",
    Word.DESCRIPTION_HINT: "Не меньше двух предложений, в Markdown: что нужно и как понять, что"
    " это готово.",
    Word.PRIORITY: "Приоритет",
    Word.CREATE: "Создать",
    Word.EDIT: "Изменить заголовок и описание",
    Word.SAVE: "Сохранить",
    Word.STATE: "Состояние",
    Word.STAGE: "Стадия",
    Word.STAGES: "Стадии",
    Word.AUTHOR: "От имени",
    Word.COMMENTS: "Комментарии",
    Word.NO_COMMENTS: "Комментариев пока нет.",
    Word.COMMENT: "Ваш комментарий",
    Word.COMMENT_HINT: "Markdown.",
    Word.POST_COMMENT: "Отправить",
    Word.APPROVE: "Одобрить",
    Word.REJECT: "Отклонить, причина — в комментарии",
    Word.MOVE: "Перевести",
    Word.MOVE_TO: "Перевести в",
    Word.BRANCH: "Ветка",
    Word.PULL_REQUEST: "Pull request",
    Word.IN_TRACKER: "В трекере",
    Word.NOT_TAKEN_UP: "Оркестратор ещё не взялся за задачу.",
    Word.HISTORY: "История",
    Word.NO_HISTORY: "Пока ничего не произошло.",
    Word.RUNS: "Запуски",
    Word.NO_RUNS: "Ни один агент ещё не запускался.",
    Word.RUN: "Запуск",
    Word.ROLE: "Агент",
    Word.STARTED: "Начало",
    Word.ENDED: "Конец",
    Word.OUTCOME: "Итог",
    Word.STILL_RUNNING: "ещё идёт",
    Word.NOT_YET: "ещё нет",
    Word.EXIT_CODE: "код выхода {code}",
    Word.LOG_OF: "Лог запуска {run}",
    Word.LOG_EMPTY: "Агент пока ничего не вывел.",
    Word.LOG_CUT: "Показан только конец.",
    Word.LOG_GROWS: "Агент работает; страница обновляется каждые {seconds} с.",
    Word.TURN: "Чей ход",
    Word.TURN_OF_NOBODY: "Ход ни за кем: это наша ошибка.",
    Word.OVERDUE: "просрочено",
    Word.SINCE: "уже {span}",
    Word.GIVEN_UP: "Не удалось",
    Word.GIVEN_UP_COUNT: "Не удалось после многих попыток: {count}",
    Word.NOTHING_GIVEN_UP: "Таких случаев нет.",
    Word.REPLAY: "Повторить",
    Word.ATTEMPTS: "попыток: {count}",
    Word.SIGN_IN: "Войти",
    Word.SIGN_IN_HINT: "С токеном администратора: значение ORCHESTRATOR_ADMIN_TOKEN.",
    Word.SIGN_OUT: "Выйти",
    Word.TOKEN: "Токен администратора",
    Word.WRONG_TOKEN: "Это не токен администратора.",
    Word.BACK: "К доске",
    Word.PROBLEM_400: "Так не получится",
    Word.PROBLEM_401: "Сначала войдите",
    Word.PROBLEM_403: "Этого делать нельзя",
    Word.PROBLEM_404: "Здесь ничего нет",
    Word.PROBLEM_409: "Это уже не подходит",
    Word.PROBLEM_503: "Не отвечает то, без чего нельзя",
    Word.PROBLEM_ANY_4: "Не получилось",
    Word.PROBLEM_ANY_5: "Наша ошибка",
    Word.PROBLEM_BACK: "Вернитесь в браузере назад: написанное сохранится.",
    Word.MINUTES: "{count} мин",
    Word.HOURS: "{count} ч",
    Word.DAYS: "{count} дн",
    Word.JUST_NOW: "меньше минуты",
    Word.HINT_NEEDS_INPUT: "У агента есть вопросы. Ответьте на них в комментарии.",
    Word.HINT_IN_REVIEW: "Одобрите, чтобы продолжить, или отклоните с причиной.",
    Word.HINT_BLOCKED: "Нужен человек: см. последний комментарий. Чтобы продолжить, переведите"
    " в In Progress.",
    Word.HINT_PAUSED: "Пауза. Чтобы продолжить, переведите в In Progress.",
    Word.ACTOR_AGENT: "агент",
    Word.ACTOR_PERSON: "человек",
    Word.ACTOR_FORGE: "репозиторий",
    Word.ACTOR_ORCHESTRATOR: "оркестратор",
    Word.PRIORITY_URGENT: "Срочный",
    Word.PRIORITY_HIGH: "Высокий",
    Word.PRIORITY_MEDIUM: "Средний",
    Word.PRIORITY_LOW: "Низкий",
    Word.PRIORITY_NONE: "Нет",
    Word.OUTCOME_EXITED: "завершён",
    Word.OUTCOME_TIMED_OUT: "вышло время",
    Word.OUTCOME_STALLED: "завис",
    Word.OUTCOME_STOPPED: "остановлен",
    Word.OUTCOME_LOST: "потерян",
    Word.OUTCOME_NOT_STARTED: "не удалось запустить",
    Word.STANDING_MEMBER: "участник",
    Word.STANDING_GUEST: "гость",
    Word.STANDING_BOT: "оркестратор",
}

CATALOGUE: Mapping[Locale, Mapping[Word, str]] = {Locale.EN: _EN, Locale.RU: _RU}


def say(locale: Locale, word: Word, **values: object) -> str:
    """Return the text in that language with its values put in."""
    return CATALOGUE[locale][word].format(**values)
