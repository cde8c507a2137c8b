import assert from "node:assert/strict";

export default async function (tools) {
  const { page, width, given } = tools;
  const { performers, reset, shot, accessible, fits, settles, hold, release, running } = tools;
  const { gallery, images, cast } = given;
  await reset("Gallery", gallery, [cast.Somebody]);
  for (const image of images) await reset("Image", image, []);
  await page.goto(`/galleries/${gallery}`);
  const panel = page.locator(".stash-face-panel");
  if (width > 500) {
    // The work goes on while another page is looked at, and is there on return.
    await panel.waitFor({ state: "detached" });
    await hold();
    await page.getByRole("button", { name: "Identify performers" }).click();
    await panel.locator(".stash-face-busy").waitFor();
    await accessible();
    await shot("busy");
    await page.getByRole("link", { name: "Images" }).click();
    await page.getByRole("link", { name: "Image 1" }).waitFor();
    assert.equal(await panel.count(), 0);
    await page.getByRole("link", { name: "Gallery" }).click();
    await panel.locator(".stash-face-busy").waitFor();

    // Stop kills the process; the next call goes on.
    await settles(async () => (await running()) > 0, true);
    await panel.getByRole("button", { name: "Stop" }).click();
    await panel.getByText("Stopped.").waitFor();
    await settles(running, 0);
    await release();
    await panel.getByRole("button", { name: "Go on" }).click();
  } else {
    // What is known is shown folded, without a click and without a model.
    await panel.getByRole("button", { name: "Unfold" }).click();
  }
  const row = panel.getByRole("listitem", { name: "Bill Clinton" });
  await row.waitFor();
  const text = await panel.innerText();
  assert.match(text, /2 people · 6 faces/);
  assert.match(text, /Found in 2\/5 images/);
  assert.match(text, /Angelina Jolie\s+very sure/);
  await row.getByRole("button", { name: /Found in/ }).click();
  assert.equal(await row.locator(".stash-face-images a").count(), 2);
  await panel.getByText("2 unknown people").click();
  await accessible();
  await fits();
  await shot("found");
  if (width < 500) return;

  // Two clicks from the opened gallery: identify, accept all. Only the gallery by default.
  await panel.getByRole("button", { name: "Accept all (1)" }).click();
  await row.getByText("Bill Clinton was added.").waitFor();
  assert.deepEqual(await performers("gallery", gallery), [cast.Bill_Clinton, cast.Somebody].sort());
  for (const image of images) assert.deepEqual(await performers("image", image), []);
  await row.getByRole("button", { name: "Undo" }).click();
  await settles(() => performers("gallery", gallery), [cast.Somebody]);

  // Gallery + Images: exactly those images that show the person.
  await panel.getByRole("button", { name: "Gallery + Images" }).click();
  await row.getByRole("button", { name: "Add Bill Clinton" }).click();
  await row.getByText("Bill Clinton was added.").waitFor();
  const tagged = [];
  for (const image of images) tagged.push((await performers("image", image)).length);
  assert.equal(
    tagged.reduce((sum, each) => sum + each),
    2,
  );
  await accessible();
  await shot("added");
  await row.getByRole("button", { name: "Undo" }).click();
  await settles(
    async () => (await Promise.all(images.map((image) => performers("image", image)))).flat().length,
    0,
  );
}
