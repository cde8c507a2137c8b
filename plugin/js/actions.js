// What: what a click on a row does: change Stash, tell the plugin, keep what is needed to undo it.
// Active: on every page. Depends on: jobs.js, library.js.
;(function (StashFace) {
  "use strict";

  const { api, jobs, library } = StashFace;

  /** Runs `work` for a row of a job; the row shows that it works, then its mark or its failure. */
  async function forRow(key, row, work) {
    const before = markOf(key, row);
    if (before && before.state === "busy") return;
    jobs.mark(key, row, { ...before, state: "busy" });
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

  /**
   * Adds the person to `items`, [[kind, ids]], making a performer where there is none; the mark to
   * keep. `told` are the calls of `decide` that go with it.
   */
  async function addPerson(person, items, told) {
    const created = !person.localId;
    const localId = person.localId || (await library.create(person, await library.boxes()));
    const added = [];
    for (const [kind, ids] of items) added.push([kind, await library.add(kind, ids, localId)]);
    const notes = await tellAll(told(localId));
    await library.refresh();
    return { state: "added", name: person.name, localId, undo: { added, localId, created, notes } };
  }

  /** Takes back what `addPerson` did; a performer who was made stays in the library. */
  async function takeBack(undo) {
    for (const [kind, ids] of undo.added) await library.remove(kind, ids, undo.localId);
    await tellAll(undo.notes.map((note) => ({ ...note, decision: "undo" })));
    if (undo.added.length) await library.refresh();
    return null;
  }

  /** Tells the plugin each of the decisions; those that it took. */
  async function tellAll(notes) {
    await Promise.all(notes.map((note) => api.operation({ mode: "decide", ...note })));
    return notes;
  }

  StashFace.actions = { forRow, addPerson, takeBack, tellAll };
})(window.StashFace);
