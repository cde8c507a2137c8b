// node run.mjs <flow>: runs flows/<flow>.mjs at both widths; exit code 1 with the reason if it fails.
import { launch } from "./launch.mjs";
import { toolsFor } from "./tools.mjs";

const WIDTHS = [
  [1400, 900],
  [375, 812],
];

const name = process.argv[2];
const { default: flow } = await import(`./flows/${name}.mjs`);
const given = JSON.parse(process.env.GIVEN);
const browser = await launch();
let failed = false;
for (const [width, height] of WIDTHS) {
  const context = await browser.newContext({
    viewport: { width, height },
    hasTouch: width < 500,
    baseURL: process.env.BASE,
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const loud = [];
  page.on("pageerror", (error) => loud.push(`uncaught: ${error.stack || error.message}`));
  page.on("console", (message) => message.type() === "error" && loud.push(`console: ${message.text()}`));
  const tools = toolsFor(page, { name, width, given, loud });
  try {
    await flow(tools);
    tools.quiet();
  } catch (error) {
    failed = true;
    console.error(`${name} at ${width} px: ${error.stack || error}\n${loud.join("\n")}`);
    await page
      .screenshot({ path: `${process.env.OUTPUT}/failed-${name}-${width}.png` })
      .catch(() => undefined);
  }
  await context.close();
}
await browser.close();
process.exitCode = failed ? 1 : 0;
