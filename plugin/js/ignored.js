// What: faces that this browser is not to show again: passers-by, posters, no faces at all.
// Active: on pages with faces. Depends on: namespace.js. Without localStorage: until the next load.
;(function (StashFace) {
  "use strict";

  const NAME = "stash-face.ignored";
  const KEPT = 2000;

  let known = null;

  function all() {
    if (!known) {
      try {
        const stored = JSON.parse(window.localStorage.getItem(NAME));
        known = new Set(Array.isArray(stored) ? stored.map(String) : []);
      } catch (error) {
        known = new Set();
      }
    }
    return known;
  }

  function keep() {
    known = new Set([...known].slice(-KEPT));
    try {
      window.localStorage.setItem(NAME, JSON.stringify([...known]));
    } catch (error) {
      // A full or forbidden storage: it holds until the page is loaded again.
    }
  }

  /** A face by its item and the middle of its box, which another database does not move. */
  function nameOf(item, bbox) {
    const middle = [bbox.x + bbox.w / 2, bbox.y + bbox.h / 2].map((share) => Math.round(share * 50));
    return `${item}@${middle.join(",")}`;
  }

  const has = (item, bbox) => all().has(nameOf(item, bbox));

  function add(item, bbox) {
    all().add(nameOf(item, bbox));
    keep();
  }

  /** Shows all faces of the item again. */
  function clear(item) {
    [...all()].filter((name) => name.startsWith(`${item}@`)).forEach((name) => known.delete(name));
    keep();
  }

  StashFace.ignored = { has, add, clear };
})(window.StashFace);
