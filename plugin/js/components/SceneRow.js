// What: one person of a scene: face and reference, when they are seen, what to do about it.
// Active: on the scene page. Depends on: CandidateRow.js, Timeline.js, ChoosePerformer.js.
;(function (StashFace) {
  "use strict";

  const { React, h, components, PREFIX } = StashFace;

  /** `row` as scene.personRows gives it; `onAdd(person)`, `onReject()`, `onUndo()`, `seek(seconds)`;
   *  `onIgnore()` where there is such a button. */
  function SceneRow({ row, mark, boxes, duration, seek, onAdd, onReject, onUndo, onIgnore }) {
    const t = StashFace.i18n.useText();
    const [open, setOpen] = React.useState(null);
    const toggle = (what) => setOpen(open === what ? null : what);
    const busy = Boolean(mark && mark.state === "busy");
    const name = row.best ? row.best.name : t("unknown");
    return h(
      "li",
      { className: `${PREFIX}-face`, "aria-label": name, "aria-busy": busy },
      h(components.RowHead, { row, boxes, left: h(components.FaceCrop, { thumbnail: row.thumbnail }) }),
      mark && mark.error && h(components.Failed, { error: mark.error }),
      h(components.Timeline, { times: row.times, duration, seek, name }),
      mark && mark.undo
        ? h(components.Done, { mark, busy, onUndo })
        : h(Tools, { row, busy, open, toggle, onAdd, onReject, onIgnore }),
      open === "choose" &&
        h(components.ChoosePerformer, { onClose: () => setOpen(null), onChoose: onAdd }),
      open === "others" &&
        h(components.Others, { people: row.others, boxes, busy, onAdd }),
    );
  }

  function Tools({ row, busy, open, toggle, onAdd, onReject, onIgnore }) {
    const t = StashFace.i18n.useText();
    const person = row.best;
    const quiet = (text, rest) => h(components.TextButton, { quiet: true, disabled: busy, ...rest }, text);
    const button = (what, text) =>
      quiet(text, { "aria-expanded": open === what, onClick: () => toggle(what) });
    return h(
      "div",
      { className: `${PREFIX}-tools` },
      person && !person.tagged && h(components.AddButton, { person, busy, onAdd: () => onAdd(person) }),
      person &&
        h(components.IconButton, {
          icon: "faTimes",
          label: t("reject.for", { name: person.name }),
          disabled: busy,
          onClick: onReject,
        }),
      row.others.length > 0 && button("others", t("others", { n: row.others.length })),
      button("choose", t(person ? "choose" : "name")),
      onIgnore && quiet(t("ignore"), { onClick: onIgnore }),
    );
  }

  components.SceneRow = SceneRow;
})(window.StashFace);
