// What: one person of a gallery: who, in which images, and what to do about it.
// Active: on the gallery page. Depends on: CandidateRow.js, Seen.js, ChoosePerformer.js.
;(function (StashFace) {
  "use strict";

  const { React, h, components, PREFIX } = StashFace;

  /** `row` as results.galleryRows gives it; `onAdd(person)`, `onReject()`, `onUndo()`. */
  function PersonRow({ row, mark, boxes, onAdd, onReject, onUndo }) {
    const t = StashFace.i18n.useText();
    const [open, setOpen] = React.useState(null);
    const toggle = (what) => setOpen(open === what ? null : what);
    const busy = Boolean(mark && mark.state === "busy");
    const person = row.best;
    const left = h(components.FaceCrop, { thumbnail: row.thumbnail });
    return h(
      "li",
      { className: `${PREFIX}-face`, "aria-label": person.name, "aria-busy": busy },
      h(components.CandidateRow, {
        person,
        decision: row.decision,
        boxes,
        left,
        note: row.decision === "uncertain" ? t.reason(row.reason) : null,
      }),
      mark && mark.error && h(components.Failed, { error: mark.error }),
      h(
        "div",
        { className: `${PREFIX}-tools` },
        mark && mark.undo && h(components.Done, { mark, busy, onUndo }),
        !(mark && mark.undo) &&
          !person.tagged &&
          h(components.AddButton, { person, busy, onAdd: () => onAdd(person) }),
        !(mark && mark.undo) &&
          h(components.IconButton, {
            icon: "faTimes",
            label: t("reject.for", { name: person.name }),
            disabled: busy,
            onClick: onReject,
          }),
        h(components.SeenButton, { seen: row.seen, open: open === "seen", onToggle: () => toggle("seen") }),
        !(mark && mark.undo) &&
          h(
            components.TextButton,
            {
              quiet: true,
              disabled: busy,
              "aria-expanded": open === "choose",
              onClick: () => toggle("choose"),
            },
            t("choose"),
          ),
      ),
      open === "seen" && h(components.SeenImages, { seen: row.seen, name: person.name }),
      open === "choose" &&
        h(components.ChoosePerformer, { onClose: () => setOpen(null), onChoose: onAdd }),
    );
  }

  /** Somebody whom nobody knows: the face, how often, and a place to say who it is. */
  function UnknownPerson({ row, mark, onAdd, onUndo }) {
    const t = StashFace.i18n.useText();
    const [open, setOpen] = React.useState(null);
    const toggle = (what) => setOpen(open === what ? null : what);
    const busy = Boolean(mark && mark.state === "busy");
    return h(
      "li",
      { className: `${PREFIX}-face`, "aria-label": t("unknown"), "aria-busy": busy },
      h(
        "div",
        { className: `${PREFIX}-row` },
        h(components.FaceCrop, { thumbnail: row.thumbnail }),
        h(
          "div",
          { className: `${PREFIX}-tools` },
          mark && mark.undo
            ? h(components.Done, { mark, busy, onUndo })
            : h(
                components.TextButton,
                {
                  disabled: busy,
                  "aria-expanded": open === "choose",
                  onClick: () => toggle("choose"),
                },
                t("name"),
              ),
          h(components.SeenButton, { seen: row.seen, open: open === "seen", onToggle: () => toggle("seen") }),
        ),
      ),
      mark && mark.error && h(components.Failed, { error: mark.error }),
      open === "seen" && h(components.SeenImages, { seen: row.seen, name: t("unknown") }),
      open === "choose" &&
        h(components.ChoosePerformer, { onClose: () => setOpen(null), onChoose: onAdd }),
    );
  }

  components.PersonRow = PersonRow;
  components.UnknownPerson = UnknownPerson;
})(window.StashFace);
