// What: every patch of Stash's pages; one that fails leaves the others, and says so in the console.
// Active: when Stash starts; loaded last. Depends on: everything.
;(function (StashFace) {
  "use strict";

  const { h, React, stash, pages, components } = StashFace;
  const { Guard } = components;

  /** A patch function only builds elements: what it throws would take Stash's page with it. */
  function attach(what, work) {
    try {
      work();
    } catch (error) {
      console.warn(`stash_face: ${what} is not shown, because this Stash has no place for it:`, error);
    }
  }

  const guarded = (name, component, props) => h(Guard, { name }, h(component, props));

  /** Shows `component` above the panel `point`, or below, for the item in the panel's property `of`. */
  function panel(what, point, of, component, below) {
    attach(what, () => {
      stash.patch.after(point, (...args) => {
        const [props] = args;
        const shown = args[args.length - 1];
        if (!props || !props[of]) return shown;
        const { id } = props[of];
        const own = guarded(what, component, { id, key: id });
        return below ? h(React.Fragment, null, shown, own) : h(React.Fragment, null, own, shown);
      });
      pages[of].attached = true;
    });
  }

  /** Adds what `make(props)` gives to the children of the part `point`. */
  function inside(point, make, first) {
    stash.patch.before(point, (props, ...rest) => {
      const all = first ? [make(props), props.children] : [props.children, make(props)];
      return [{ ...props, children: h(React.Fragment, null, ...all) }, ...rest];
    });
  }

  panel("the image page", "ImageDetailPanel", "image", pages.image.ImagePanel);
  panel("the gallery page", "GalleryImagesPanel", "gallery", pages.gallery.GalleryPanel);
  panel("the performer page", "PerformerDetailsPanel", "performer", pages.performer.PerformerPanel, true);

  attach("the scene page", () => {
    const { Nav, Tab } = StashFace.bootstrap;
    const { TAB, TabLabel, SceneFaces } = pages.scene;
    inside("ScenePage.Tabs", () =>
      h(Nav.Item, null, h(Nav.Link, { eventKey: TAB }, guarded("the scene's tab", TabLabel))),
    );
    inside("ScenePage.TabContent", ({ scene, setTimestamp }) =>
      h(
        Tab.Pane,
        { eventKey: TAB, mountOnEnter: true },
        scene && guarded("the scene page", SceneFaces, { scene, seek: setTimestamp, key: scene.id }),
      ),
    );
    pages.scene.attached = true;
  });

  Object.entries(pages.lists.LISTS).forEach(([list, kind]) =>
    attach(`the list ${list}`, () => {
      // A patch that throws takes Stash's page with it, so what it needs is looked for here.
      if (!stash.hooks.useToast) throw new Error("Stash has no useToast");
      stash.patch.before(list, (props, ...rest) => [
        { ...props, extraOperations: pages.lists.withOperation(kind, props.extraOperations) },
        ...rest,
      ]);
    }),
  );

  attach("the list of scenes", () => {
    if (!stash.hooks.useToast) throw new Error("Stash has no useToast");
    stash.patch.before("SceneListOperations", (props, ...rest) => [
      { ...props, operations: pages.lists.withEntry(props) },
      ...rest,
    ]);
    stash.patch.after("SceneList", (...args) => pages.lists.withSelected(args[0], args[args.length - 1]));
  });

  Object.entries(pages.cards.CARDS).forEach(([card, kind]) =>
    attach(`the badge on ${card}`, () => {
      stash.patch.after(card, (...args) => pages.cards.withBadge(kind, args[0], args[args.length - 1]));
    }),
  );

  attach("the review page", () => {
    stash.register.route(pages.review.PATH, () => guarded("the review page", pages.review.ReviewPage));
  });

  attach("the navigation", () =>
    inside("MainNavBar.UtilityItems", () => guarded("the navigation", pages.review.NavButton), true),
  );

  attach("the toolbar", () => inside("App", () => guarded("the toolbar", pages.toolbar.Toolbar)));
})(window.StashFace);
