import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";

const reply = (body, status = 200) => ({ ok: status < 400, status, json: async () => body });
const output = (value) => reply({ data: { runPluginOperation: value } });

test("a place that this Stash lacks hides its feature and leaves the others", () => {
  const { patches } = load({ missing: ["ImageDetailPanel"] });
  assert.ok(patches.some((each) => each.startsWith("warned stash_face: the image page is not shown")));
  assert.ok(patches.includes("after GalleryImagesPanel"));
  assert.ok(patches.includes("before App"));
});

test("a call goes to Stash below its own path", async () => {
  let asked;
  const { StashFace } = load({
    fetch: async (url, options) => {
      asked = [String(url), JSON.parse(options.body).variables];
      return output({ ok: true });
    },
  });
  assert.equal((await StashFace.api.operation({ mode: "health" })).ok, true);
  assert.equal(asked[0], "http://stash.local/sub/graphql");
  assert.deepEqual(asked[1], { id: "stash_face", args: { mode: "health", tell_failures: true } });
});

test("every failure is one sentence, and says what to do where Stash's own text does not", async () => {
  const error = (message) => reply({ errors: [{ message }], data: null });
  const cases = [
    [
      async () => error("No face database is installed: run Set up."),
      "No face database is installed: run Set up.",
    ],
    [async () => error("exit status 1"), "error.crashed"],
    [async () => error("signal: killed"), "error.crashed"],
    [
      async () =>
        error(
          "Internal system error. Error <runtime error: invalid memory address or nil pointer dereference>",
        ),
      "error.missing",
    ],
    [async () => output("Traceback"), "error.crashed"],
    [async () => output(null), "error.crashed"],
    [async () => reply({}, 401), "error.login"],
    [async () => reply({}, 502), "error.unreachable"],
    [async () => ({ ok: true, status: 200, json: async () => JSON.parse("<html>") }), "error.unreachable"],
    [
      async () => {
        throw new TypeError("Failed to fetch");
      },
      "error.unreachable",
    ],
  ];
  for (const [fetch, said] of cases) {
    const { StashFace } = load({ fetch });
    await assert.rejects(StashFace.api.operation({}), (failure) => {
      const told = StashFace.i18n.translator("en").failure(failure);
      return (
        failure.name === "Failure" && told === (said.startsWith("error.") ? StashFace.texts.en[said] : said)
      );
    });
  }
});

test("two calls run at a time, and one that is given up leaves the line", async () => {
  const open = [];
  const fetch = (url, { signal }) =>
    new Promise((resolve, reject) => {
      open.push(() => resolve(output({})));
      signal?.addEventListener("abort", () =>
        reject(Object.assign(new Error("aborted"), { name: "AbortError" })),
      );
    });
  const { StashFace } = load({ fetch });
  const control = new AbortController();
  const calls = [0, 1, 2, 3].map((n) =>
    StashFace.api.operation({ n }, n === 2 ? { signal: control.signal } : undefined),
  );
  await new Promise(setImmediate);
  assert.equal(open.length, 2);
  control.abort();
  await assert.rejects(calls[2], { name: "AbortError" });
  open[0]();
  await calls[0];
  await new Promise(setImmediate);
  assert.equal(open.length, 3);
  open.forEach((finish) => finish());
  await Promise.all([calls[1], calls[3]]);
  assert.equal(StashFace.api.inFlight(), 0);
});

test("a gallery is asked slice by slice until it is done, and goes on after a stop", async () => {
  const slices = [{ done: false, images_processed: 1 }, { done: false, images_processed: 2 }, { done: true }];
  const budgets = [];
  let stopAt = 2;
  const { StashFace } = load({
    fetch: async (url, options) => {
      budgets.push(JSON.parse(options.body).variables.args.budget_s);
      if (budgets.length === stopAt) throw Object.assign(new Error("aborted"), { name: "AbortError" });
      return output(slices.shift());
    },
  });
  const { jobs } = StashFace;
  await jobs.start("gallery:1", { mode: "identify_gallery", gallery_id: "1" });
  assert.deepEqual(
    [jobs.get("gallery:1").phase, jobs.get("gallery:1").progress.images_processed],
    ["stopped", 1],
  );
  await jobs.start("gallery:1", { mode: "identify_gallery", gallery_id: "1" });
  assert.equal(jobs.get("gallery:1").phase, "done");
  assert.deepEqual(budgets, [3, 6, 3, 6]);
});

test("what is finished is forgotten before what is looked at", async () => {
  const { StashFace } = load({ fetch: async () => output({ faces: [] }) });
  const { jobs } = StashFace;
  const leave = jobs.watch("image:0", () => undefined);
  for (let n = 0; n < 80; n += 1) await jobs.start(`image:${n}`, {});
  assert.ok(jobs.get("image:0"));
  assert.equal(jobs.get("image:1"), null);
  assert.ok(jobs.get("image:79"));
  leave();
});

test("adding is told to the plugin, with the face as a reference, and can be taken back", async () => {
  const asked = [];
  const { StashFace } = load({
    fetch: async (url, options) => {
      const { tell_failures: _, ...args } = JSON.parse(options.body).variables.args;
      asked.push(args);
      if (args.decision === "accept")
        return output({ decided: [{ suggestion: "5", local_performer_id: "3", problem: null }] });
      return output(args.mode === "undo" ? { restored: [{}], skipped: [] } : { decisions: [] });
    },
  });
  StashFace.library.refresh = async () => undefined;
  const mark = await StashFace.actions.accept(
    { kind: "image", id: "1" },
    { id: "box:1", localId: null, name: "Ada" },
    { face: 0 },
  );
  await StashFace.actions.takeBack(mark.undo);
  const row = { kind: "image", id: "1", face: 0, performer: "3" };
  assert.deepEqual(asked, [
    { mode: "decide", kind: "image", id: "1", performer: "box:1", decision: "accept", create: true },
    { mode: "decide", ...row, decision: "confirm" },
    { mode: "undo", decision: "5" },
    { mode: "decide", ...row, decision: "undo" },
  ]);
});

test("a change that the plugin could not make is told in its row", async () => {
  const { StashFace } = load({
    fetch: async () => output({ decided: [{ suggestion: "5", problem: "Ada is known to fansdb.cc only." }] }),
  });
  StashFace.jobs.set("image:1", { phase: "done", answer: { faces: [] } });
  await StashFace.actions.forRow("image:1", "face-0", () =>
    StashFace.actions.accept({ kind: "image", id: "1" }, { id: "a", localId: null, name: "Ada" }),
  );
  const mark = StashFace.jobs.get("image:1").marks["face-0"];
  assert.deepEqual([mark.state, mark.error.message], ["failed", "Ada is known to fansdb.cc only."]);
});
