// What: one face of a picture: who it is, what to do about it, and who else it could be.
// Active: on the image page and for a frame of a scene. Depends on: CandidateRow.js.
;(function (StashFace) {
  "use strict";

  const { React, h, components, PREFIX } = StashFace;

  /**
   * `row` as results.imageRows gives it, `mark` what was done with it. `onAdd(person)`,
   * `onUndo()`; `onReject(people)` and `onIgnore()` where there is such a button; `active` is drawn out.
   */
  function FaceRow(props) {
    const { row, mark, boxes, active, onHover, anchor } = props;
    const t = StashFace.i18n.useText();
    const [open, setOpen] = React.useState(null);
    const busy = Boolean(mark && mark.state === "busy");
    const toggle = (what) => setOpen(open === what ? null : what);
    const label = t("face.n", { n: row.face + 1 });
    return h(
      "li",
      {
        id: anchor,
        tabIndex: -1,
        "aria-label": label,
        "aria-busy": busy,
        className: `${PREFIX}-face ${active ? "active" : ""}`,
        onMouseEnter: () => onHover(row.key),
        onMouseLeave: () => onHover(null),
      },
      h(components.RowHead, { row, boxes, left: h(Numbered, { row, label }) }),
      mark && mark.error && h(components.Failed, { error: mark.error }),
      mark && mark.undo
        ? h(components.Done, { mark, busy, onUndo: props.onUndo })
        : h(Tools, { ...props, busy, open, toggle }),
      open === "choose" &&
        h(components.ChoosePerformer, { onClose: () => setOpen(null), onChoose: props.onAdd }),
      open === "others" &&
        h(components.Others, { people: row.others, boxes, busy, onAdd: props.onAdd }),
    );
  }

  /** The face, with the number that its box on the picture has. */
  function Numbered({ row, label }) {
    return h(
      "span",
      { className: `${PREFIX}-numbered` },
      h(components.FaceCrop, { thumbnail: row.thumbnail, label }),
      h(
        "span",
        { className: `${PREFIX}-badge ${PREFIX}-${row.decision}`, "aria-hidden": true },
        row.face + 1,
      ),
    );
  }

  function Tools({ row, busy, open, toggle, onAdd, onReject, onIgnore }) {
    const t = StashFace.i18n.useText();
    const person = row.best;
    const everybody = row.best ? [row.best, ...row.others] : row.others;
    const button = (key, values, rest) =>
      h(components.TextButton, { key, quiet: true, disabled: busy, ...rest }, t(key, values));
    return h(
      "div",
      { className: `${PREFIX}-tools` },
      person && !person.tagged && h(components.AddButton, { person, busy, onAdd: () => onAdd(person) }),
      person &&
        onReject &&
        h(components.IconButton, {
          icon: "faTimes",
          label: t("reject.for", { name: person.name }),
          disabled: busy,
          onClick: () => onReject([person]),
        }),
      row.others.length > 0 &&
        button(
          "others",
          { n: row.others.length },
          { onClick: () => toggle("others"), "aria-expanded": open === "others" },
        ),
      button("choose", {}, { onClick: () => toggle("choose"), "aria-expanded": open === "choose" }),
      onReject &&
        everybody.length > (person ? 1 : 0) &&
        button("nobody", {}, { onClick: () => onReject(everybody) }),
      onIgnore && button("ignore", {}, { onClick: onIgnore }),
    );
  }

  components.FaceRow = FaceRow;
})(window.StashFace);
