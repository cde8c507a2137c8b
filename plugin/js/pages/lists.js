// What: "Identify performers" for the images or galleries that are selected in a list, as a task.
// Active: in lists, at ImageList and GalleryList (newer Stash: FilteredImageList, FilteredGalleryList).
// Depends on: api.js. Without these patch points, and for scenes: there is no such button.
;(function (StashFace) {
  "use strict";

  const { api, pages, i18n } = StashFace;

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

  pages.lists = { LISTS, withOperation };
})(window.StashFace);
