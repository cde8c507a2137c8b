// What: "Found in 23/47 images", and on a click those images.
// Active: on the gallery page. Depends on: base.js.
;(function (StashFace) {
  "use strict";

  const { h, components, PREFIX, bootstrap } = StashFace;

  // More pictures than this are a page of their own, not a row.
  const SHOWN = 60;

  function SeenButton({ seen, open, onToggle }) {
    const t = StashFace.i18n.useText();
    return h(
      bootstrap.Button,
      { variant: "link", size: "sm", className: `${PREFIX}-seen`, "aria-expanded": open, onClick: onToggle },
      t("seen", { count: seen.count, total: seen.total }),
    );
  }

  function SeenImages({ seen, name }) {
    const t = StashFace.i18n.useText();
    const { Link } = StashFace.stash.libraries.ReactRouterDOM;
    const shown = seen.ids.slice(0, SHOWN);
    return h(
      "div",
      { className: `${PREFIX}-images` },
      shown.map((id) =>
        h(
          Link,
          { key: id, to: `/images/${id}`, "aria-label": t("seen.image", { id, name }) },
          h("img", {
            src: new URL(`image/${encodeURIComponent(id)}/thumbnail`, document.baseURI).href,
            alt: "",
            loading: "lazy",
          }),
        ),
      ),
      seen.ids.length > SHOWN &&
        h("span", { className: `${PREFIX}-small` }, t("more", { n: seen.ids.length - SHOWN })),
    );
  }

  components.SeenButton = SeenButton;
  components.SeenImages = SeenImages;
})(window.StashFace);
