// What: what a click on a row does. The plugin changes Stash, so that each change is in its journal;
// a row keeps what is needed to take it back.
// Active: on every page. Depends on: jobs.js, library.js.
;(function (StashFace) {
  "use strict";

  const { api, jobs, library } = StashFace;

  /** Runs `work` for a row of a job; the row shows that it works, then its mark or its failure. */
  async function forRow(key, row, work) {
    const before = markOf(key, row);
    if (before && before.state === "busy") return;
    jobs.mark(key, row, { ...before, error: null, state: "busy" });
    try {
      if (library.hasUnsavedEdits()) throw new api.Failure("There are unsaved edits.", "error.unsaved");
      jobs.mark(key, row, await work());
    } catch (error) {
      jobs.mark(key, row, { ...before, state: before && before.undo ? before.state : "failed", error });
    }
  }

  function markOf(key, row) {
    const state = jobs.get(key);
    return state ? state.marks[row] : undefined;
  }

  const decide = (args) => api.operation({ mode: "decide", ...args });

  /**
   * Adds the person to the item, making a performer where there is none; the mark to keep. `face`
   * is the face of an image, which becomes a reference of theirs; `more` are further arguments,
   * such as the `scope` of a gallery.
   */
  async function accept(item, person, { face = null, ...more } = {}) {
    const performer = person.id || person.localId;
    const args = { ...item, performer, decision: "accept", create: !person.localId, ...more };
    const answer = await decide(args);
    const done = answer.decided[0] || {};
    if (done.problem) throw new api.Failure(String(done.problem));
    const undo = { suggestion: done.suggestion, confirmed: null };
    if (face !== null) {
      undo.confirmed = { ...item, face, performer: done.local_performer_id || performer };
      await decide({ ...undo.confirmed, decision: "confirm" });
    }
    const { [item.kind]: here, ...elsewhere } = done.changed || {};
    library.forget(elsewhere);
    await library.refresh();
    return { state: "added", name: person.name, note: done.note || null, undo };
  }

  /** Says that the item, or this face of it, shows none of the people. */
  async function reject(item, people, face = null) {
    const at = face === null ? item : { ...item, face };
    const notes = people.map((person) => ({ ...at, performer: person.id }));
    await Promise.all(notes.map((note) => decide({ ...note, decision: "reject" })));
    return { state: "rejected", name: people[0].name, undo: { rejected: notes } };
  }

  /** Takes back what `accept` or `reject` did; no mark is left. */
  async function takeBack(undo) {
    if (undo.suggestion) {
      const { restored, skipped } = await api.operation({ mode: "undo", decision: undo.suggestion });
      if (!restored.length && skipped.length) throw new api.Failure(String(skipped[0].sentence));
    }
    const notes = [...(undo.rejected || []), ...(undo.confirmed ? [undo.confirmed] : [])];
    await Promise.all(notes.map((note) => decide({ ...note, decision: "undo" })));
    if (undo.suggestion) await library.refresh();
    return null;
  }

  StashFace.actions = { forRow, accept, reject, takeBack, decide };
})(window.StashFace);
