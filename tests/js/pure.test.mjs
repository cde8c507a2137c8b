import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";

const { StashFace } = load();
const { format, results, i18n, scene, texts } = StashFace;
const plain = (value) => JSON.parse(JSON.stringify(value));

test("a confidence is a word and a number that never claims to be certain", () => {
  const cases = [
    [1, "confidence.very_sure", "> 99%"],
    [0.992, "confidence.very_sure", "> 99%"],
    [0.95, "confidence.sure", "95%"],
    [0.6, "confidence.likely", "60%"],
    [0.3, "confidence.possible", "30%"],
    [0.1, "confidence.unlikely", "10%"],
    [0, "confidence.unlikely", "< 1%"],
  ];
  for (const [confidence, word, number] of cases) {
    assert.deepEqual([format.confidenceWord(confidence), format.percent(confidence, "en")], [word, number]);
  }
  assert.deepEqual([format.confidenceWord(null), format.percent(NaN, "en")], [null, ""]);
});

test("times are written as a player writes them", () => {
  assert.deepEqual([0, 7.9, 754, 3723, -1, NaN].map(format.clock), [
    "0:00",
    "0:07",
    "12:34",
    "1:02:03",
    "0:00",
    "0:00",
  ]);
});

test("the time left is rounded to what people care about", () => {
  const cases = [
    [3.2, ["left.seconds", 4]],
    [17.1, ["left.seconds", 20]],
    [200, ["left.minutes", 4]],
    [9000, ["left.hours", 3]],
    [null, null],
    [-1, null],
  ];
  for (const [seconds, expected] of cases) assert.deepEqual(plain(format.timeLeft(seconds)), expected);
});

test("only http and https become links", () => {
  assert.equal(format.safeLink("https://stashdb.org/performers/1"), "https://stashdb.org/performers/1");
  const refused = [
    "javascript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,x",
    "//evil.example",
    "ftp://a.b",
    "https://",
    null,
    7,
    {},
  ];
  for (const address of refused) assert.equal(format.safeLink(address), null, String(address));
});

test("a thumbnail is a picture within the page", () => {
  assert.equal(format.safeThumbnail("data:image/jpeg;base64,/9j/4AA="), "data:image/jpeg;base64,/9j/4AA=");
  for (const address of [
    "data:image/svg+xml;base64,PHN2Zz4=",
    "data:text/html,x",
    "https://a.b/c.jpg",
    "javascript:1",
    null,
  ]) {
    assert.equal(format.safeThumbnail(address), null, String(address));
  }
});

test("reference pictures come from the user's own stash-boxes only", () => {
  const hosts = ["stashdb.org", "fansdb.cc"];
  const cases = [
    ["https://stashdb.org/images/1.jpg", true],
    ["https://cdn.stashdb.org/images/1.jpg", true],
    ["http://stashdb.org/images/1.jpg", false], // not encrypted: others could see who is looked at
    ["https://evilstashdb.org/1.jpg", false],
    ["https://stashdb.org.evil.example/1.jpg", false],
    ["https://theporndb.net/1.jpg", false],
    ["data:image/png;base64,AA==", false],
  ];
  for (const [address, allowed] of cases)
    assert.equal(Boolean(format.safeReference(address, hosts)), allowed, address);
  assert.equal(format.safeReference("https://stashdb.org/1.jpg", []), null);
});

const match = (about) => ({
  performer_id: "stashdb.org:1",
  name: "Ada",
  stash_ids: { "stashdb.org": "1", "fansdb.cc": null },
  local_performer_id: null,
  ...about,
});

test("an unknown face has no best candidate, its distant ones are others", () => {
  const faces = [
    { bbox: {}, decision: "match", matches: [match({}), match({ performer_id: "b" })] },
    { bbox: {}, decision: "unknown", matches: [match({})] },
    { bbox: {}, decision: "unknown", matches: [] },
  ];
  const rows = results.imageRows({ faces });
  assert.deepEqual(
    rows.map((row) => [row.best && row.best.id, row.others.length]),
    [
      ["stashdb.org:1", 1],
      [null, 1],
      [null, 0],
    ],
  );
  assert.deepEqual(plain(rows[0].best.boxes), [{ host: "stashdb.org", id: "1" }]);
  assert.deepEqual(plain(results.imageRows(null)), []);
});

test("accept all takes sure names only, and makes performers only where that was asked", () => {
  const row = (decision, about) => ({ decision, best: results.candidate(match(about)) });
  const cases = [
    [row("match", { local_performer_id: "3" }), true, true],
    [row("match", { local_performer_id: "3", already_tagged: true }), false, false],
    [row("match", {}), false, true],
    [row("match", { stash_ids: {} }), false, false],
    [row("uncertain", { local_performer_id: "3" }), false, false],
    [{ decision: "unknown", best: null }, false, false],
  ];
  for (const [each, plainly, creating] of cases) {
    assert.deepEqual(
      [results.isAcceptable(each, false), results.isAcceptable(each, true)],
      [plainly, creating],
    );
  }
});

test("a box lies on the picture, also where the element is larger than the picture", () => {
  const bbox = { x: 0.5, y: 0.25, w: 0.25, h: 0.5 };
  assert.deepEqual(plain(results.placed(bbox, { width: 100, height: 100 }, { width: 400, height: 200 })), {
    left: 200,
    top: 50,
    width: 50,
    height: 100,
  });
  assert.equal(results.placed(bbox, { width: 0, height: 0 }, { width: 10, height: 10 }), null);
});

test("moments near each other are one stretch of the timeline", () => {
  const stretches = plain(scene.stretches([50, 0, 1, 99], 100));
  assert.deepEqual(
    stretches.map(({ left, width }) => [left, width]),
    [
      [0, 0.01],
      [0.5, 0.006],
      [0.99, 0.006],
    ],
  );
  assert.deepEqual(plain(scene.stretches([1], 0)), []);
});

test("every language has every text, with the same places", () => {
  const places = (text) =>
    [
      ...new Set(
        Object.values(typeof text === "string" ? [text] : text).flatMap(
          (each) => each.match(/\{\w+\}/g) || [],
        ),
      ),
    ].sort();
  for (const [language, own] of Object.entries(texts)) {
    // The plugin's own sentences are English.
    const isOurs = (key) => key in texts.en || language === "en" || !(key in texts.de);
    assert.deepEqual(Object.keys(own).filter(isOurs).sort(), Object.keys(texts.en).sort(), language);
    const theirs = Object.keys(texts.de).filter((key) => !(key in texts.en));
    assert.ok(theirs.every((key) => /^(reason|flaw|error)\./.test(key) && (language === "en" || key in own)));
    for (const [key, text] of Object.entries(own)) {
      if (theirs.includes(key)) {
        assert.deepEqual(places(text), places(texts.de[key]), `${language} ${key}`);
        continue;
      }
      // "one" may say it without the number.
      assert.deepEqual(places(text), places(texts.en[key]), `${language} ${key}`);
      if (typeof texts.en[key] === "object") {
        const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
        assert.ok(
          forms.every((form) => form in text || "other" in text),
          `${language} ${key}`,
        );
      }
    }
  }
  assert.deepEqual(Object.keys(texts).sort(), ["de", "en", "es", "fr", "ja", "zh"]);
});

test("texts follow Stash's language, and fall back to English", () => {
  assert.equal(i18n.format("de-DE", "faces.n", { n: 1 }), "1 Gesicht");
  assert.equal(i18n.format("nb-NO", "faces.n", { n: 1200 }), "1,200 faces");
  assert.equal(i18n.format("en-GB", "faces.n", { n: 1 }), "1 face");
  assert.equal(i18n.format("zh-TW", "undo"), texts.zh.undo);
  assert.equal(i18n.format("en", "no.such.text"), "no.such.text");
  // A name that looks like a place is a name.
  assert.equal(i18n.format("en", "added", { name: "{name} $& {n}" }), "{name} $& {n} was added.");
});

test("faces that are ignored stay so for their item, also with another database", () => {
  const { StashFace: own, stored } = load();
  const bbox = { x: 0.4, y: 0.2, w: 0.2, h: 0.3 };
  own.ignored.add("image:1", bbox);
  assert.equal(own.ignored.has("image:1", { ...bbox, w: 0.201 }), true);
  assert.equal(own.ignored.has("image:11", bbox), false);
  assert.equal(JSON.parse(stored.get("stash-face.ignored")).length, 1);
  own.ignored.clear("image:1");
  assert.equal(own.ignored.has("image:1", bbox), false);
});

test("of a long list the rows near the screen are mounted, those in sight first", () => {
  const { offsets, within, stepped } = StashFace.window;
  const keys = Array.from({ length: 100 }, (_, index) => String(index));
  // Rows that were never seen count as high as the mean of those that were.
  const places = offsets(keys, new Map([["0", 100], ["2", 300]])); // prettier-ignore
  assert.deepEqual([...places].slice(0, 4), [0, 100, 300, 600]);

  assert.deepEqual([...within(places, 150, 700)], [1, 4]);
  assert.deepEqual([...within([0], 0, 900)], [0, 0]);

  const steps = (from, wanted, seen) => {
    const found = [from];
    for (let n = 0; n < 5; n += 1) found.push([...stepped(found[n], wanted, seen)]);
    return found.map(([first, end]) => `${first}-${end}`).join(" ");
  };
  assert.equal(steps([0, 0], [0, 8], [0, 4]), "0-0 0-2 0-4 0-6 0-8 0-8");
  assert.equal(steps([0, 8], [4, 14], [6, 9]), "0-8 4-10 4-12 4-14 4-14 4-14");
  // After a jump nothing of the way there is mounted.
  assert.equal(steps([0, 8], [50, 60], [54, 57]), "0-8 54-56 54-58 54-60 52-60 50-60");
});

test("why an answer was given is said in the language of Stash, of whatever parts it has", () => {
  const say = (locale, code, values, sentence = "In English.") =>
    i18n.translator(locale).reason(results.reasonOf({ reason: sentence, reason_code: code, reason_values: values }));
  const cases = [
    ["clear_match", { seen: 2, pictures: 83 }, "In 2 von 83 gesehen. Eine enge Übereinstimmung, deutlich vor der nächsten Person."],
    ["match", { other: "Ben" }, "Eine enge Übereinstimmung, vor der nächsten Person. Eines der Modelle findet Ben näher."],
    ["equally_close", { name: "Ann", other: "Ben" }, "Zwei Personen sind gleich nah: Ann und Ben."],
    ["possible", { name: "Ann", strangers: 1200, flaws: ["small", "turned"] }, "Vielleicht Ann: etwa 1 Fremder von 1.200 kommt so nahe. Das Gesicht ist klein und zur Seite gedreht."],
    ["one_moment", { moments: 9 }, "Sieht richtig aus, ist aber nur in 1 von 9 zu sehen."],
    // Stored by an earlier version, or said by a later one.
    [undefined, undefined, "In English."],
    ["of_tomorrow", {}, "In English."],
  ]; // prettier-ignore
  for (const [code, values, expected] of cases) assert.equal(say("de-DE", code, values), expected);
  assert.equal(say("en-GB", "clear_match", { seen: 2, pictures: 83 }), "In English.");
  for (const language of ["fr", "es", "ja", "zh"])
    assert.ok(!/[{}]|English/.test(say(language, "possible", { name: "A", strangers: 3, flaws: ["blurred"], people: 9 })));
});

test("a failure is told with its cure in the language of Stash where that is known", () => {
  const told = (locale, code) =>
    i18n.translator(locale).failure(new StashFace.api.Failure("Run Set up first.", null, code));
  assert.equal(told("de", "setup_needed"), texts.de["error.setup_needed"]);
  assert.equal(told("de", "no_database"), texts.de["error.setup_needed"]);
  assert.equal(told("de", "media"), "Run Set up first.");
  assert.equal(told("en", "setup_needed"), "Run Set up first.");
});

test("what a suggestion rests on is told as far as it is known", () => {
  const told = (evidence, margin) =>
    plain(StashFace.suggestions.evidence(StashFace.suggestions.row({ id: "1", distance: 0.2, margin, evidence }))).map(
      ([key, values]) => [key, ...Object.values(values)],
    );
  assert.deepEqual(told({ bar: 0.614, quality: 0.5, image_count: 1, images: 1 }, 0.25), [
    ["evidence.distance", "0.20"],
    ["evidence.bar", "0.61"],
    ["evidence.margin", "0.25"],
    ["evidence.quality", "0.50"],
    ["evidence.images", 1, 1],
  ]);
  assert.deepEqual(told({ quality: null }, null), [["evidence.distance", "0.20"]]);
});

test("faces of an unknown person are gathered by the item they are seen in", () => {
  const faces = [
    { key: "image:1", image_id: "7", face: 0 },
    { key: "scene:4", scene_id: "7", face: 4 },
    { key: "image:2", image_id: "7", face: 1 },
  ];
  const found = plain(StashFace.suggestions.byItem(faces));
  assert.deepEqual(
    found.map(({ kind, id, faces: own }) => [kind, id, own.map((face) => face.key)]),
    [
      ["image", "7", ["image:1", "image:2"]],
      ["scene", "7", ["scene:4"]],
    ],
  );
});

test("people who were changed stay in their place, new ones come behind, empty ones go", () => {
  const person = (number, faces) => ({ person: number, faces_total: faces });
  const shown = (people) => plain(people).map((each) => `${each.person}:${each.faces_total}`);
  const { replaced } = StashFace.unknown;
  const list = [person("1", 5), person("2", 3), person("3", 2)];

  assert.deepEqual(shown(replaced(list, [person("2", 2), person("9", 1)], "2")), ["1:5", "2:2", "9:1", "3:2"]);
  assert.deepEqual(shown(replaced(list, [person("1", 8)])), ["1:8", "2:3", "3:2"]);
  assert.deepEqual(shown(replaced(list, [person("3", 0)])), ["1:5", "2:3"]);
});
