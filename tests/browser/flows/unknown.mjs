import assert from "node:assert/strict";

export default async function ({ page, width, given, graphql, accessible, fits, shot, settles }) {
  await page.goto("/plugins/stash-face");
  await page.getByRole("tab", { name: "Unknown" }).click();
  const cards = page.getByRole("listitem", { name: /^Seen on/ });
  const seen = async () => (await cards.allInnerTexts()).map((text) => Number(/Seen on (\d)/.exec(text)[1]));
  const undo = async (card) => {
    await card.getByRole("button", { name: "Undo" }).click();
    await card.getByRole("button", { name: "Name" }).waitFor();
  };
  await settles(seen, [2, 2]);
  const [first, second] = [cards.nth(0), cards.nth(1)];
  assert.match(await first.locator("img").first().getAttribute("src"), /^data:image\/jpeg/);
  await accessible();
  await fits();
  await shot("listed");

  // Some faces are somebody else: chosen one by one, or all of an item.
  await first.getByRole("button", { name: "Split" }).click();
  const part = first.getByRole("button", { name: /somebody else/ });
  await first.getByRole("button", { name: /^Face 1, Image/ }).first().click();
  await first.getByRole("checkbox", { name: /^Image/, checked: true }).waitFor();
  await accessible();
  await fits();
  await shot("split");
  await first.getByRole("checkbox", { name: /^Image/, checked: false }).check();
  assert.equal(await part.isDisabled(), true);
  await first.getByRole("checkbox", { name: /^Image/ }).first().uncheck();
  if (width < 500) return;
  await part.click();
  await first.getByText("They are two people now.").waitFor();
  assert.deepEqual(await seen(), [1, 1, 2]);
  await undo(first);
  await settles(seen, [2, 2]);

  // Two are one person.
  for (const card of [first, second]) await card.getByRole("checkbox", { name: "choose" }).check();
  await page.getByRole("button", { name: "These 2 are one person" }).click();
  await first.getByText("They are one person now.").waitFor();
  assert.deepEqual(await seen(), [4]);
  await accessible();
  await undo(first);
  await settles(seen, [2, 2]);

  // Not of interest; and of interest after all.
  await second.getByRole("button", { name: "Ignore" }).click();
  await second.getByText("Ignored.").waitFor();
  await page.getByRole("combobox", { name: "State" }).selectOption("ignored");
  await settles(seen, [2]);
  await first.getByRole("button", { name: "No longer ignore" }).click();
  await first.getByText("Open again.").waitFor();
  await page.getByRole("combobox", { name: "State" }).selectOption("open");
  await settles(seen, [2, 2]);

  // A name brings a suggestion for every item, until it is taken back.
  const proposed = async () => {
    const args = { mode: "suggestions", source: "unknown_people" };
    const query = "mutation Ask($args: Map) { runPluginOperation(plugin_id: \"stash_face\", args: $args) }";
    const { suggestions } = (await graphql(query, { args })).runPluginOperation;
    return suggestions.map((each) => each.local_performer_id);
  };
  await first.getByRole("button", { name: "Name" }).click();
  await page.keyboard.type("Somebody");
  await page.getByText("Somebody Else").last().click();
  await first.getByText("Somebody Else: 2 suggestions came.").waitFor();
  assert.deepEqual(await proposed(), [given.cast.Somebody, given.cast.Somebody]);
  await shot("named");
  await undo(first);
  assert.deepEqual(await proposed(), []);
}
