// What: one face of a picture: who it is, what to do about it, and who else it could be.
// Active: on the image page and for a frame of a scene. Depends on: CandidateRow.js.
;(function (StashFace) {
  "use strict";

  const { React, h, components, PREFIX, bootstrap } = StashFace;

  /**
   * `row` as results.imageRows gives it, `mark` what was done with it. `onAdd(person)`,
   * `onChoose(performer)`, `onUndo()`; `onReject(people)` and
   * `onIgnore()` where there is such a button; `active` is drawn out.
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
      h(Head, { row, boxes, label }),
      mark && mark.error && h(components.Failed, { error: mark.error }),
      mark && mark.undo
        ? h(components.Done, { mark, busy, onUndo: props.onUndo })
        : h(Tools, { ...props, busy, open, toggle }),
      open === "choose" &&
        h(components.ChoosePerformer, {
          onChoose: (who) => {
            setOpen(null);
            props.onChoose(who);
          },
          onClose: () => setOpen(null),
        }),
      open === "others" &&
        h(
          "div",
          { className: `${PREFIX}-others` },
          row.others.map((person) =>
            h(
              components.CandidateRow,
              { key: person.id, person, boxes },
              !person.tagged && h(components.AddButton, { person, busy, onAdd: () => props.onAdd(person) }),
            ),
          ),
        ),
    );
  }

  /** The best candidate, or the face alone where nobody is named. */
  function Head({ row, boxes, label }) {
    const t = StashFace.i18n.useText();
    const left = h(
      "span",
      { className: `${PREFIX}-numbered` },
      h(components.FaceCrop, { thumbnail: row.thumbnail, label }),
      h(
        "span",
        { className: `${PREFIX}-badge ${PREFIX}-${row.decision}`, "aria-hidden": true },
        row.face + 1,
      ),
    );
    if (!row.best) {
      return h(
        "div",
        { className: `${PREFIX}-row` },
        h("div", { className: `${PREFIX}-pair` }, left),
        h(
          "div",
          { className: `${PREFIX}-words` },
          h("span", { className: `${PREFIX}-name` }, t("unknown")),
          h("span", { className: `${PREFIX}-small` }, t.reason(row.reason)),
        ),
      );
    }
    return h(components.CandidateRow, {
      person: row.best,
      decision: row.decision,
      boxes,
      left,
      note: t.reason(row.reason),
    });
  }

  function Tools({ row, busy, open, toggle, onAdd, onReject, onIgnore }) {
    const t = StashFace.i18n.useText();
    const person = row.best;
    const everybody = row.best ? [row.best, ...row.others] : row.others;
    const button = (key, values, rest) =>
      h(
        bootstrap.Button,
        { key, variant: "secondary", size: "sm", className: "minimal", disabled: busy, ...rest },
        t(key, values),
      );
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
