// node build.mjs <folder> [production]: the stand-in page's script and style, bundled there.
import { build } from "esbuild";
import { fileURLToPath } from "node:url";

const page = fileURLToPath(new URL("page/", import.meta.url));
await build({
  entryPoints: [`${page}host.js`, `${page}theme.css`],
  outdir: process.argv[2],
  bundle: true,
  // React then says what is wrong with an element, and the flows take that for a failure.
  define: { "process.env.NODE_ENV": JSON.stringify(process.argv[3] || "development") },
  logLevel: "error",
});
