"""Every text that people read from us, in each locale: one catalogue, no text elsewhere.

A text is Markdown where it becomes a comment and plain where it becomes a notice. What agents and
people wrote is put in as a value; the tracker's adapter shows it escaped. A test holds the locales
against each other: the same texts, the same placeholders.
"""

from collections.abc import Mapping
from enum import StrEnum

from domain.quality_gate import Fault


class Locale(StrEnum):
    """The languages we speak."""

    EN = "en"
    RU = "ru"


class Text(StrEnum):
    """Names of the texts."""

    QG0_FAILED = "qg0-failed"
    TITLE_TOO_SHORT = Fault.TITLE_TOO_SHORT
    TITLE_TOO_LONG = Fault.TITLE_TOO_LONG
    DESCRIPTION_TOO_SHORT = Fault.DESCRIPTION_TOO_SHORT
    NOT_BY_A_MEMBER = Fault.NOT_BY_A_MEMBER
    QG0_REMEDY = "qg0-remedy"
    STAGE_CHANGED = "stage-changed"
    STAGE_ENDED = "stage-ended"
    BRANCH_LINK = "branch-link"
    PULL_REQUEST_LINK = "pull-request-link"
    REVIEW_WANTED = "review-wanted"
    REVIEW_WANTED_GENERAL = "review-wanted-general"
    QUESTIONS = "questions"
    ANSWERED = "answered"
    REJECTED_HERE = "rejected-here"
    ROLLED_BACK = "rolled-back"
    NO_REASON = "no-reason"
    TESTS_FAILED = "tests-failed"
    CHANGES_REQUESTED = "changes-requested"
    CHECKS_FAILED = "checks-failed"
    DEPLOY_FAILED = "deploy-failed"
    CONFLICT = "conflict"
    NOTHING_DELIVERED = "nothing-delivered"
    NOTHING_FROM_ANALYST = "nothing-from-analyst"
    ROUNDS_EXHAUSTED = "rounds-exhausted"
    RUNS_EXHAUSTED = "runs-exhausted"
    RUN_CRASHED = "run-crashed"
    RUN_RETRIED = "run-retried"
    RUN_REFUSED = "run-refused"
    RUN_KEPT = "run-kept"
    MODEL_WAITED_FOR = "model-waited-for"
    MODEL_AWAY = "model-away"
    KEY_REFUSED = "key-refused"
    TOOLS_REFUSED = "tools-refused"
    TOOLS_REFUSED_REMEDY = "tools-refused-remedy"
    COMPLETE_ALL_THE_SAME = "complete-all-the-same"
    NO_PROGRESS = "no-progress"
    ROLE_REFUSED = "role-refused"
    STEP_SAID = "step-said"
    STEP_THOUGHT = "step-thought"
    STEP_TOOL = "step-tool"
    STEP_RESULT = "step-result"
    STEP_REFUSED = "step-refused"
    STEP_TROUBLE = "step-trouble"
    STEP_ENDED = "step-ended"
    STEP_USED = "step-used"
    STEP_COST = "step-cost"
    OUT_OF_BUDGET = "out-of-budget"
    ACCOUNT_RUN = "account-run"
    ACCOUNT_ITEM = "account-item"
    ACCOUNT_DAY = "account-day"
    ACCOUNT_ESTIMATED = "account-estimated"
    BUDGET_REMEDY = "budget-remedy"
    DISK_LIMIT = "disk-limit"
    BUDGET_RAISED = "budget-raised"
    BUDGET_TOO_SMALL = "budget-too-small"
    BUDGET_UNREADABLE = "budget-unreadable"
    BRANCH_MOVED = "branch-moved"
    CHECKS_OVERDUE = "checks-overdue"
    MERGE_CONFLICT = "merge-conflict"
    MERGE_REFUSED = "merge-refused"
    PULL_REQUEST_CLOSED = "pull-request-closed"
    PULL_REQUEST_MERGED = "pull-request-merged"
    BRANCH_GONE = "branch-gone"
    FORGE_REVIEW = "forge-review"
    A_PERSON = "a-person"
    EFFECT_FAILED = "effect-failed"
    GATE_SHUT = "gate-shut"
    GATE_PENDING = "gate-pending"
    REVIEW_OUTDATED = "review-outdated"
    NOT_APPROVER = "not-approver"
    AT_WORK = "at-work"
    NOT_STARTED_YET = "not-started-yet"
    NOTHING_BEFORE = "nothing-before"
    HAS_ENDED = "has-ended"
    IS_DONE = "is-done"
    RESUMED = "resumed"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    HELD = "held"
    FINISHED_BY_PERSON = "finished-by-person"
    NOTICE_REVIEW = "notice-review"
    NOTICE_QUESTIONS = "notice-questions"
    NOTICE_BLOCKED = "notice-blocked"
    NOTICE_DEPLOY_FAILED = "notice-deploy-failed"
    NOTICE_RUNS_EXHAUSTED = "notice-runs-exhausted"
    NOTICE_ROUNDS_EXHAUSTED = "notice-rounds-exhausted"
    NOTICE_DONE = "notice-done"
    NOTICE_REMINDER = "notice-reminder"
    NOTICE_SLOW = "notice-slow"
    NOTICE_DEAD_LETTER = "notice-dead-letter"
    NOTICE_WEBHOOKS_SILENT = "notice-webhooks-silent"


_EN: Mapping[Text, str] = {
    Text.QG0_FAILED: "⚠️ QG-0 failed:",
    Text.TITLE_TOO_SHORT: "the title has {found} characters, at least 5 are needed",
    Text.TITLE_TOO_LONG: "the title has {found} characters, at most 80 are allowed",
    Text.DESCRIPTION_TOO_SHORT: "sentences in the description: {found}, at least 2 are needed",
    Text.NOT_BY_A_MEMBER: "whoever made it is no member of the project: a member has to make it"
    " anew, since agents do what it says",
    Text.QG0_REMEDY: "Mend the item; it is then validated again and starts by itself.",
    Text.STAGE_CHANGED: "🔄 Stage: {before} → {after} (launching {role})",
    Text.STAGE_ENDED: "✅ Stage: {before} → {after}",
    Text.BRANCH_LINK: "Branch: [{name}]({url})",
    Text.PULL_REQUEST_LINK: "Pull request: {link}",
    Text.REVIEW_WANTED: "📋 BRD/SRS/AC/Test plan are ready. Please review and react with"
    " :approved: to move on to {next}.",
    Text.REVIEW_WANTED_GENERAL: "📋 Stage {stage} is complete. Please review and react with"
    " :approved: to move on to {next}.",
    Text.QUESTIONS: "❓ {role} needs clarification:",
    Text.ANSWERED: "🔄 {role} was restarted with the stakeholder's answers.",
    Text.REJECTED_HERE: "🔄 {role} was restarted. Reason: {reason}",
    Text.ROLLED_BACK: "🔄 Rolled back: {before} → {after}. Reason: {reason}",
    Text.NO_REASON: "none was given",
    Text.TESTS_FAILED: "❌ Tests failed: {summary}. {role} was restarted to fix them.",
    Text.CHANGES_REQUESTED: "❌ Review asks for changes: {summary}. {role} was restarted.",
    Text.CHECKS_FAILED: "❌ Checks of the pull request failed. {role} was restarted to fix them.",
    Text.DEPLOY_FAILED: "❌ Deploy FAILED (smoke/healthcheck). Rolled back. {role} is needed for"
    " a fix. Move the item to In Progress to start it.",
    Text.CONFLICT: "⚠️ {role} found a conflict with the requirements:",
    Text.NOTHING_DELIVERED: "⚠️ {role} ended, but this is missing: {missing}. Look at the log of"
    " run {run}, then move the item to In Progress to try again.",
    Text.NOTHING_FROM_ANALYST: "⚠️ {role} ended without artifacts and without questions. Check"
    " the log of run {run}, then move the item to In Progress to try again. Missing: {missing}.",
    Text.ROUNDS_EXHAUSTED: "🚨 {rounds} rounds of clarification are used up. {role} cannot write"
    " the specification. A more detailed description or a meeting is needed. Then move the item to"
    " In Progress. The open questions:",
    Text.RUNS_EXHAUSTED: "🚨 {role} has had {runs} runs without getting through. A person is"
    " needed: look at the reports, then move the item to In Progress to allow {runs} more.",
    Text.RUN_CRASHED: "⚠️ Run {run} of {role} failed: {problem}. Look at its log, then move the"
    " item to In Progress to try again.",
    Text.RUN_RETRIED: "🔄 Run {run} of {role} failed: {problem}. It is repeated once.",
    Text.RUN_REFUSED: "⚠️ The commits of run {run} were refused: {problem}. Nothing was pushed."
    " Move the item to In Progress to try again.",
    Text.RUN_KEPT: "⚠️ The commits of run {run} could not be pushed: {problem}. They are kept. Mend"
    " the cause, then move the item to In Progress: they are pushed first.",
    Text.MODEL_WAITED_FOR: "⏳ Run {run} of {role} could not reach its model. It starts again by"
    " itself, with growing pauses; this does not count as a try. What was said:",
    Text.MODEL_AWAY: "⚠️ The model of {role} has been away since {since}. Look after it, then move"
    " the item to In Progress. What was said last:",
    Text.KEY_REFUSED: "🔑 The model did not accept the key of {role} in run {run}, or nobody pays"
    " for it. Set a valid key in the service's environment, name it in agents.pass_environment,"
    " then move the item to In Progress.",
    Text.TOOLS_REFUSED: "🚫 {role} was refused what it wanted to use in run {run}:",
    Text.TOOLS_REFUSED_REMEDY: "Allow it in the configuration (agents.roles.{role}), then move the"
    " item to In Progress to repeat the run.",
    Text.COMPLETE_ALL_THE_SAME: "What the stage wants is there all the same: with an approver's"
    " approval it is taken as it is.",
    Text.NO_PROGRESS: "⚠️ {role} was sent back to mend something and changed nothing in run {run}."
    " It would only be sent back again. See to it, then move the item to In Progress. This was to"
    " be mended:",
    Text.ROLE_REFUSED: "⚠️ {file} in the base branch cannot be used: {problem}. {role} works by"
    " the orchestrator's own text until it is mended.",
    Text.STEP_SAID: "agent: {words}",
    Text.STEP_THOUGHT: "thought: {words}",
    Text.STEP_TOOL: "tool: {words}",
    Text.STEP_RESULT: "result: {words}",
    Text.STEP_REFUSED: "refused: {words}",
    Text.STEP_TROUBLE: "trouble: {words}",
    Text.STEP_ENDED: "end: {words}",
    Text.STEP_USED: "used: {read} tokens read, {cached} more from the cache, {wrote} written",
    Text.STEP_COST: "; {cost} by the agent's own list",
    Text.OUT_OF_BUDGET: "💸 Run {run} of {role} was stopped: a limit of money is reached. What it"
    " had committed is kept.",
    Text.ACCOUNT_RUN: "this run",
    Text.ACCOUNT_ITEM: "this item",
    Text.ACCOUNT_DAY: "today, all items (UTC)",
    Text.ACCOUNT_ESTIMATED: "estimated by list prices",
    Text.BUDGET_REMEDY: "An approver lets it go on with a comment such as `/budget {amount}`: so"
    " many US dollars for this item in all, instead of all other limits.",
    Text.DISK_LIMIT: "💾 Run {run} of {role} was stopped: it took more of the disk than it may."
    " What it had committed is kept. Have it leave less behind, or raise agents.docker.disk_mb,"
    " then move the item to In Progress.",
    Text.BUDGET_RAISED: "💸 {who} allows this item {amount} in all.",
    Text.BUDGET_TOO_SMALL: "💸 {amount} is not enough: this item has cost {spent} already.",
    Text.BUDGET_UNREADABLE: "💸 {name}, write an amount in US dollars, as in `/budget 20`.",
    Text.BRANCH_MOVED: "🔄 The branch was changed by somebody else during run {run}. {role} starts"
    " again from the new commit {head}.",
    Text.CHECKS_OVERDUE: "⚠️ The checks of the pull request have not ended in time. See to them,"
    " then move the item to In Progress.",
    Text.MERGE_CONFLICT: "❌ The branch conflicts with its base branch. {role} was restarted to"
    " resolve this:",
    Text.MERGE_REFUSED: "⚠️ The pull request cannot be merged: {problem}. Mend the cause or merge it"
    " yourself, then move the item to In Progress.",
    Text.PULL_REQUEST_CLOSED: "⚠️ {who} closed the pull request {link} in stage {stage}. Move the"
    " item to In Progress to go on with a new one, or to Cancelled to give it up.",
    Text.PULL_REQUEST_MERGED: "⚠️ {who} merged the pull request {link} in stage {stage}, before all"
    " stages were through. Move the item to Done if that is all, or to In Progress to go on.",
    Text.BRANCH_GONE: "⚠️ {problem}. Restore it (its last known commit is {head}), then move the"
    " item to In Progress.",
    Text.FORGE_REVIEW: "🔄 {who} requested changes on the pull request. {role} was restarted.",
    Text.A_PERSON: "A person",
    Text.EFFECT_FAILED: "⚠️ {effect} was given up: {error}. Mend the cause, then"
    " move the item to In Progress.",
    Text.GATE_SHUT: "⚠️ Cannot leave {stage} yet. Missing: {missing}.",
    Text.GATE_PENDING: "⏳ Cannot leave {stage} yet: pull request or checks are still pending.",
    Text.REVIEW_OUTDATED: "⚠️ The branch has moved on to {head} since the review was asked for."
    " The approval was for {approved}; please look at the new commit and approve again.",
    Text.NOT_APPROVER: "🚫 {name}, only approvers of this project can approve or reject.",
    Text.AT_WORK: "⏳ {role} is still at work in {stage}; there is nothing to approve yet.",
    Text.NOT_STARTED_YET: "⏳ The item has not started yet; there is nothing to approve.",
    Text.NOTHING_BEFORE: "⚠️ There is no stage before {stage} to go back to.",
    Text.HAS_ENDED: "This item has ended ({status}). Move it to In Progress to take it up again.",
    Text.IS_DONE: "This item is done: all its stages are behind it. For further work make a new"
    " item.",
    Text.RESUMED: "▶️ Resumed by {who} in {stage} (launching {role}).",
    Text.PAUSED: "⏸️ Paused by {who}. Move the item to In Progress to go on.",
    Text.CANCELLED: "🛑 Cancelled by {who}. No agent works on it any more.",
    Text.HELD: "⏸️ Held by {who} as {state}. Move the item to In Progress to go on.",
    Text.FINISHED_BY_PERSON: "✅ Finished by {who} in stage {stage}.",
    Text.NOTICE_REVIEW: "📋 {key}: {title} — approval is wanted to leave {stage}.",
    Text.NOTICE_QUESTIONS: "❓ {key}: {role} has questions. Answer in {tracker}.",
    Text.NOTICE_BLOCKED: "⚠️ {key}: {title} is blocked in {stage}. {why}",
    Text.NOTICE_DEPLOY_FAILED: "❌ {key}: deploy failed. {title}",
    Text.NOTICE_RUNS_EXHAUSTED: "🚨 {key}: {role} has had {runs} runs without getting through.",
    Text.NOTICE_ROUNDS_EXHAUSTED: "🚨 {key}: {rounds} rounds of clarification are used up.",
    Text.NOTICE_DONE: "✅ {key}: {title} is done.",
    Text.NOTICE_REMINDER: "⏰ {key}: {title} has been waiting for you in {stage} ({status}) since"
    " {since}.",
    Text.NOTICE_SLOW: "⏰ {key}: {title} has been waiting for the {actor} in {stage} since"
    " {since}.",
    Text.NOTICE_DEAD_LETTER: "🚨 {key}: {effect} was given up: {error}",
    Text.NOTICE_WEBHOOKS_SILENT: "🔕 {tool}: no webhook has told of changes since {since}. They are"
    " found by asking, only later. Switch the webhook on again; 'orchestrator doctor' says more.",
}

_RU: Mapping[Text, str] = {
    Text.QG0_FAILED: "⚠️ QG-0 failed:",
    Text.TITLE_TOO_SHORT: "в заголовке символов: {found}, нужно не меньше 5",
    Text.TITLE_TOO_LONG: "в заголовке символов: {found}, допустимо не больше 80",
    Text.DESCRIPTION_TOO_SHORT: "предложений в описании: {found}, нужно не меньше 2",
    Text.NOT_BY_A_MEMBER: "её создал не участник проекта: участнику нужно создать её заново,"
    " потому что агенты делают то, что в ней написано",
    Text.QG0_REMEDY: "Исправьте задачу: она будет проверена снова и стартует сама.",
    Text.STAGE_CHANGED: "🔄 Stage: {before} → {after} (launching {role})",
    Text.STAGE_ENDED: "✅ Stage: {before} → {after}",
    Text.BRANCH_LINK: "Ветка: [{name}]({url})",
    Text.PULL_REQUEST_LINK: "Pull request: {link}",
    Text.REVIEW_WANTED: "📋 BRD/ТЗ/AC/TestPlan готовы. Прошу review и реакцию :approved: для"
    " продвижения в {next}.",
    Text.REVIEW_WANTED_GENERAL: "📋 Стадия {stage} завершена. Прошу review и реакцию :approved:"
    " для продвижения в {next}.",
    Text.QUESTIONS: "❓ {role} нуждается в уточнении:",
    Text.ANSWERED: "🔄 {role} перезапущен с ответами стейкхолдера.",
    Text.REJECTED_HERE: "🔄 {role} перезапущен. Причина: {reason}",
    Text.ROLLED_BACK: "🔄 Откат: {before} → {after}. Причина: {reason}",
    Text.NO_REASON: "не указана",
    Text.TESTS_FAILED: "❌ Тесты не прошли: {summary}. {role} перезапущен для фикса.",
    Text.CHANGES_REQUESTED: "❌ Ревью требует изменений: {summary}. {role} перезапущен.",
    Text.CHECKS_FAILED: "❌ Проверки pull request не прошли. {role} перезапущен для фикса.",
    Text.DEPLOY_FAILED: "❌ Deploy FAILED (smoke/healthcheck). Rolled back. {role} нужен для"
    " фикса. Чтобы запустить его, переведите задачу в In Progress.",
    Text.CONFLICT: "⚠️ {role} нашёл конфликт с требованиями:",
    Text.NOTHING_DELIVERED: "⚠️ {role} завершился, но не хватает: {missing}. Проверьте лог"
    " запуска {run} и переведите задачу в In Progress, чтобы повторить.",
    Text.NOTHING_FROM_ANALYST: "⚠️ {role} завершился без артефактов и без вопросов. Проверьте"
    " лог. Запуск: {run}. Не хватает: {missing}. Чтобы повторить, переведите задачу в In Progress.",
    Text.ROUNDS_EXHAUSTED: "🚨 {rounds} раунда уточнений исчерпаны. {role} не может сформировать"
    " ТЗ. Требуется более детальное описание или встреча. После этого переведите задачу в In"
    " Progress. Открытые вопросы:",
    Text.RUNS_EXHAUSTED: "🚨 {role}: запусков {runs}, результата нет. Нужен человек: посмотрите"
    " отчёты и переведите задачу в In Progress, чтобы разрешить ещё {runs}.",
    Text.RUN_CRASHED: "⚠️ Запуск {run} ({role}) не удался: {problem}. Проверьте лог и переведите"
    " задачу в In Progress, чтобы повторить.",
    Text.RUN_RETRIED: "🔄 Запуск {run} ({role}) не удался: {problem}. Повторяю один раз.",
    Text.RUN_REFUSED: "⚠️ Коммиты запуска {run} не приняты: {problem}. Ничего не отправлено."
    " Чтобы повторить, переведите задачу в In Progress.",
    Text.RUN_KEPT: "⚠️ Коммиты запуска {run} не удалось отправить: {problem}. Они сохранены."
    " Устраните причину и переведите задачу в In Progress: сначала будут отправлены они.",
    Text.MODEL_WAITED_FOR: "⏳ Запуск {run} ({role}): модель недоступна. Агент запустится снова"
    " сам, с растущими паузами; попыткой это не считается. Ответ был такой:",
    Text.MODEL_AWAY: "⚠️ Модель, с которой работает {role}, недоступна с {since}. Разберитесь с ней"
    " и переведите задачу в In Progress. Последний ответ:",
    Text.KEY_REFUSED: "🔑 Модель не приняла ключ в запуске {run} ({role}), или он не оплачен."
    " Задайте действующий ключ в окружении сервиса, назовите его в agents.pass_environment и"
    " переведите задачу в In Progress.",
    Text.TOOLS_REFUSED: "🚫 Запуск {run} ({role}): агенту отказано в том, что он хотел сделать:",
    Text.TOOLS_REFUSED_REMEDY: "Разрешите это в конфигурации (agents.roles.{role}) и переведите"
    " задачу в In Progress, чтобы повторить запуск.",
    Text.COMPLETE_ALL_THE_SAME: "Всё, чего требует стадия, тем не менее готово: утверждающий может"
    " одобрить работу как есть.",
    Text.NO_PROGRESS: "⚠️ {role} должен был исправить замечания, но в запуске {run} ничего не"
    " изменил: его только вернули бы снова. Разберитесь и переведите задачу в In Progress. Вот что"
    " нужно было исправить:",
    Text.ROLE_REFUSED: "⚠️ Файл {file} в базовой ветке нельзя использовать: {problem}. Пока он не"
    " исправлен, {role} работает по тексту оркестратора.",
    Text.STEP_SAID: "агент: {words}",
    Text.STEP_THOUGHT: "мысль: {words}",
    Text.STEP_TOOL: "инструмент: {words}",
    Text.STEP_RESULT: "результат: {words}",
    Text.STEP_REFUSED: "отказано: {words}",
    Text.STEP_TROUBLE: "затруднение: {words}",
    Text.STEP_ENDED: "конец: {words}",
    Text.STEP_USED: "израсходовано: прочитано токенов {read}, ещё из кэша {cached},"
    " написано {wrote}",
    Text.STEP_COST: "; {cost} по собственному прайс-листу агента",
    Text.OUT_OF_BUDGET: "💸 Запуск {run} ({role}) остановлен: достигнут лимит расходов. То, что он"
    " успел закоммитить, сохранено.",
    Text.ACCOUNT_RUN: "этот запуск",
    Text.ACCOUNT_ITEM: "эта задача",
    Text.ACCOUNT_DAY: "сегодня, все задачи (UTC)",
    Text.ACCOUNT_ESTIMATED: "оценка по прайс-листу",
    Text.BUDGET_REMEDY: "Утверждающий может продолжить работу комментарием вида `/budget {amount}`:"
    " столько долларов США можно потратить на эту задачу всего, вместо всех прочих лимитов.",
    Text.DISK_LIMIT: "💾 Запуск {run} ({role}) остановлен: занял на диске больше, чем разрешено."
    " То, что он успел закоммитить, сохранено. Пусть оставляет после себя меньше, или увеличьте"
    " agents.docker.disk_mb; затем переведите задачу в In Progress.",
    Text.BUDGET_RAISED: "💸 {who}: на эту задачу разрешено потратить {amount} всего.",
    Text.BUDGET_TOO_SMALL: "💸 {amount} не хватит: задача уже стоила {spent}.",
    Text.BUDGET_UNREADABLE: "💸 {name}, укажите сумму в долларах США, например `/budget 20`.",
    Text.BRANCH_MOVED: "🔄 Пока шёл запуск {run}, ветку изменил кто-то другой. {role} начинает"
    " заново с коммита {head}.",
    Text.CHECKS_OVERDUE: "⚠️ Проверки pull request не завершились вовремя. Разберитесь с ними и"
    " переведите задачу в In Progress.",
    Text.MERGE_CONFLICT: "❌ Ветка конфликтует с базовой. {role} перезапущен, чтобы это исправить:",
    Text.MERGE_REFUSED: "⚠️ Pull request не удаётся слить: {problem}. Устраните причину или слейте"
    " его сами и переведите задачу в In Progress.",
    Text.PULL_REQUEST_CLOSED: "⚠️ {who}: pull request {link} закрыт на стадии {stage}. Переведите"
    " задачу в In Progress, чтобы продолжить с новым, или в Cancelled, чтобы отказаться от неё.",
    Text.PULL_REQUEST_MERGED: "⚠️ {who}: pull request {link} слит на стадии {stage}, раньше конца"
    " всех стадий. Переведите задачу в Done, если это всё, или в In Progress, чтобы продолжить.",
    Text.BRANCH_GONE: "⚠️ {problem}. Восстановите ветку (последний известный коммит {head}) и"
    " переведите задачу в In Progress.",
    Text.FORGE_REVIEW: "🔄 {who} запросил изменения в pull request. {role} перезапущен.",
    Text.A_PERSON: "Человек",
    Text.EFFECT_FAILED: "⚠️ {effect}: не удалось: {error}. Устраните причину"
    " и переведите задачу в In Progress.",
    Text.GATE_SHUT: "⚠️ Стадию {stage} пока нельзя покинуть. Не хватает: {missing}.",
    Text.GATE_PENDING: "⏳ Стадию {stage} пока нельзя покинуть: pull request или проверки ещё"
    " не готовы.",
    Text.REVIEW_OUTDATED: "⚠️ После запроса review ветка ушла вперёд до {head}. Одобрение было"
    " для {approved}; посмотрите новый коммит и одобрите снова.",
    Text.NOT_APPROVER: "🚫 {name}, одобрять и отклонять могут только утверждающие этого проекта.",
    Text.AT_WORK: "⏳ {role} ещё работает на стадии {stage}; одобрять пока нечего.",
    Text.NOT_STARTED_YET: "⏳ Задача ещё не начата; одобрять пока нечего.",
    Text.NOTHING_BEFORE: "⚠️ Перед стадией {stage} нет стадии, к которой можно вернуться.",
    Text.HAS_ENDED: "Эта задача завершена ({status}). Чтобы вернуться к ней, переведите её в In"
    " Progress.",
    Text.IS_DONE: "Эта задача выполнена: все стадии пройдены. Для новой работы создайте новую"
    " задачу.",
    Text.RESUMED: "▶️ {who}: работа продолжена на стадии {stage} (launching {role}).",
    Text.PAUSED: "⏸️ {who}: пауза. Чтобы продолжить, переведите задачу в In Progress.",
    Text.CANCELLED: "🛑 {who}: отменено. Агенты над задачей больше не работают.",
    Text.HELD: "⏸️ {who}: задача удержана в {state}. Чтобы продолжить, переведите её в In Progress.",
    Text.FINISHED_BY_PERSON: "✅ {who}: завершено на стадии {stage}.",
    Text.NOTICE_REVIEW: "📋 {key}: {title} — нужно одобрение, чтобы покинуть {stage}.",
    Text.NOTICE_QUESTIONS: "❓ {key}: {role} задаёт вопросы. Ответь в {tracker}.",
    Text.NOTICE_BLOCKED: "⚠️ {key}: {title} — блокировка на стадии {stage}. {why}",
    Text.NOTICE_DEPLOY_FAILED: "❌ {key}: деплой не удался. {title}",
    Text.NOTICE_RUNS_EXHAUSTED: "🚨 {key}: {role}: запусков {runs}, результата нет.",
    Text.NOTICE_ROUNDS_EXHAUSTED: "🚨 {key}: {rounds} раунда уточнений исчерпаны.",
    Text.NOTICE_DONE: "✅ {key}: {title} — готово.",
    Text.NOTICE_REMINDER: "⏰ {key}: {title} ждёт вас на стадии {stage} ({status}) с {since}.",
    Text.NOTICE_SLOW: "⏰ {key}: {title} ждёт ({actor}) на стадии {stage} с {since}.",
    Text.NOTICE_DEAD_LETTER: "🚨 {key}: {effect}: не удалось: {error}",
    Text.NOTICE_WEBHOOKS_SILENT: "🔕 {tool}: с {since} webhook не сообщает об изменениях. Они"
    " находятся опросом, только позже. Включите webhook снова; подробнее: 'orchestrator doctor'.",
}

CATALOGUE: Mapping[Locale, Mapping[Text, str]] = {Locale.EN: _EN, Locale.RU: _RU}


def say(locale: Locale, text: Text, **values: object) -> str:
    """Return the text in that language with its values put in."""
    return CATALOGUE[locale][text].format(**values)


def role_name(role: str) -> str:
    """Return a role as it is named to people."""
    return role.replace("-", " ").capitalize()
