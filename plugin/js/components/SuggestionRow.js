// What: one suggestion: the face beside the reference, the item, and accept, reject, later, why.
// Active: on the review page. Depends on: CandidateRow.js, suggestions.js.
;(function (StashFace) {
  "use strict";

  const { React, h, api, components, PREFIX } = StashFace;

  /** `mark` is what was done in this list; `on(decision)` does it; `why` opens the evidence. */
  function SuggestionRow({ row, index, total, mark, boxes, active, why, on, onWhy, onFocus, onPerson }) {
    const t = StashFace.i18n.useText();
    const element = React.useRef(null);
    React.useEffect(() => {
      if (
        active &&
        element.current &&
        document.activeElement !== element.current &&
        !element.current.contains(document.activeElement)
      )
        element.current.focus();
    }, [active]);
    const busy = Boolean(mark && mark.state === "busy");
    const done = mark && mark.done;
    const left = h(components.FaceCrop, { thumbnail: row.thumbnail });
    const item = h(components.ItemLink, { row });
    return h(
      "li",
      {
        ref: element,
        tabIndex: -1,
        "data-key": row.id,
        "aria-label": row.best.name,
        "aria-posinset": index + 1,
        "aria-setsize": total === null ? -1 : total,
        "aria-current": active || undefined,
        "aria-busy": busy,
        onFocus,
        className: `${PREFIX}-face ${PREFIX}-suggestion ${active ? "active" : ""}`,
      },
      h(
        components.CandidateRow,
        { person: row.best, decision: row.decision, boxes, left, note: item },
        done ? null : h(components.AddButton, { person: row.best, busy, onAdd: () => on("accept") }),
        !done &&
          h(components.IconButton, {
            icon: "faTimes",
            label: t("reject.for", { name: row.best.name }),
            disabled: busy,
            onClick: () => on("reject"),
          }),
        !done &&
          h(components.IconButton, {
            icon: "faClock",
            label: t("later.for", { name: row.best.name }),
            disabled: busy,
            onClick: () => on("later"),
          }),
        done && h(components.Told, { text: t(`done.${mark.done}`), busy, onUndo: () => on("undo") }),
      ),
      mark && mark.error && h(components.Failed, { error: mark.error }),
      mark && mark.note && h("p", { className: `${PREFIX}-note` }, mark.note),
      h(
        "div",
        { className: `${PREFIX}-tools` },
        h(components.TextButton, { quiet: true, "aria-expanded": why, onClick: onWhy }, t("why")),
        onPerson &&
          h(
            components.TextButton,
            { quiet: true, onClick: onPerson },
            t("all.of", { name: row.best.name }),
          ),
      ),
      why && h(Why, { row }),
    );
  }

  /** All faces of a suggestion, of which the list brings one. */
  function useFaces(row) {
    const [faces, setFaces] = components.useLasting(row.faces);
    React.useEffect(() => {
      const control = new AbortController();
      const args = { mode: "suggestions", suggestion: row.id, state: "all" };
      api.operation(args, { signal: control.signal }).then(
        ({ suggestions: [found] }) => found && setFaces(found.faces),
        () => undefined,
      );
      return () => control.abort();
    }, [row.id]);
    return faces;
  }

  /** Everything the plugin goes by: its reason, the numbers, and the faces. */
  function Why({ row }) {
    const t = StashFace.i18n.useText();
    const faces = useFaces(row)
      .map((face) => StashFace.format.safeThumbnail(face.face_thumbnail))
      .filter(Boolean);
    return h(
      "div",
      { className: `${PREFIX}-why` },
      h("p", null, t.reason(row.reason)),
      h(
        "ul",
        { className: `${PREFIX}-plain` },
        StashFace.suggestions.evidence(row).map(([key, values]) => h("li", { key }, t(key, values))),
        Object.entries(row.evidence.distances || {}).map(([name, value]) =>
          h("li", { key: name }, `${name} ${Number(value).toFixed(2)}`),
        ),
      ),
      h(
        "div",
        { className: `${PREFIX}-images` },
        faces.map((src, index) => h(components.Picture, { key: index, src, alt: t("face.found") })),
      ),
    );
  }

  components.SuggestionRow = SuggestionRow;
})(window.StashFace);
