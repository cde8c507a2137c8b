// The plugin's real files, in the manifest's order, as one script in a world of its own: no browser,
// and of Stash only what the files touch while they load.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

const PLUGIN = fileURLToPath(new URL("../../plugin/", import.meta.url));

export function files() {
  const manifest = readFileSync(`${PLUGIN}stash_face.yml`, "utf8");
  return [...manifest.matchAll(/^ {4}- (js\/\S+\.js)$/gm)].map((match) => match[1]);
}

const noop = () => undefined;

/** `world.StashFace` after all files have run; `fetch` answers requests, `patches` are their names. */
export function load({ fetch = noop, missing = [] } = {}) {
  const patches = [];
  const patch = (kind) => (name) => {
    if (missing.includes(name)) throw new Error(`no ${name}`);
    patches.push(`${kind} ${name}`);
  };
  const React = {
    Component: class {},
    Fragment: "fragment",
    memo: (component) => component,
    createElement: (type, props, ...children) => ({ type, props: { ...props, children } }),
    isValidElement: (value) => Boolean(value && value.props),
    cloneElement: (element, props) => ({ ...element, props: { ...element.props, ...props } }),
  };
  const stored = new Map();
  const world = vm.createContext({
    fetch,
    URL,
    URLSearchParams,
    AbortController,
    setTimeout,
    clearTimeout,
    setInterval,
    clearInterval,
    Intl,
    console: { warn: (...args) => patches.push(`warned ${args[0]}`), error: noop },
    document: { baseURI: "http://stash.local/sub/", hidden: false, querySelector: () => null },
    localStorage: {
      getItem: (name) => stored.get(name) ?? null,
      setItem: (name, value) => stored.set(name, value),
    },
    PluginApi: {
      React,
      ReactDOM: {},
      GQL: {},
      components: {},
      hooks: {},
      utils: { StashService: {} },
      libraries: { Bootstrap: { Nav: {}, Tab: {} }, FontAwesomeSolid: {}, Intl: {}, ReactRouterDOM: {} },
      patch: { before: patch("before"), after: patch("after"), instead: patch("instead") },
      register: { route: (path) => patches.push(`route ${path}`) },
    },
  });
  world.window = world;
  new vm.Script(
    files()
      .map((name) => readFileSync(PLUGIN + name, "utf8"))
      .join("\n"),
  ).runInContext(world);
  return { StashFace: world.StashFace, patches, stored, world };
}
