import assert from "node:assert/strict";

export default async function (tools) {
  const { page, given, width } = tools;
  const { performers, reset, shot, accessible, fits, settles, operations, refuse } = tools;
  const { gallery, image, cast } = given;
  await reset("Gallery", gallery, []);
  await reset("Image", image, [cast.Somebody]);
  let answer = null;
  const asked = [];
  await operations(async (args, route) => {
    asked.push(args);
    return answer ? answer(args, route) : false;
  });

  async function decide(row) {
    const name = await row.getAttribute("aria-label");
    const [kind, id] = (await row.locator(".stash-face-item").getAttribute("href")).split("/").slice(1);
    const look = () => performers(kind === "images" ? "image" : "gallery", id);
    const before = await look();
    await page.keyboard.press("a");
    await row.getByText("Accepted").waitFor();
    const expected = [...before, cast[name.replace(" ", "_")]].sort();
    assert.deepEqual(await look(), expected);
    // The next open one has the focus; a click undoes.
    assert.notEqual(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), null);
    await row.getByRole("button", { name: "Undo" }).click();
    await settles(look, before);
    await row.getByRole("button", { name: `Add ${name}` }).waitFor();

    // What the plugin refuses is told in the row.
    answer = (args, route) =>
      args.mode === "decide" ? refuse(route, "The store is locked: try again.").then(() => true) : false;
    await row.getByRole("button", { name: `This is not ${name}` }).click();
    await row.getByText("The store is locked: try again.").waitFor();
    answer = null;
  }

  async function acceptAll(row) {
    // Accept all that are very sure, then undo the run.
    await page.getByRole("button", { name: /Accept the very sure ones shown \([1-9]/ }).click();
    await row.getByText("Accepted").waitFor();
    assert.ok((await performers("gallery", gallery)).includes(cast.Bill_Clinton));
    await page.getByRole("tab", { name: "Runs" }).click();
    await page
      .getByRole("button", { name: /Undo \d change/ })
      .first()
      .waitFor();
    await accessible();
    await shot("runs");
    await page
      .getByRole("button", { name: /Undo \d change/ })
      .first()
      .click();
    await settles(async () => (await performers("gallery", gallery)).includes(cast.Bill_Clinton), false);
  }

  // The icon in the navigation leads here; the surest come first.
  await page.goto("/images");
  await page.getByRole("link", { name: "Face review" }).click();
  const list = page.getByRole("list", { name: "Suggestions" });
  const row = list.locator(".stash-face-suggestion").first();
  await row.waitFor();
  const count = await list.locator(".stash-face-suggestion").count();
  assert.ok(count >= 2);
  assert.match(await row.locator("img").first().getAttribute("src"), /^data:image\/jpeg/);
  await accessible();
  await fits();
  await shot("suggestions");

  // By keyboard: down to the first, why, accept; undo takes it back.
  await list.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("w");
  await row.locator(".stash-face-why").waitFor();
  await row.getByText("A match up to a distance of").waitFor();
  await accessible();
  await shot("why");
  if (width > 500) await decide(row);

  // Filters and groups.
  await page.getByRole("searchbox").fill("nobody of this name");
  await page.getByText("Nothing waits for you here.").waitFor();
  await page.getByRole("searchbox").fill("");
  await row.waitFor();
  await page.getByRole("combobox", { name: "Show" }).selectOption("person");
  await page.getByRole("button", { name: /Bill Clinton \(\d\)/ }).waitFor();
  await accessible();
  await shot("people");
  await page.getByRole("button", { name: /Bill Clinton \(\d\)/ }).click();
  await row.waitFor();
  for (const each of await list.locator(".stash-face-suggestion").all())
    assert.equal(await each.getAttribute("aria-label"), "Bill Clinton");

  if (width > 500) await acceptAll(row);

  await page.getByRole("tab", { name: "Unknown" }).click();
  await page
    .getByText(/Nobody here|Seen on/)
    .first()
    .waitFor();
  await accessible();
  await shot("unknown");

  await page.getByRole("tab", { name: "Health" }).click();
  await page
    .getByText(/Face database/)
    .first()
    .waitFor();
  await accessible();
  await fits();
  await shot("health");

  if (width > 500) {
    // Leaving in the middle ends the question, and nothing is said of it.
    answer = async (args, route) => {
      await page.waitForTimeout(300);
      await route.fallback().catch(() => undefined);
      return true;
    };
    await page.getByRole("tab", { name: "Suggestions" }).click();
    await page.getByRole("link", { name: "Images" }).click();
    await page.waitForTimeout(400);
    answer = null;
  }

  // A hundred thousand: the first rows at once, the rest page by page.
  const many = (n) => ({
    suggestion: String(n),
    kind: "image",
    id: String(n),
    title: `Image ${n}`,
    performer_id: `stashdb.org:${n % 500}`,
    stash_ids: {},
    name: `Name ${n % 500}`,
    local_performer_id: "1",
    decision: "match",
    reason: "",
    confidence: 0.99,
    distance: 0.2,
    margin: 0.3,
    sure: true,
    source: "faces",
    state: "open",
    run: "1",
    faces: [],
    evidence: {},
  });
  answer = (args, route) => {
    if (args.mode !== "suggestions") return false;
    const from = Number(args.cursor || 0);
    const page_ = {
      by: "suggestion",
      suggestions: Array.from({ length: args.limit }, (_, i) => many(from + i)),
      groups: [],
      cursor: String(from + args.limit),
      total: args.cursor ? null : 100000,
      counts: {},
    };
    return route.fulfill({ json: { data: { runPluginOperation: page_ } } }).then(() => true);
  };
  await page.goto("/plugins/stash-face");
  await page.getByText("100,000 suggestions").waitFor();
  for (let n = 0; n < 6; n += 1) {
    await page.mouse.wheel(0, 4000);
    await page.waitForTimeout(60);
  }
  // However far one has come, only the rows near the screen are there, and the keys go on.
  const rows = list.locator(".stash-face-suggestion");
  const last = async () => Number(await rows.last().getAttribute("aria-posinset"));
  await settles(async () => (await last()) > 60, true);
  assert.ok((await rows.count()) < 40);
  await rows.nth(5).focus();
  const at = () => page.evaluate(() => Number(document.activeElement.getAttribute("aria-posinset")));
  const before = await at();
  for (let n = 1; n <= 30; n += 1) {
    await page.keyboard.press("j");
    await settles(at, before + n);
  }
  await page.evaluate(() => window.scrollTo(0, 0));
  await rows.and(page.locator('[aria-posinset="1"]')).waitFor();
  await page.keyboard.press("j");
  await settles(at, before + 31);
  await fits();
}
