// What: the button "Identify performers" in the toolbar of image, gallery and scene pages.
// Active: under App, as a portal into Stash's toolbars. Depends on: the pages.
// Without the patch point App or the toolbars: there is no button.
;(function (StashFace) {
  "use strict";

  const { h, components, pages, PREFIX } = StashFace;

  // Where the toolbar is, the tab that shows the answer, and what begins it.
  const KINDS = {
    images: { bar: ".image-toolbar-group", tab: "image-details-panel", page: "image", key: "image" },
    galleries: { bar: ".gallery-toolbar-group", tab: "images", page: "gallery", key: "gallery" },
    scenes: { bar: ".scene-toolbar-group", tab: `${PREFIX}-tab`, page: "scene", key: "scene" },
  };

  function Toolbar() {
    const { useRouteMatch } = StashFace.stash.libraries.ReactRouterDOM;
    const match = useRouteMatch("/:kind(scenes|images|galleries)/:id(\\d+)");
    const kind = match ? KINDS[match.params.kind] : null;
    const page = kind ? pages[kind.page] : null;
    const host = components.useHost(page && page.attached ? kind.bar : null);
    const t = StashFace.i18n.useText();
    if (!host || !page || !page.attached) return null;
    const begin = () => {
      const tab = document.querySelector(`.nav-tabs [data-rb-event-key="${kind.tab}"]`);
      if (tab && !tab.classList.contains("active")) tab.click();
      page.start(match.params.id);
      setTimeout(() => reveal(), 50);
    };
    return StashFace.stash.ReactDOM.createPortal(
      h(components.IconButton, {
        icon: "faUserTag",
        label: t("identify"),
        className: `${PREFIX}-toolbar`,
        onClick: begin,
      }),
      host,
    );
  }

  /** On a phone the answer lies below the toolbar. */
  function reveal() {
    const panel = document.querySelector(`.${PREFIX}-panel`);
    if (panel && panel.scrollIntoView) panel.scrollIntoView({ block: "nearest" });
  }

  pages.toolbar = { Toolbar };
})(window.StashFace);
