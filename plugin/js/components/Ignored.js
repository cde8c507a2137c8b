// What: the way back for faces that were ignored: one button that shows all of them again.
// Active: on image and scene pages. Depends on: base.js.
;(function (StashFace) {
  "use strict";

  const { React, h, components } = StashFace;

  /** `onShow` resolves once they are no longer ignored. */
  function Ignored({ count, onShow }) {
    const t = StashFace.i18n.useText();
    const [failure, setFailure] = components.useLasting(null);
    const show = () => {
      setFailure(null);
      onShow().catch(setFailure);
    };
    return h(
      React.Fragment,
      null,
      failure && h(components.Failed, { error: failure, onAgain: show }),
      count > 0 && h(components.TextButton, { quiet: true, onClick: show }, t("ignored.show", { n: count })),
    );
  }

  components.Ignored = Ignored;
})(window.StashFace);
