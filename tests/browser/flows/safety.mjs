import assert from "node:assert/strict";

const NAME =
  '<img src=x onerror="window.owned=1"> Bill ‮ﷺ "O\'Neill" ' +
  "Wolfeschlegelsteinhausenbergerdorff".repeat(4);
const HOSTILE = {
  name: NAME,
  stashdb_url: "javascript:window.owned=2",
  image_url: "https://evil.example/track.png",
  country: "<b>",
};

export default async function (tools) {
  const { page, width, given, loud } = tools;
  const { operations, refuse, shot, accessible, fits, settles } = tools;
  let answer = null;
  const outside = [];
  await page.route(/evil\.example/, (route) => {
    outside.push(route.request().url());
    return route.abort();
  });
  await operations(async (args, route) => (answer ? answer(args, route) : false));
  const button = page.getByRole("button", { name: "Identify performers" });
  const panel = page.locator(".stash-face-panel");
  await page.goto(`/images/${given.image}`);

  // A crash is told with what to do, and the next try succeeds.
  answer = (args, route) => refuse(route, "exit status 1").then(() => true);
  await button.click();
  await panel.getByRole("alert").getByText("look into Settings > Logs").waitFor();
  await accessible();
  answer = (args, route) => refuse(route, "No face database is installed: run Set up.").then(() => true);
  await panel.getByRole("button", { name: "Try again" }).click();
  await panel.getByText("No face database is installed: run Set up.").waitFor();
  await shot("failed");

  // Text instead of an object is no answer.
  answer = (args, route) =>
    route.fulfill({ json: { data: { runPluginOperation: "Traceback" } } }).then(() => true);
  await panel.getByRole("button", { name: "Try again" }).click();
  await panel.getByText("look into Settings > Logs").waitFor();
  answer = (args, route) => route.fulfill({ status: 502, body: "<html>Bad gateway</html>" }).then(() => true);
  await panel.getByRole("button", { name: "Try again" }).click();
  await panel.getByText("Stash does not answer").waitFor();
  loud.splice(0, loud.length, ...loud.filter((line) => !line.includes("502")));

  // Names and addresses from outside are data.
  answer = async (args, route) => {
    const response = await route.fetch();
    const body = await response.json();
    for (const face of body.data.runPluginOperation.faces) {
      face.reason = "<script>window.owned=3</script>";
      face.matches = face.matches.map((match) => ({ ...match, ...HOSTILE }));
      face.face_thumbnail = "javascript:window.owned=4";
    }
    await route.fulfill({ json: body });
    return true;
  };
  await panel.getByRole("button", { name: "Try again" }).click();
  await panel.locator(".stash-face-name").first().waitFor();
  assert.equal(await panel.locator(".stash-face-name").first().innerText(), NAME);
  assert.equal(await panel.locator("a[href^=javascript]").count(), 0);
  assert.equal(await panel.locator("img[src=x]").count(), 0);
  assert.equal(await page.evaluate(() => window.owned), undefined);
  assert.deepEqual(outside, []);
  await accessible();
  await fits();
  await shot("hostile");
  if (width < 500) return;

  // A failed change says so in its row, and changes nothing.
  answer = (args, route) =>
    args.mode === "decide" ? refuse(route, "The store is locked: try again.").then(() => true) : false;
  await panel.locator(".stash-face-tools .stash-face-icon").first().click();
  await panel.getByText("The store is locked: try again.").waitFor();

  // A part that fails is hidden; Stash's page stays.
  answer = (args, route) =>
    route.fulfill({ json: { data: { runPluginOperation: { faces: [{ matches: 7 }] } } } }).then(() => true);
  await page.reload();
  await button.click();
  await settles(() => panel.count(), 0);
  assert.ok(await page.locator(".image-image").isVisible());
  await settles(async () => loud.some((line) => line.includes("stash_face: the image page is hidden")), true);
  await page.goto("/images");
  loud.length = 0;

  // Two operations at a time; the third waits.
  answer = null;
  let most = 0;
  let now = 0;
  answer = async (args, route) => {
    now += 1;
    most = Math.max(most, now);
    await page.waitForTimeout(60);
    now -= 1;
    await route.fulfill({ json: { data: { runPluginOperation: { mode: args.mode } } } });
    return true;
  };
  const told = await page.evaluate(() =>
    Promise.all([1, 2, 3, 4, 5].map((n) => window.StashFace.api.operation({ mode: `m${n}` }))),
  );
  assert.equal(told.length, 5);
  assert.equal(most, 2);

  // The language is Stash's.
  await page.goto(`/images/${given.image}?locale=ja-JP`);
  await page.getByRole("button", { name: "出演者を特定" }).waitFor();
}
