// What: "Identify performers" for the images, galleries or scenes that are selected in a list, as a task.
// Active: in lists, at ImageList and GalleryList (newer Stash: FilteredImageList, FilteredGalleryList)
// and at SceneListOperations (newer: SceneList). Depends on: api.js. Without these: no such button.
;(function (StashFace) {
  "use strict";

  const { React, h, api, components, pages, i18n, PREFIX, bootstrap } = StashFace;

  const LISTS = {
    ImageList: "image",
    FilteredImageList: "image",
    GalleryList: "gallery",
    FilteredGalleryList: "gallery",
  };

  /** Asks for the task; what it finds waits on the review page. */
  async function begin(kind, ids, t, toast) {
    try {
      await api.task(t("identify.n", { n: ids.length }), { mode: "scan_new_items", kind, ids });
      toast.success(t("task.begun", { n: ids.length }));
    } catch (error) {
      toast.error(new Error(t.failure(error)));
    }
  }

  /** The list's own operations and ours; for a patch, within the list's render. */
  function withOperation(kind, operations) {
    const t = i18n.useText();
    const toast = StashFace.stash.hooks.useToast();
    const ours = {
      text: t("identify"),
      icon: StashFace.icons.faUserTag,
      buttonVariant: "secondary",
      isDisplayed: (result, filter, selected) => selected.size > 0,
      onClick: (result, filter, selected) => begin(kind, [...selected].map(String), t, toast),
    };
    return [...(operations || []), ours];
  }

  /** The scenes that are ticked on the page: Stash 0.30 keeps its selection to itself. */
  function tickedScenes() {
    const ticked = document.querySelectorAll(".scene-list .card-check:checked, .scene-list .select-col input:checked");
    const ids = [...ticked].map((box) => {
      const link = (box.closest(".grid-card, tr") || box).querySelector('a[href*="/scenes/"]');
      const found = link && link.pathname.match(/\/scenes\/(\d+)/);
      return found ? found[1] : null;
    });
    return [...new Set(ids.filter(Boolean))];
  }

  /** The entries of the scenes' menu and ours; for a patch, within the menu's render. */
  function withEntry({ operations, hasSelection }) {
    const t = i18n.useText();
    const toast = StashFace.stash.hooks.useToast();
    const ours = {
      text: t("identify"),
      isDisplayed: () => Boolean(hasSelection),
      onClick: () => begin("scene", tickedScenes(), t, toast),
    };
    return [...(operations || []), ours];
  }

  /** Where Stash tells what is selected, but has no place in its toolbar: a button over the list. */
  function SelectedScenes({ ids }) {
    const t = i18n.useText();
    const toast = StashFace.stash.hooks.useToast();
    return h(
      "div",
      { className: `${PREFIX}-selected` },
      h(
        bootstrap.Button,
        { variant: "primary", onClick: () => begin("scene", ids, t, toast) },
        h(components.Icon, { name: "faUserTag" }),
        t("identify.n", { n: ids.length }),
      ),
    );
  }

  function withSelected(props, shown) {
    const ids = [...((props && props.selectedIds) || [])].map(String);
    if (!ids.length || StashFace.stash.components.SceneListOperations) return shown;
    const bar = h(components.Guard, { name: "the selection of scenes" }, h(SelectedScenes, { ids }));
    return h(React.Fragment, null, bar, shown);
  }

  pages.lists = { LISTS, withOperation, withEntry, withSelected };
})(window.StashFace);
