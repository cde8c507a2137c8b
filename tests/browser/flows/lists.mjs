import assert from "node:assert/strict";

export default async function ({ page, given, graphql, accessible, fits, shot, settles, operations }) {
  const { gallery, scenes } = given;
  const asked = [];
  await operations((args) => {
    asked.push(args);
    return false;
  });
  const setting = async () => {
    const data = await graphql("query Settings { configuration { plugins } }");
    return (data.configuration.plugins.stash_face || {}).minConfidence || 0;
  };

  // A card says how much waits, after one question for all of them; it leads to that.
  await page.goto("/galleries");
  const badge = page.getByRole("link", { name: "2 suggestions" });
  await badge.waitFor();
  assert.deepEqual(
    asked.map((each) => each.mode),
    ["waiting"],
  );
  await accessible(".stash-face-waiting");
  // It takes no room: nothing moves when it comes.
  const height = await page.locator(".stash-face-waiting").evaluate((element) => element.offsetHeight);
  const [card, at] = [await page.locator(".grid-card").boundingBox(), await badge.boundingBox()];
  assert.equal(height, 0);
  assert.ok(at.x >= card.x && at.y >= card.y && at.y + at.height <= card.y + card.height);
  await shot("cards");
  await badge.click();
  const rows = page.locator(".stash-face-suggestion");
  await rows.first().waitFor();
  assert.equal(await rows.count(), 2);
  for (const link of await rows.locator(".stash-face-item").all())
    assert.equal(await link.getAttribute("href"), `/galleries/${gallery}`);
  await page.getByRole("button", { name: "Show everybody" }).waitFor();

  // Scenes that are ticked become a task; a card without anything that waits is as it was.
  await page.goto("/scenes");
  const more = page.getByRole("button", { name: "More" });
  await more.click();
  assert.equal(await page.getByRole("button", { name: "Identify performers" }).count(), 0);
  await more.click();
  await page.getByRole("checkbox", { name: "Select a" }).check();
  await page.getByRole("checkbox", { name: "Select b" }).check();
  await more.click();
  const task = page.waitForRequest((request) => (request.postData() || "").includes("runPluginTask"));
  await page.getByRole("button", { name: "Identify performers" }).click();
  assert.deepEqual((await task).postDataJSON().variables.args, {
    mode: "scan_new_items",
    kind: "scene",
    ids: scenes,
  });
  await page.getByText("2 items are being looked at").waitFor();
  const queue = async () => (await graphql("query Queue { jobQueue { description } }")).jobQueue;
  await settles(queue, null);
  assert.equal(await page.locator(".stash-face-waiting").count(), 0);

  // The threshold: what stays and what vanishes at once, the faces at the border, and saving.
  await page.goto("/plugins/stash-face");
  await page.getByRole("tab", { name: "Threshold" }).click();
  const slider = page.getByRole("slider", { name: "Least confidence" });
  const told = page.locator(".stash-face-tuning").getByRole("status").first();
  await slider.waitFor();
  await page.getByText("2 suggestions stay").waitFor();
  assert.equal(await page.getByRole("button", { name: "Save" }).isDisabled(), true);
  await page.locator(".stash-face-border img").first().waitFor();
  await accessible();
  await fits();
  await shot("threshold");

  asked.length = 0;
  await slider.focus();
  await page.keyboard.press("End");
  assert.equal(await slider.getAttribute("aria-valuetext"), "99.9%");
  assert.match(await told.innerText(), /suggestions? stays?/);
  await page.keyboard.press("ArrowLeft");
  assert.equal(await slider.getAttribute("aria-valuetext"), "99.5%");
  await settles(async () => asked.map((each) => each.bar), [0.995]);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved. It holds from now on").waitFor();
  assert.equal(await setting(), 99.5);
  await page.getByRole("button", { name: "Match again" }).click();
  await page.getByText("Ended").waitFor();
  await accessible();
  await shot("threshold-saved");

  // Back to what it was.
  await slider.focus();
  await page.keyboard.press("Home");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved. It holds from now on").waitFor();
  assert.equal(await setting(), 0);
  await page.getByRole("button", { name: "Match again" }).click();
  await page.getByText("Ended").waitFor();
  await page.getByText("2 suggestions stay").waitFor();
}
