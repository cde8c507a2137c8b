// What the flows use: questions to the stand-in, faults on demand, screenshots, accessibility.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export function toolsFor(page, { name, width, given, loud }) {
  const graphql = async (query, variables) => {
    const response = await page.request.post("graphql", { data: { query, variables } });
    const { data, errors } = await response.json();
    assert.equal(errors, undefined);
    return data;
  };

  /** The performers of an item, in order of their ids. */
  const performers = async (kind, id) => {
    const field = `find${kind[0].toUpperCase()}${kind.slice(1)}`;
    const data = await graphql(`query Look($id: ID!) { ${field}(id: $id) { performers { id } } }`, { id });
    return data[field].performers.map((each) => each.id).sort();
  };

  /** Puts the performers of an item back to `ids`. */
  const reset = (kind, id, ids) =>
    graphql(`mutation Reset($input: Bulk${kind}UpdateInput!) { bulk${kind}Update(input: $input) { id } }`, {
      input: { ids: [id], performer_ids: { ids, mode: "SET" } },
    });

  /** Lets `work(args, route)` answer the plugin's operations; what it leaves goes to the plugin. */
  const operations = (work) =>
    page.route("**/graphql", async (route) => {
      const body = route.request().postDataJSON();
      const isOperation = String(body.query).includes("runPluginOperation");
      if (!isOperation || !(await work(body.variables.args, route))) await route.fallback();
    });

  const refuse = (route, message) =>
    route.fulfill({ json: { errors: [{ message }], data: { runPluginOperation: null } } });

  const shot = (what) => page.screenshot({ path: `${process.env.OUTPUT}/${name}-${what}-${width}.png` });

  /** No violation in what the plugin shows. */
  const accessible = async (selector = ".stash-face-panel") => {
    if (!(await page.evaluate(() => Boolean(window.axe)))) await page.evaluate(AXE);
    const found = await page.evaluate(async (where) => (await window.axe.run(where)).violations, selector);
    const said = found.map(
      (each) => `${each.id}: ${each.nodes.map((node) => `${node.html} ${node.failureSummary}`).join("\n  ")}`,
    );
    assert.deepEqual(said, []);
  };

  /** Nothing hangs over the edge of the screen. */
  const fits = async () => {
    const [inner, scroll] = await page.evaluate(() => [
      window.innerWidth,
      document.documentElement.scrollWidth,
    ]);
    assert.ok(scroll <= inner, `the page is ${scroll} px wide on a screen of ${inner}`);
  };

  /** Waits until `look` gives what is expected. */
  const settles = async (look, expected) => {
    for (let n = 0; n < 1200; n += 1) {
      if (JSON.stringify(await look()) === JSON.stringify(expected)) return;
      await page.waitForTimeout(50);
    }
    assert.deepEqual(await look(), expected);
  };

  /** Takes back what was decided about the given image. */
  const restore = () =>
    page.evaluate(async (id) => {
      const args = { mode: "decide", kind: "image", id, face: 0, decision: "undo" };
      const { decisions } = await window.StashFace.api.operation(args);
      for (const { performer_id: performer } of decisions)
        await window.StashFace.api.operation({ ...args, performer });
    }, given.image);

  const quiet = () => assert.deepEqual(loud, []);
  const hold = () => page.request.get("test/hold");
  const release = () => page.request.get("test/release");
  const running = async () => (await page.request.get("test/running")).json();

  return {
    page,
    width,
    given,
    graphql,
    performers,
    reset,
    operations,
    refuse,
    shot,
    accessible,
    fits,
    settles,
    quiet,
    hold,
    release,
    running,
    restore,
    loud,
  };
}
