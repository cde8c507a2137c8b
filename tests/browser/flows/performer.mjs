import assert from "node:assert/strict";

export default async function (tools) {
  const { page, width, given } = tools;
  const { graphql, performers, operations, accessible, fits, shot, settles } = tools;
  const { performer, image, stranger, stash_id } = given;
  // As if the person were known to two stash-boxes.
  await operations(async (args, route) => {
    if (args.mode !== "identify_performer") return false;
    const body = await (await route.fetch()).json();
    const proposals = body.data.runPluginOperation.proposals || [];
    proposals.forEach((each) => Object.assign(each.new_stash_ids, { "fansdb.cc": "another" }));
    await route.fulfill({ json: body });
    return true;
  });
  const ids = async () => {
    const data = await graphql("query Look($id: ID!) { findPerformer(id: $id) { stash_ids { stash_id } } }", {
      id: performer,
    });
    return data.findPerformer.stash_ids.map((each) => each.stash_id);
  };

  // What is selected in a list becomes a task, which tells where its result will be.
  await page.goto("/images");
  const button = page.getByRole("button", { name: "Identify performers" });
  await page.getByRole("checkbox", { name: `Select ${image}` }).waitFor();
  assert.equal(await button.count(), 0);
  await page.getByRole("checkbox", { name: `Select ${image}` }).check();
  await button.click();
  await page.getByText("1 item is being looked at").waitFor();
  const queue = async () => (await graphql("query Queue { jobQueue { description } }")).jobQueue;
  await settles(queue, null);

  await page.goto(`/performers/${performer}`);
  await page.getByRole("button", { name: "Find on stash-boxes" }).click();
  const panel = page.locator(".stash-face-panel");
  const row = panel.getByRole("listitem", { name: "Colin Powell" });
  await row.waitFor();
  assert.match(await row.locator("img").first().getAttribute("src"), /\/performer\/\d+\/image$/);
  await accessible();
  await fits();
  await shot("proposed");
  if (width < 500) return;

  await row.getByRole("button", { name: "Link all" }).waitFor();
  await row.getByRole("button", { name: "Link stashdb.org" }).click();
  await row.getByRole("button", { name: "Undo" }).waitFor();
  // The other id can be linked by itself.
  assert.equal(await row.getByRole("button", { name: "Link fansdb.cc" }).count(), 1);
  assert.equal(await row.getByRole("button", { name: "Link all" }).count(), 0);
  assert.deepEqual(await ids(), [stash_id]);
  await page.locator(".detail-item", { hasText: stash_id }).first().waitFor();
  await row.getByRole("button", { name: "Undo" }).click();
  await settles(ids, []);

  // A page that is left in the middle keeps its question.
  await panel.getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "Find on stash-boxes" }).click();
  await page.getByRole("link", { name: "Images" }).click();
  await page.getByRole("checkbox").first().waitFor();
  await page.goBack();
  await row.waitFor();

  // Somebody who is only at the stash-box is created from there, and goes again with Undo.
  await page.goto(`/images/${stranger}`);
  await page.getByRole("button", { name: "Identify performers" }).click();
  const face = page.locator(".stash-face-face").first();
  await face.getByRole("button", { name: "Create Angelina Jolie from the stash-box and add" }).click();
  await face.getByText("Angelina Jolie was created as performer").waitFor();
  const [made] = await performers("image", stranger);
  const look = "query Look($id: ID!) { findPerformer(id: $id) { name stash_ids { endpoint } } }";
  const { findPerformer } = await graphql(look, { id: made });
  assert.deepEqual([findPerformer.name, findPerformer.stash_ids.length], ["Angelina Jolie", 1]);
  await accessible();
  await shot("created");
  await face.getByRole("button", { name: "Undo" }).click();
  await settles(() => performers("image", stranger), []);
  await settles(async () => (await graphql(look, { id: made })).findPerformer, null);
}
