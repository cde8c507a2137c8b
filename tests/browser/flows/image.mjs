import assert from "node:assert/strict";

const FACE = ".stash-face-face";

export default async function (tools) {
  const { page, width, given } = tools;
  const { performers, reset, shot, accessible, fits, settles, operations, restore } = tools;
  const { image, cast } = given;
  await reset("Image", image, [cast.Somebody]);
  const asked = [];
  await operations((args) => void asked.push(args.mode));

  await page.goto(`/images/${image}`);
  await page.getByRole("button", { name: "Identify performers" }).click();
  const face = page.locator(FACE).first();
  await face.waitFor();
  assert.match(await face.innerText(), /Bill Clinton/);
  assert.match(await face.innerText(), /in your library/);
  assert.match(await face.innerText(), /%/);
  assert.deepEqual(asked, ["identify_image"]);

  // The face found lies beside the reference picture.
  const pictures = face.locator(".stash-face-pair .stash-face-picture");
  assert.equal(await pictures.count(), 2);
  assert.match(await pictures.first().getAttribute("src"), /^data:image\/jpeg/);
  assert.match(await pictures.last().getAttribute("src"), /\/performer\/\d+\/image$/);

  // The box lies within the picture; each leads to the other.
  const box = page.locator(".stash-face-box").first();
  const [outer, inner] = [await page.locator(".image-image").boundingBox(), await box.boundingBox()];
  assert.ok(inner.x >= outer.x && inner.y >= outer.y);
  assert.ok(inner.x + inner.width <= outer.x + outer.width && inner.height > 20);
  await face.hover();
  assert.match(await box.getAttribute("class"), /active/);
  await box.click();
  await settles(
    () => page.evaluate(() => document.activeElement.classList.contains("stash-face-face")),
    true,
  );
  await accessible();
  await accessible(".stash-face-boxes");
  await fits();
  await shot("found");

  // Adding keeps the others, and is undone.
  await face.getByRole("button", { name: "Add Bill Clinton" }).click();
  await face.getByRole("button", { name: "Undo" }).waitFor();
  assert.deepEqual(await performers("image", image), [cast.Bill_Clinton, cast.Somebody].sort());
  await page.locator(".names").getByText("Bill Clinton").waitFor();
  await accessible();
  await shot("added");
  await face.getByRole("button", { name: "Undo" }).click();
  await settles(() => performers("image", image), [cast.Somebody]);
  if (width < 500) return;

  // Not this person: the face is unknown from now on, until somebody says who it is.
  await face.getByRole("button", { name: "This is not Bill Clinton" }).click();
  await face.getByText("Unknown").waitFor();
  await face.getByRole("button", { name: "Somebody else" }).click();
  await page.keyboard.type("Colin");
  await page.getByText("Colin Powell").last().click();
  await face.getByText("Colin Powell was added.").waitFor();
  assert.deepEqual(await performers("image", image), [cast.Colin_Powell, cast.Somebody].sort());
  await face.getByRole("button", { name: "Undo" }).click();
  await settles(() => performers("image", image), [cast.Somebody]);
  await page.waitForFunction(() => !document.querySelector(".stash-face-face[aria-busy=true]"));

  // Ignored faces leave no box, and come back.
  await face.getByRole("button", { name: "Ignore" }).click();
  await page.getByRole("button", { name: "Show 1 ignored face" }).waitFor();
  assert.equal(await page.locator(".stash-face-box").count(), 0);
  await page.getByRole("button", { name: "Show 1 ignored face" }).click();
  await page.locator(".stash-face-box").waitFor();

  // Unsaved edits are neither lost nor overruled.
  await page.getByText("Edit", { exact: true }).click();
  await page.getByLabel("Title").fill("My new title");
  await page.getByRole("button", { name: "Identify performers" }).click();
  await page.getByText("Details", { exact: true }).click();
  await face.getByRole("button", { name: "Somebody else" }).click();
  await page.keyboard.type("Colin");
  await page.getByText("Colin Powell").last().click();
  await face.getByRole("alert").getByText("unsaved changes").waitFor();
  assert.deepEqual(await performers("image", image), [cast.Somebody]);
  assert.equal(await page.getByLabel("Title").inputValue(), "My new title");

  // The next width begins as this one did.
  await restore();
}
