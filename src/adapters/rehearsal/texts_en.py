"""What the agents of a rehearsal write, in English."""

OTHER = """\
This is what {name} holds for “{title}”.

{story}
"""

BODIES = {
    "01-brd.md": """\
## Business requirements

**Why.** {story}

**Who gains.** Everybody who uses the product and today does without “{title}”.

| # | Requirement | Priority |
|---|---|---|
| BR-1 | “{title}” is available to every signed-in user. | must |
| BR-2 | Nothing that works today works less well. | must |
| BR-3 | It can be switched off without a release. | should |

**Not part of it.** Other work items that {key} may give rise to.
""",
    "02-trz.md": """\
## Technical requirements

- **Input.** Checked at the edge; what is refused is answered with a reason.
- **Behaviour.** {story}
- **Errors.** Shown to the user in his own words, logged with the key {key}.
- **Performance.** 95 of 100 requests are answered within 200 ms.
- **Data.** No migration; what is stored can be read by the previous release.
""",
    "03-acceptance-criteria.md": """\
## Acceptance criteria

1. **Given** a signed-in user, **when** he uses “{title}”, **then** he gets what he asked for.
2. **Given** wrong input, **when** it is sent, **then** the answer says what is wrong with it.
3. **Given** a user without the right to it, **when** he tries, **then** it is refused.
4. **Given** the previous release, **when** it reads the new data, **then** nothing is lost.
""",
    "04-test-plan.md": """\
## Test plan

| Criterion | Test | Kind |
|---|---|---|
| 1 | the ordinary way through “{title}” | end to end |
| 2 | every field missing, empty, too long | unit |
| 3 | three roles, one of them anonymous | integration |
| 4 | old reader, new data | integration |
""",
    "05-architecture.md": """\
## Architecture

**Decision.** “{title}” becomes a use case of its own behind the ports that are there; no new
service, no new table.

**Parts.** An HTTP handler, one use case, one change in an existing adapter.

**Considered and left.** A service of its own: more to run than {key} is worth.

**Risks.** The adapter is used elsewhere, too; its contract tests cover both.
""",
    "questions": """\
## Questions

1. Who may use “{title}”: everybody, or administrators only?
2. What is to happen to data that is there already?
3. Is there a date by which {key} is needed?
""",
    "conflict": """\
## Conflict with the requirements

BR-2 demands that nothing changes for users of today, while the technical requirements change an
answer they rely on. Both cannot hold for “{title}”: one of the two documents has to be revised.
""",
    "12-review.md": """\
## Review

I read every commit of {key}. The change does what the requirements say, is covered by tests, and
its names can be understood without asking. Nothing has to be changed.
""",
    "12-review.md failed": """\
## Review

1. Wrong input reaches the store unchecked: check it at the edge.
2. The test of the refused user is missing.
3. A message to the user says “error” and nothing else.
""",
    "13-test-report.md": """\
## Test report

| Criterion | Result |
|---|---|
| 1 ordinary way | passed |
| 2 wrong input | passed |
| 3 refused user | passed |
| 4 previous release | passed |

4 of 4 passed.
""",
    "13-test-report.md failed": """\
## Test report

Wrong input is not refused: an empty title gives 500, wanted 422.

| Criterion | Result |
|---|---|
| 1 ordinary way | passed |
| 2 wrong input | **failed**: an empty title gives 500, wanted 422 |
| 3 refused user | passed |
| 4 previous release | passed |

3 of 4 passed.
""",
    "14-deploy-report.md": """\
## Deployment

The release with “{title}” is out. Smoke test: 5 of 5. Health check: ok for 60 seconds.
""",
    "14-deploy-report.md failed": """\
## Deployment

The release with “{title}” was rolled back. Smoke test: 4 of 5, sign-in timed out.
""",
}
