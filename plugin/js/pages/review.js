// What: the plugin's own page: suggestions to decide, runs to undo, health and first steps.
// Active: at /plugins/stash-face, with an icon in Stash's navigation. Depends on: SuggestionList.js,
// Groups.js, UnknownPeople.js, Tuning.js, Runs.js, Health.js. Without register.route or the navigation: there is no page or icon.
;(function (StashFace) {
  "use strict";

  const { React, h, components, pages, PREFIX } = StashFace;

  const PATH = "/plugins/stash-face";
  const START = { by: "suggestion", state: "open", kind: "", least: "", source: "", text: "", performer: "", id: "" };
  const FILTERS = [
    ["by", ["suggestion", "item", "person"]],
    ["state", ["open", "accepted", "rejected", "later"]],
    ["kind", ["", "image", "gallery", "scene", "performer"]],
    ["least", ["", "0.6", "0.9", "0.99"]],
    ["source", ["", "faces", "unknown_people", "picture", "stash_ids", "user"]],
  ];
  const TABS = ["suggestions", "unknown", "tuning", "runs", "health"];

  function Filters({ filters, onFilter }) {
    const t = StashFace.i18n.useText();
    const [text, setText] = React.useState(filters.text);
    React.useEffect(() => {
      const timer = setTimeout(() => text !== filters.text && onFilter({ text }), 300);
      return () => clearTimeout(timer);
    }, [text]);
    return h(
      "form",
      { className: `${PREFIX}-filters`, onSubmit: (event) => event.preventDefault() },
      FILTERS.map(([name, values]) =>
        h(
          "select",
          {
            key: name,
            className: "btn-secondary form-control",
            "aria-label": t(`filter.${name}`),
            value: filters[name],
            onChange: (event) =>
              onFilter({ [name]: event.target.value, ...(name === "kind" ? { id: "" } : {}) }),
          },
          values.map((value) => h("option", { key: value, value }, t(`filter.${name}.${value || "all"}`))),
        ),
      ),
      h("input", {
        type: "search",
        className: "form-control text-input",
        placeholder: t("filter.text"),
        "aria-label": t("filter.text"),
        value: text,
        onChange: (event) => setText(event.target.value),
      }),
      (filters.performer || filters.id) &&
        h(
          components.TextButton,
          { onClick: () => onFilter({ performer: "", id: "", kind: "" }) },
          t("filter.everybody"),
        ),
    );
  }

  function Suggestions() {
    const { search } = StashFace.stash.libraries.ReactRouterDOM.useLocation();
    const [filters, setFilters] = React.useState(() => ({
      ...START,
      ...StashFace.suggestions.addressed(search),
    }));
    const onFilter = React.useCallback((some) => setFilters((now) => ({ ...now, ...some })), []);
    const List = filters.by === "suggestion" ? components.SuggestionList : components.Groups;
    return h(React.Fragment, null, h(Filters, { filters, onFilter }), h(List, { filters, onFilter }));
  }

  const VIEWS = {
    suggestions: Suggestions,
    unknown: components.UnknownPeople,
    tuning: components.Tuning,
    runs: components.Runs,
    health: components.Health,
  };

  function ReviewPage() {
    const t = StashFace.i18n.useText();
    const [tab, setTab] = React.useState("suggestions");
    React.useEffect(() => {
      const before = document.title;
      document.title = `${t("review")} · Stash`;
      return () => {
        document.title = before;
      };
    }, [t]);
    return h(
      "div",
      { className: `${PREFIX}-page` },
      h("h1", { className: `${PREFIX}-h1` }, t("review")),
      h(
        "div",
        { className: `${PREFIX}-tabs`, role: "tablist", "aria-label": t("review") },
        TABS.map((name) =>
          h(
            "button",
            {
              key: name,
              type: "button",
              role: "tab",
              id: `${PREFIX}-tab-${name}`,
              "aria-selected": tab === name,
              "aria-controls": `${PREFIX}-view`,
              onClick: () => setTab(name),
            },
            t(`tab.${name}`),
          ),
        ),
      ),
      h(
        "section",
        {
          id: `${PREFIX}-view`,
          role: "tabpanel",
          "aria-labelledby": `${PREFIX}-tab-${tab}`,
          className: `${PREFIX}-panel`,
        },
        h(VIEWS[tab]),
      ),
    );
  }

  function NavButton() {
    const t = StashFace.i18n.useText();
    const { NavLink } = StashFace.stash.libraries.ReactRouterDOM;
    // Stash leaves its phone menu open over the page for links that are not its own.
    const close = () => setTimeout(() => document.body.click(), 0);
    return h(
      NavLink,
      {
        className: `nav-utility btn btn-primary minimal d-flex align-items-center ${PREFIX}-nav`,
        to: PATH,
        onClick: close,
        title: t("review"),
        "aria-label": t("review"),
      },
      h(components.Icon, { name: "faUserTag" }),
    );
  }

  pages.review = { PATH, ReviewPage, NavButton };
})(window.StashFace);
