// node measure.mjs: how long the review page at $BASE takes from a click to its first rows, and how
// long the tasks of the page are while it is scrolled; written to stdout as JSON. Asserts nothing.
import { launch } from "./launch.mjs";

const ROUNDS = Number(process.env.ROUNDS || 3);
const [ROW, SCREENS] = [".stash-face-suggestion", 20 * ROUNDS];

/** Milliseconds from the click on the plugin's icon to the picture with the first rows. */
const firstRows = (page) =>
  page.evaluate(
    (row) =>
      new Promise((resolve, reject) => {
        const begun = performance.now();
        const told = () => resolve(performance.now() - begun);
        const observer = new MutationObserver(() => {
          if (!document.querySelector(row)) return;
          observer.disconnect();
          requestAnimationFrame(told);
        });
        observer.observe(document.body, { childList: true, subtree: true });
        setTimeout(() => reject(new Error("no rows after a minute")), 60_000);
        [...document.querySelectorAll(".stash-face-nav")].pop().click();
      }),
    ROW,
  );

/** How many milliseconds each task of the page's main thread took, by a trace. */
function tasksOf(trace) {
  const threads = trace.filter((each) => each.name === "thread_name" && each.args.name === "CrRendererMain");
  const main = new Set(threads.map((each) => `${each.pid} ${each.tid}`));
  return trace
    .filter((each) => each.ph === "X" && /RunTask$/.test(each.name) && main.has(`${each.pid} ${each.tid}`))
    .map((each) => each.dur / 1000);
}

const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
const first = [];
for (let round = 0; round < ROUNDS; round += 1) {
  await page.goto(`${process.env.BASE}images`);
  await page.locator(".stash-face-nav").last().waitFor();
  await page.waitForTimeout(1000);
  first.push(await firstRows(page));
}
await page.waitForTimeout(2000);
await browser.startTracing(page, { categories: ["toplevel", "__metadata", "devtools.timeline"] });
await page.mouse.move(700, 500);
for (let screen = 0; screen < SCREENS; screen += 1) {
  await page.mouse.wheel(0, 900);
  await page.waitForTimeout(100);
}
const { traceEvents } = JSON.parse(await browser.stopTracing());
const tasks = tasksOf(traceEvents);
console.log(
  JSON.stringify({
    first_rows_ms: first.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)],
    row: Number(await page.locator(ROW).last().getAttribute("aria-posinset")),
    mounted: await page.locator(ROW).count(),
    tasks: tasks.length,
    long_tasks: tasks.filter((each) => each > 50).length,
    longest_ms: Math.max(...tasks),
  }),
);
await browser.close();
