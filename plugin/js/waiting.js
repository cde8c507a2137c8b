// What: how many suggestions wait for the items whose cards are shown, one question for a page of them.
// Active: in lists, for cards.js. Depends on: api.js.
;(function (StashFace) {
  "use strict";

  const { api, React } = StashFace;

  // Cards of a page come one after the other, and Stash's own questions go first.
  const GATHER_MS = 200;
  const FRESH_MS = 30_000;
  // Where the plugin cannot answer, no page of Stash's lists is to start it again and again.
  const SILENT_MS = 300_000;

  const known = new Map();
  const watchers = new Map();
  const wanted = new Set();
  let timer = null;
  let silentUntil = 0;

  const keyOf = (kind, id) => `${kind}:${id}`;

  /** The ids of keys by kind, as the mode `waiting` takes them. */
  function byKind(keys) {
    const items = {};
    for (const key of keys) {
      const [kind, id] = key.split(":");
      (items[kind] = items[kind] || []).push(id);
    }
    return items;
  }

  function want(key, now) {
    const last = known.get(key);
    if ((last && now - last.at < FRESH_MS) || now < silentUntil) return;
    wanted.add(key);
    if (!timer) timer = setTimeout(ask, GATHER_MS);
  }

  async function ask() {
    timer = null;
    const keys = [...wanted].filter((key) => watchers.has(key));
    wanted.clear();
    if (!keys.length) return;
    try {
      const answer = await api.operation({ mode: "waiting", items: byKind(keys) });
      keys.forEach((key) => {
        const [kind, id] = key.split(":");
        const count = Number((answer.waiting[kind] || {})[id]) || 0;
        known.set(key, { count, at: Date.now() });
        (watchers.get(key) || []).forEach((show) => show(count));
      });
    } catch (error) {
      silentUntil = Date.now() + SILENT_MS;
      console.warn("stash_face: cards do not show what waits:", error.message);
    }
  }

  /** After a decision: asks again for what is shown, and for the rest when it is. */
  function stale() {
    known.clear();
    for (const key of watchers.keys()) want(key, Date.now());
  }

  /** For components: how many suggestions wait for the item; 0 until it is known. */
  function useCount(kind, id) {
    const key = keyOf(kind, id);
    const [count, show] = React.useState((known.get(key) || {}).count || 0);
    React.useEffect(() => {
      if (!watchers.has(key)) watchers.set(key, new Set());
      const own = watchers.get(key);
      own.add(show);
      show((known.get(key) || {}).count || 0);
      want(key, Date.now());
      return () => {
        own.delete(show);
        if (!own.size) watchers.delete(key);
      };
    }, [key]);
    return count;
  }

  StashFace.waiting = { useCount, stale, byKind };
})(window.StashFace);
