// What: one person of a gallery: who, in which images, and what to do about it.
// Active: on the gallery page. Depends on: CandidateRow.js, Seen.js, ChoosePerformer.js.
;(function (StashFace) {
  "use strict";

  const { React, h, components, PREFIX } = StashFace;

  /**
   * `row` as results.galleryRows gives it, or unknownRows for somebody whom nobody knows;
   * `onAdd(person)`, `onReject()`, `onUndo()`.
   */
  function PersonRow({ row, mark, boxes, onAdd, onReject, onUndo }) {
    const t = StashFace.i18n.useText();
    const [open, setOpen] = React.useState(null);
    const toggle = (what) => setOpen(open === what ? null : what);
    const busy = Boolean(mark && mark.state === "busy");
    const isOpen = !(mark && mark.undo);
    const person = row.best;
    const name = person ? person.name : t("unknown");
    const left = h(components.FaceCrop, { thumbnail: row.thumbnail });
    const tools = h(
      "div",
      { className: `${PREFIX}-tools` },
      !isOpen && h(components.Done, { mark, busy, onUndo }),
      isOpen &&
        person &&
        !person.tagged &&
        h(components.AddButton, { person, busy, onAdd: () => onAdd(person) }),
      isOpen &&
        person &&
        h(components.IconButton, {
          icon: "faTimes",
          label: t("reject.for", { name }),
          disabled: busy,
          onClick: onReject,
        }),
      h(components.SeenButton, { seen: row.seen, open: open === "seen", onToggle: () => toggle("seen") }),
      isOpen &&
        h(
          components.TextButton,
          {
            quiet: Boolean(person),
            disabled: busy,
            "aria-expanded": open === "choose",
            onClick: () => toggle("choose"),
          },
          t(person ? "choose" : "name"),
        ),
    );
    return h(
      "li",
      { className: `${PREFIX}-face`, "aria-label": name, "aria-busy": busy },
      person
        ? h(components.CandidateRow, {
            person,
            decision: row.decision,
            boxes,
            left,
            note: row.decision === "uncertain" ? t.reason(row.reason) : null,
          })
        : h("div", { className: `${PREFIX}-row` }, left, tools),
      mark && mark.error && h(components.Failed, { error: mark.error }),
      person && tools,
      open === "seen" && h(components.SeenImages, { seen: row.seen, name }),
      open === "choose" &&
        h(components.ChoosePerformer, { onClose: () => setOpen(null), onChoose: onAdd }),
    );
  }

  components.PersonRow = PersonRow;
})(window.StashFace);
