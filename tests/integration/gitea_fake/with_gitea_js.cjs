// What gitea-js makes of a server: run with NODE_PATH in .venv-clients, prints one JSON value.

const { giteaApi } = require("gitea-js");

const [address, token, reviewer] = process.argv.slice(2);
const branch = "agent/task-1";
const where = ["team", "shop"];

async function status(attempt) {
  try {
    await attempt();
    return 0;
  } catch (refused) {
    if (refused.status === undefined) throw refused;
    return refused.status;
  }
}

// Take a branch from its making to its merge, and tell what came of it.
async function main() {
  const told = {};
  const api = giteaApi(address, { token });
  const { repos } = api;
  told.version = (await api.version.getVersion()).data.version;
  told.user = (await api.user.userGetCurrent()).data.login;
  told.default = (await repos.repoGet(...where)).data.default_branch;

  const option = { new_branch_name: branch, old_ref_name: "main" };
  await repos.repoCreateBranch(...where, option);
  told.twice = await status(() => repos.repoCreateBranch(...where, option));
  const content = Buffer.from("plan\n").toString("base64");
  const files = [{ operation: "create", path: "docs/plan.md", content }];
  await repos.repoChangeFiles(...where, { branch, message: "plan", files });
  const head = (await repos.repoGetBranch(...where, branch)).data.commit.id;
  const read = await repos.repoGetContents(...where, "docs/plan.md", { ref: branch });
  told.content = Buffer.from(read.data.content, "base64").toString();

  const asked = { head: branch, base: "main", title: "Task 1", body: "b" };
  const pull = (await repos.repoCreatePullRequest(...where, asked)).data;
  told.pull = [pull.number, pull.state, pull.mergeable, pull.head.ref];
  const listed = (await repos.repoListPullRequests(...where, { state: "open" })).data;
  told.listed = listed.map((one) => one.number);
  told.again = await status(() => repos.repoCreatePullRequest(...where, asked));

  const other = giteaApi(address, { token: reviewer }).repos;
  const verdict = { event: "APPROVED", body: "fine" };
  await other.repoCreatePullReview(...where, pull.number, verdict);
  const reviews = (await repos.repoListPullReviews(...where, pull.number)).data;
  told.reviews = reviews.map((r) => [r.user.login, r.state, r.commit_id === head]);
  await repos.repoCreateStatus(...where, head, { state: "success", context: "ci" });
  const combined = (await repos.repoGetCombinedStatusByRef(...where, head)).data;
  told.checks = [combined.state, combined.total_count];
  const said = await repos.issueCreateComment(...where, pull.number, { body: "hello" });
  told.comment = said.data.body;

  const config = { url: "http://receiver.invalid", content_type: "json", secret: "s" };
  const wanted = { type: "gitea", config, active: true, events: ["push"] };
  const hook = (await repos.repoCreateHook(...where, wanted)).data;
  told.hook = [hook.active, hook.events, "secret" in hook.config];

  const merge = (seen) =>
    repos.repoMergePullRequest(...where, pull.number, { Do: "merge", head_commit_id: seen });
  told.early = await status(() => merge("0".repeat(40)));
  while (!(await repos.repoGetPullRequest(...where, pull.number)).data.mergeable);
  await merge(head);
  const merged = (await repos.repoGetPullRequest(...where, pull.number)).data;
  told.merged = [merged.merged, merged.state, merged.merged_by.login];
  told.missing = await status(() => repos.repoGetPullRequest(...where, 77));
  return told;
}

main().then((told) => process.stdout.write(JSON.stringify(told)));
