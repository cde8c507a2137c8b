// What: Stash's own search for performers, to say who somebody really is.
// Active: opened by a row. Depends on: base.js. Without PerformerSelect (another Stash) it is hidden.
;(function (StashFace) {
  "use strict";

  const { React, h, components, PREFIX } = StashFace;

  /** `onChoose(person)` gets somebody of the library, as the pages know a person. */
  function ChoosePerformer({ onChoose, onClose }) {
    const t = StashFace.i18n.useText();
    const { hooks, loadableComponents } = StashFace.stash;
    const loading = hooks.useLoadComponents([loadableComponents.PerformerSelect]);
    const { PerformerSelect } = StashFace.stash.components;
    const place = React.useRef(null);
    React.useEffect(() => {
      const field = place.current && place.current.querySelector("input");
      if (field) field.focus();
    }, [loading]);
    if (loading) return h(components.Busy, { text: t("loading") });
    if (!PerformerSelect) return null;
    const close = (event) => event.key === "Escape" && onClose();
    return h(
      "div",
      { ref: place, className: `${PREFIX}-choose`, onKeyDown: close },
      h(PerformerSelect, {
        values: [],
        isMulti: false,
        isClearable: false,
        creatable: true,
        noSelectionString: t("choose.who"),
        ariaLabel: t("choose.who"),
        onSelect: ([who]) => {
          if (!who) return;
          onClose();
          onChoose({ id: null, localId: String(who.id), name: who.name });
        },
      }),
      h(components.TextButton, { onClick: onClose }, t("cancel")),
    );
  }

  components.ChoosePerformer = ChoosePerformer;
})(window.StashFace);
