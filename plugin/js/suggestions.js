// What: a suggestion as a row, the filters of a list, and which row the keyboard goes to. Pure.
// Active: on the review page. Depends on: results.js.
;(function (StashFace) {
  "use strict";

  const { candidate, reasonOf } = StashFace.results;
  const { safeThumbnail } = StashFace.format;

  const PATHS = { image: "/images/", gallery: "/galleries/", scene: "/scenes/", performer: "/performers/" };

  /** A suggestion of the mode `suggestions`. */
  function row(suggestion) {
    const faces = suggestion.faces || [];
    const shown = faces.find((face) => safeThumbnail(face.face_thumbnail));
    return {
      id: String(suggestion.suggestion),
      kind: suggestion.kind,
      path: `${PATHS[suggestion.kind] || "/"}${encodeURIComponent(suggestion.id)}`,
      title: suggestion.title ? String(suggestion.title) : `${suggestion.id}`,
      best: candidate(suggestion),
      decision: suggestion.decision,
      reason: reasonOf(suggestion),
      sure: Boolean(suggestion.sure),
      state: suggestion.state,
      source: suggestion.source,
      thumbnail: shown ? safeThumbnail(shown.face_thumbnail) : null,
      faces,
      evidence: suggestion.evidence || {},
    };
  }

  /** The filters of an address's query: a card leads to what waits for its item. */
  function addressed(search) {
    const given = new URLSearchParams(search);
    const [kind, id] = [given.get("kind"), given.get("id")];
    return Object.keys(PATHS).includes(kind) && /^\d+$/.test(id || "") ? { kind, id } : {};
  }

  // The first page is for the eye, the next ones come while it is read.
  const [FIRST_ROWS, ROWS] = [20, 50];

  /** The arguments of `suggestions`; what is empty is left out. */
  function query(filters, cursor) {
    const args = { mode: "suggestions", by: filters.by, limit: cursor ? ROWS : FIRST_ROWS, faces: 1 };
    if (cursor) args.cursor = cursor;
    ["state", "kind", "source", "performer", "id", "text"].forEach((name) => {
      if (filters[name]) args[name] = filters[name];
    });
    if (filters.least) args.min_confidence = Number(filters.least);
    return args;
  }

  /** The next row that can still be decided, after `at` and then from the top; else -1. */
  function nextOpen(rows, marks, at) {
    const open = (index) => rows[index].state === "open" && !marks[rows[index].id];
    for (let step = 1; step <= rows.length; step += 1) {
      const index = (at + step) % rows.length;
      if (open(index)) return index;
    }
    return -1;
  }

  /** What is known of a suggestion, as [key of a text, value] pairs for *Why?*. */
  function evidence(each) {
    const { best } = each;
    const { image_count: n, images: total, bar, quality } = each.evidence;
    const known = [];
    if (typeof best.distance === "number")
      known.push(["evidence.distance", { distance: best.distance.toFixed(2) }]);
    if (typeof bar === "number") known.push(["evidence.bar", { bar: bar.toFixed(2) }]);
    if (typeof best.margin === "number") known.push(["evidence.margin", { margin: best.margin.toFixed(2) }]);
    if (typeof quality === "number") known.push(["evidence.quality", { quality: quality.toFixed(2) }]);
    if (n && total) known.push(["evidence.images", { n, total }]);
    if (each.sure) known.push(["evidence.sure", {}]);
    return known;
  }

  /** Faces of an unknown person by the item they are seen in: [{kind, id, faces}]. */
  function byItem(faces) {
    const items = new Map();
    faces.forEach((face) => {
      const kind = face.scene_id ? "scene" : "image";
      const id = String(face.scene_id || face.image_id);
      const name = `${kind} ${id}`;
      if (!items.has(name)) items.set(name, { kind, id, faces: [] });
      items.get(name).faces.push(face);
    });
    return [...items.values()];
  }

  StashFace.suggestions = { byItem, row, addressed, query, nextOpen, evidence };
})(window.StashFace);
