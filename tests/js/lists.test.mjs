import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";

const plain = (value) => JSON.parse(JSON.stringify(value));
const reply = (value) => ({
  ok: true,
  status: 200,
  json: async () => ({ data: { runPluginOperation: value } }),
});

test("a card gets its badge beside what Stash lays over the picture", () => {
  const { StashFace } = load();
  const { withBadge } = StashFace.pages.cards;
  const card = StashFace.h("card", { overlays: "studio", title: "A" });

  const { overlays, title } = withBadge("image", { image: { id: 12 }, selecting: true }, card).props;

  assert.equal(title, "A");
  assert.equal(overlays.props.children[0], "studio");
  const badge = overlays.props.children[1].props.children[0];
  assert.deepEqual(plain(badge.props), { kind: "image", id: "12", selecting: true, children: [] });
});

test("a card of another form stays as it is", () => {
  const { StashFace } = load();
  const { withBadge } = StashFace.pages.cards;
  const bare = StashFace.h("card", {});

  assert.equal(withBadge("image", { image: { id: "1" } }, bare), bare);
  assert.equal(withBadge("image", {}, bare), bare);
  assert.equal(withBadge("image", { image: { id: "1" } }, null), null);
});

test("the ids of cards are asked for by kind", () => {
  const { StashFace } = load();
  assert.deepEqual(plain(StashFace.waiting.byKind(["image:1", "gallery:2", "image:3"])), {
    image: ["1", "3"],
    gallery: ["2"],
  });
});

test("a card leads to what waits for its item, and no address to anything else", () => {
  const { addressed } = load().StashFace.suggestions;
  const cases = [
    ["?kind=gallery&id=7", { kind: "gallery", id: "7" }],
    ["?kind=gallery", {}],
    ["?kind=constructor&id=7", {}],
    ["?kind=image&id=7%20OR%201", {}],
    ["", {}],
  ];
  for (const [search, filters] of cases) assert.deepEqual(plain(addressed(search)), filters, search);
});

const steps = {
  min_confidence: 0.07,
  bars: [0, 0.07, 0.5, 0.99],
  kept: [10, 10, 8, 0],
  wrong: [2.5, 2.5, 0.4, 0],
  accepted: [3, 3, 2, 1],
  rejected: [1, 1, 0, 0],
};

test("a bar is told against the one that holds", () => {
  const { outlook, placeOf } = load().StashFace.tuning;
  assert.deepEqual(
    [0, 0.07, 0.3, 0.07 * 3, 0.5, 1].map((each) => placeOf(steps.bars, each)),
    [0, 1, 1, 1, 2, 3],
  );
  assert.deepEqual(plain(outlook(steps, 2)), {
    bar: 0.5,
    stay: 8,
    gone: 2,
    more: 0,
    wrong: 0.4,
    share: 0.05,
    accepted: 2,
    rejected: 0,
    isNow: false,
    isFloor: false,
  });
  const { isNow, isFloor, share } = outlook(steps, 1);
  assert.deepEqual([isNow, isFloor, share], [true, true, 0.25]);
  assert.deepEqual([outlook(steps, 3).stay, outlook(steps, 3).share, outlook(steps, 3).isFloor], [0, 0, false]);
  const strict = { ...steps, min_confidence: 0.5 };
  assert.equal(outlook(strict, 1).more, 2);
});

test("columns show the few beside the many", () => {
  const { columns } = load().StashFace.tuning;
  const heights = columns({ kept: [1002, 1001, 1000] });
  assert.ok(heights[2] === 1 && heights[0] > 0.09 && heights[0] < 0.11);
  assert.deepEqual(plain(columns({ kept: [0, 0] })), [0, 0]);
});

test("a setting is set and the others are kept", async () => {
  const asked = [];
  const { StashFace } = load({
    fetch: async (url, options) => {
      const body = JSON.parse(options.body);
      asked.push(body.variables);
      const data = body.query.startsWith("query")
        ? { configuration: { plugins: { stash_face: { device: "cpu", minConfidence: 5 } } } }
        : { configurePlugin: {} };
      return { ...reply(null), json: async () => ({ data }) };
    },
  });

  await StashFace.library.setSetting("minConfidence", 99.5);

  assert.deepEqual(asked[1], { id: "stash_face", input: { device: "cpu", minConfidence: 99.5 } });
});
