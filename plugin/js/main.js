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

  attach("the image page", () => {
    stash.patch.after("ImageDetailPanel", (...args) => {
      const [props] = args;
      const shown = args[args.length - 1];
      if (!props || !props.image) return shown;
      return h(
        React.Fragment,
        null,
        guarded("the image page", pages.image.ImagePanel, { id: props.image.id, key: props.image.id }),
        shown,
      );
    });
    pages.image.attached = true;
  });

  attach("the gallery page", () => {
    stash.patch.after("GalleryImagesPanel", (...args) => {
      const [props] = args;
      const shown = args[args.length - 1];
      if (!props || !props.gallery) return shown;
      const { id } = props.gallery;
      return h(
        React.Fragment,
        null,
        guarded("the gallery page", pages.gallery.GalleryPanel, { id, key: id }),
        shown,
      );
    });
    pages.gallery.attached = true;
  });

  attach("the scene page", () => {
    const { Nav, Tab } = StashFace.bootstrap;
    const { TAB, TabLabel, SceneFaces } = pages.scene;
    stash.patch.before("ScenePage.Tabs", (props, ...rest) => [
      {
        ...props,
        children: h(
          React.Fragment,
          null,
          props.children,
          h(Nav.Item, null, h(Nav.Link, { eventKey: TAB }, guarded("the scene's tab", TabLabel))),
        ),
      },
      ...rest,
    ]);
    stash.patch.before("ScenePage.TabContent", (props, ...rest) => [
      {
        ...props,
        children: h(
          React.Fragment,
          null,
          props.children,
          h(
            Tab.Pane,
            { eventKey: TAB, mountOnEnter: true },
            props.scene &&
              guarded("the scene page", SceneFaces, {
                scene: props.scene,
                seek: props.setTimestamp,
                key: props.scene.id,
              }),
          ),
        ),
      },
      ...rest,
    ]);
    pages.scene.attached = true;
  });

  attach("the performer page", () => {
    stash.patch.after("PerformerDetailsPanel", (...args) => {
      const [props] = args;
      const shown = args[args.length - 1];
      if (!props || !props.performer) return shown;
      const { id } = props.performer;
      return h(
        React.Fragment,
        null,
        shown,
        guarded("the performer page", pages.performer.PerformerPanel, { id, key: id }),
      );
    });
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

  attach("the navigation", () => {
    stash.patch.before("MainNavBar.UtilityItems", (props, ...rest) => [
      {
        ...props,
        children: h(React.Fragment, null, guarded("the navigation", pages.review.NavButton), props.children),
      },
      ...rest,
    ]);
  });

  attach("the toolbar", () => {
    stash.patch.before("App", (props, ...rest) => [
      {
        ...props,
        children: h(React.Fragment, null, props.children, guarded("the toolbar", pages.toolbar.Toolbar)),
      },
      ...rest,
    ]);
  });
})(window.StashFace);
