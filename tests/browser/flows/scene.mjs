import assert from "node:assert/strict";

export default async function (tools) {
  const { page, width, given, loud } = tools;
  const { performers, reset, shot, accessible, fits, settles, operations } = tools;
  const { scene, cast } = given;
  await reset("Scene", scene, [cast.Somebody]);
  const decided = [];
  await operations((args) => {
    if (args.mode === "decide") decided.push([args.decision, Number.isInteger(args.face)]);
    return false;
  });
  const panel = page.locator(".stash-face-panel");

  await page.goto(`/scenes/${scene}`);
  // The toolbar's button opens the tab and begins.
  await page.locator(".stash-face-toolbar").click();
  const row = panel.getByRole("listitem", { name: "Bill Clinton" });
  await row.waitFor();
  const text = await panel.innerText();
  assert.match(text, /Bill Clinton\s+very sure/);
  assert.match(text, /not in your library/);
  assert.match(text, /Tagged, but not seen\s+Somebody Else\s+not in the face database/);
  assert.match(text, /The sprite (was enough|did not decide about everyone)/);

  // A time leads the player there.
  await row
    .getByRole("button", { name: /^Go to 0:0[1-9]/ })
    .first()
    .click();
  assert.match(await page.locator(".seeked").innerText(), /^[1-9]/);
  assert.ok((await row.locator(".stash-face-timeline span").count()) >= 1);
  await panel.locator("summary").first().click();
  await accessible();
  await fits();
  await shot("found");

  // The frame of the player, also where the browser cannot play the video.
  await panel.getByRole("button", { name: "Identify this frame" }).click();
  const frame = page.getByRole("region", { name: "This frame" });
  await frame.getByText(/Frame at/).waitFor();
  await accessible();
  await shot("frame");
  await frame.getByRole("button", { name: "Close" }).click();
  assert.equal(await frame.count(), 0);
  // A browser that lacks the codec says so of the video.
  loud.splice(0, loud.length, ...loud.filter((line) => !/stream/.test(line)));

  if (width < 500) return;
  await row.getByRole("button", { name: "Add Bill Clinton" }).click();
  await row.getByText("Bill Clinton was added.").waitFor();
  assert.deepEqual(await performers("scene", scene), [cast.Bill_Clinton, cast.Somebody].sort());
  await row.getByRole("button", { name: "Undo" }).click();
  await settles(() => performers("scene", scene), [cast.Somebody]);
  // The face that was shown became a reference, and is none any more.
  await row.getByRole("button", { name: "Add Bill Clinton" }).waitFor();
  assert.deepEqual(decided, [
    ["accept", false],
    ["confirm", true],
    ["undo", true],
  ]);

  // Whoever is ignored is nobody's suggestion, until all are shown again.
  await row.getByRole("button", { name: "Ignore" }).click();
  const again = panel.getByRole("button", { name: "Show 1 ignored face" });
  await again.waitFor();
  assert.equal(await row.count(), 0);
  await shot("ignored");
  await again.click();
  await row.waitFor();

  // That there is no sprite is told in words of the page, and once.
  const missing = "There is no sprite: the plugin's own sentence.";
  await operations(async (args, route) => {
    if (args.mode !== "identify_scene") return false;
    const response = await route.fetch();
    const json = await response.json();
    const told = { source: "frames", sprite_missing: true, problems: [missing, "Another problem."] };
    Object.assign(json.data.runPluginOperation, told);
    await route.fulfill({ response, json });
    return true;
  });
  await page.goto(`/scenes/${scene}?locale=de-DE`);
  await page.locator(".stash-face-toolbar").click();
  await panel.getByText("Stash hat kein Sprite erzeugt; Bilder des Videos wurden angesehen.").waitFor();
  await panel.getByText("Another problem.").waitFor();
  assert.equal(await panel.getByText(missing).count(), 0);
}
