// What: on a card of a list, how many suggestions wait for the item; it leads to them.
// Active: at SceneCard, ImageCard, GalleryCard and PerformerCard, beside what Stash lays over the
// picture. Depends on: waiting.js, review.js. Without these patch points: cards are as they were.
;(function (StashFace) {
  "use strict";

  const { React, h, components, pages, PREFIX } = StashFace;

  const CARDS = { SceneCard: "scene", ImageCard: "image", GalleryCard: "gallery", PerformerCard: "performer" };

  function Badge({ kind, id, selecting }) {
    const t = StashFace.i18n.useText();
    const count = StashFace.waiting.useCount(kind, id);
    const { Link } = StashFace.stash.libraries.ReactRouterDOM;
    if (!count) return null;
    const label = t("suggestions.n", { n: count });
    const look = { title: label, "aria-label": label };
    const shown = [h(components.Icon, { name: "faUserTag", key: "icon" }), count];
    // A click on a card selects it then, and nobody is to lose the selection by a hair.
    const to = `${pages.review.PATH}?kind=${kind}&id=${encodeURIComponent(id)}`;
    const badge = selecting
      ? h("span", { ...look, role: "img" }, shown)
      : h(Link, { ...look, to, onClick: (event) => event.stopPropagation() }, shown);
    return h("div", { className: `${PREFIX}-waiting` }, badge);
  }

  /** The card that Stash has drawn, with the badge; as it was where Stash's cards are other ones. */
  function withBadge(kind, props, card) {
    const item = props && props[kind];
    if (!item || !item.id || !React.isValidElement(card) || !("overlays" in card.props)) return card;
    const badge = h(Badge, { kind, id: String(item.id), selecting: Boolean(props.selecting) });
    return React.cloneElement(card, {
      overlays: h(
        React.Fragment,
        null,
        card.props.overlays,
        h(components.Guard, { name: "a card's badge" }, badge),
      ),
    });
  }

  pages.cards = { CARDS, withBadge };
})(window.StashFace);
