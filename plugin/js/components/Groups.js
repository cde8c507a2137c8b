// What: suggestions gathered by item or by person; a click shows those of one.
// Active: on the review page. Depends on: SuggestionList.js.
;(function (StashFace) {
  "use strict";

  const { h, components, PREFIX, bootstrap } = StashFace;

  function Groups({ filters, onFilter }) {
    const t = StashFace.i18n.useText();
    const pages = components.usePages(filters);
    return h(
      "div",
      null,
      h(
        "div",
        { className: `${PREFIX}-title`, role: "status" },
        pages.phase === "done" ? t("groups.n", { n: pages.groups.length }) : t("loading"),
      ),
      pages.phase === "failed" && h(components.Failed, { error: pages.error, onAgain: pages.reload }),
      h(
        "ul",
        { className: `${PREFIX}-list ${PREFIX}-grid` },
        pages.groups.map((group) =>
          h(Group, { key: `${group.kind}${group.id}${group.performer_id}`, group, onFilter }),
        ),
      ),
      pages.phase === "done" &&
        !pages.groups.length &&
        h("p", { className: `${PREFIX}-note` }, t("suggestions.none")),
      pages.phase === "done" &&
        pages.cursor &&
        h(components.TextButton, { onClick: pages.more }, t("show.more")),
    );
  }

  function Group({ group, onFilter }) {
    const t = StashFace.i18n.useText();
    const rows = (group.suggestions || []).map(StashFace.suggestions.row);
    const isPerson = Boolean(group.performer_id);
    const title =
      isPerson && rows[0]
        ? rows[0].best.name
        : String(group.title || (rows[0] && rows[0].title) || group.id || "");
    const show = () =>
      onFilter(
        isPerson
          ? { by: "suggestion", performer: group.performer_id }
          : { by: "suggestion", kind: group.kind, id: String(group.id) },
      );
    return h(
      "li",
      { className: `${PREFIX}-face`, "aria-label": title },
      h(
        "div",
        { className: `${PREFIX}-words` },
        h(
          bootstrap.Button,
          { variant: "link", className: `${PREFIX}-seen ${PREFIX}-grouped`, onClick: show },
          title,
          " (",
          group.count,
          ")",
        ),
        h(
          "div",
          { className: `${PREFIX}-images` },
          rows
            .slice(0, 8)
            .map((row) =>
              h(components.Picture, {
                key: row.id,
                src: row.thumbnail,
                alt: isPerson ? t("face.found") : row.best.name,
              }),
            ),
        ),
      ),
    );
  }

  components.Groups = Groups;
})(window.StashFace);
