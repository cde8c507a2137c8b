// What: questions to the plugin that outlive the page they were asked on, slice by slice.
// Active: everywhere; a page shows the state of its item's job. Depends on: api.js.
;(function (StashFace) {
  "use strict";

  const { api, React } = StashFace;

  // Seconds of work a slice: soon a first answer, then few starts of the models.
  const BUDGETS = [3, 6, 12];
  const POLL_MS = 2000;
  // Answers hold pictures; the oldest finished ones go first.
  const KEPT = 60;

  const jobs = new Map();
  const watchers = new Map();

  const keyOf = (kind, id) => `${kind}:${id}`;
  const get = (key) => jobs.get(key) || null;

  function set(key, change) {
    const state = {
      phase: "idle",
      answer: null,
      progress: null,
      error: null,
      marks: {},
      ...jobs.get(key),
      ...change,
    };
    jobs.delete(key);
    jobs.set(key, state);
    forgetOldest();
    (watchers.get(key) || new Set()).forEach((tell) => tell(state));
    return state;
  }

  function forgetOldest() {
    for (const [key, state] of jobs) {
      if (jobs.size <= KEPT) return;
      if (state.phase !== "running" && !watchers.has(key)) jobs.delete(key);
    }
  }

  function watch(key, tell) {
    if (!watchers.has(key)) watchers.set(key, new Set());
    watchers.get(key).add(tell);
    return () => {
      const left = watchers.get(key);
      left.delete(tell);
      if (!left.size) watchers.delete(key);
    };
  }

  /** Remembers what was done with a row of the job, such as `{state: "added"}`. */
  function mark(key, row, value) {
    const marks = { ...(get(key) || {}).marks };
    if (value) marks[row] = value;
    else delete marks[row];
    return set(key, { marks });
  }

  /** Asks until the answer is whole; a second call for the same job only waits for the first. */
  async function start(key, args) {
    const before = get(key);
    if (before && before.phase === "running") return;
    const control = new AbortController();
    set(key, { phase: "running", error: null, control, args });
    const ended = follow(key, args, control.signal);
    try {
      for (let slice = 0; ; slice += 1) {
        const budget = BUDGETS[Math.min(slice, BUDGETS.length - 1)];
        const answer = await api.operation({ ...args, budget_s: budget }, { signal: control.signal });
        if (!isOurs(key, control)) return;
        if (answer.done !== false) {
          set(key, { phase: "done", answer, progress: null, control: null });
          return;
        }
        set(key, { progress: answer });
      }
    } catch (error) {
      if (!isOurs(key, control)) return;
      set(key, { phase: api.wasAborted(error) ? "stopped" : "failed", error, control: null });
    } finally {
      ended();
    }
  }

  /** Whether the job is still the one that was begun: it may have been dropped and begun anew. */
  const isOurs = (key, control) => (get(key) || {}).control === control;

  /** Looks how far a sliced job is while a slice works; returns what ends the looking. */
  function follow(key, args, signal) {
    const [kind, id] = key.split(":");
    if (kind !== "gallery" && kind !== "scene") return () => undefined;
    const timer = setInterval(async () => {
      if (document.hidden || api.inFlight() > 1) return;
      try {
        const now = await api.operation({ mode: "progress", kind, id }, { signal });
        const state = get(key);
        if (!state || state.phase !== "running" || !now.total) return;
        const known = { total_images: now.total, images_processed: now.done, faces_detected: now.faces };
        set(key, { progress: { ...state.progress, ...known, eta_s: now.eta_s } });
      } catch (error) {
        // The slice itself tells what is wrong.
      }
    }, POLL_MS);
    return () => clearInterval(timer);
  }

  /** Asks again without showing that it works: for an answer that a decision has changed. */
  async function again(key) {
    const state = get(key);
    if (!state || !state.args || state.phase === "running") return;
    try {
      const answer = await api.operation(state.args);
      const now = get(key);
      if (now && now.phase === "done" && answer.done !== false) set(key, { answer });
    } catch (error) {
      if (get(key)) set(key, { error });
    }
  }

  function stop(key) {
    const state = get(key);
    if (state && state.control) state.control.abort();
  }

  /** Forgets the job, and what was done on its page. */
  function drop(key) {
    stop(key);
    jobs.delete(key);
    (watchers.get(key) || new Set()).forEach((tell) => tell(null));
  }

  /** What the plugin has stored about the item, if there is no job yet; costs no model. */
  async function recall(kind, id, args, signal) {
    const key = keyOf(kind, id);
    if (get(key)) return;
    const known = await api.operation({ mode: "results", kind, id }, { signal });
    if (known.stored && !get(key)) set(key, { phase: "done", answer: known.answer, args });
  }

  /** For components: the job's state, or null where none was begun. */
  function useJob(key) {
    const [state, show] = React.useState(() => get(key));
    React.useEffect(() => {
      show(get(key));
      return watch(key, show);
    }, [key]);
    return state;
  }

  StashFace.jobs = { keyOf, get, set, mark, start, again, stop, drop, recall, watch, useJob };
})(window.StashFace);
