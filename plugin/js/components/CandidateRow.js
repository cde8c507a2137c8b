// What: one proposed person: the face beside the reference, name, how sure, in the library or not,
// and what can be done about it.
// Active: on every page of the plugin. Depends on: FaceCrop.js, format.js.
;(function (StashFace) {
  "use strict";

  const { h, components, PREFIX, bootstrap } = StashFace;

  /** The confidence as a word and a number; the evidence is a tooltip. */
  function Confidence({ person, decision }) {
    const t = StashFace.i18n.useText();
    const word = StashFace.format.confidenceWord(person.confidence);
    if (!word) return null;
    const models = Object.entries(person.distances).map(
      ([name, value]) => `${name} ${Number(value).toFixed(2)}`,
    );
    const facts = [
      t("evidence.distance", { distance: Number(person.distance || 0).toFixed(2) }),
      typeof person.margin === "number" && t("evidence.margin", { margin: person.margin.toFixed(2) }),
      ...models,
    ].filter(Boolean);
    return h(
      "span",
      { className: `${PREFIX}-confidence ${PREFIX}-${decision || "other"}`, title: facts.join("\n") },
      h("span", null, t(word)),
      " ",
      h("span", { className: `${PREFIX}-number` }, t.percent(person.confidence)),
    );
  }

  /** The name: a link to the performer in Stash where there is one. */
  function Name({ person }) {
    const { Link } = StashFace.stash.libraries.ReactRouterDOM;
    const t = StashFace.i18n.useText();
    const link = StashFace.format.safeLink(person.link);
    return h(
      "span",
      { className: `${PREFIX}-name` },
      person.localId
        ? h(Link, { to: `/performers/${person.localId}` }, person.name)
        : h("span", null, person.name),
      link &&
        h(
          "a",
          {
            href: link,
            target: "_blank",
            rel: "noopener noreferrer",
            className: `${PREFIX}-out`,
            "aria-label": t("link.box", { name: person.name }),
            title: StashFace.format.hostOf(link),
          },
          h(components.Icon, { name: "faExternalLinkAlt" }),
        ),
    );
  }

  /** In the library or not, or on the item already. */
  function Whereabouts({ person }) {
    const t = StashFace.i18n.useText();
    const key = person.tagged ? "state.tagged" : person.localId ? "state.library" : "state.new";
    return h("span", { className: `${PREFIX}-where` }, t(key));
  }

  /**
   * `left` is the picture of the face, or null in a list of alternatives; `children` are the
   * row's buttons, `note` a line below the name, `where` whether the library is spoken of.
   */
  function CandidateRow({ person, decision, boxes, left, note, where = true, children }) {
    return h(
      "div",
      { className: `${PREFIX}-row` },
      h("div", { className: `${PREFIX}-pair` }, left, h(components.Reference, { person, boxes })),
      h(
        "div",
        { className: `${PREFIX}-words` },
        h(Name, { person }),
        h(
          "span",
          { className: `${PREFIX}-line` },
          h(Confidence, { person, decision }),
          where && h(Whereabouts, { person }),
        ),
        note && h("span", { className: `${PREFIX}-small` }, note),
      ),
      children && h("div", { className: `${PREFIX}-actions` }, children),
    );
  }

  /** The best candidate of a row, or its face alone where nobody is named. */
  function RowHead({ row, boxes, left }) {
    const t = StashFace.i18n.useText();
    if (row.best)
      return h(CandidateRow, {
        person: row.best,
        decision: row.decision,
        boxes,
        left,
        note: t.reason(row.reason),
      });
    return h(
      "div",
      { className: `${PREFIX}-row` },
      h("div", { className: `${PREFIX}-pair` }, left),
      h(
        "div",
        { className: `${PREFIX}-words` },
        h("span", { className: `${PREFIX}-name` }, t("unknown")),
        h("span", { className: `${PREFIX}-small` }, t.reason(row.reason)),
      ),
    );
  }

  /** Who else it could be. */
  function Others({ people, boxes, busy, onAdd }) {
    return h(
      "div",
      { className: `${PREFIX}-others` },
      people.map((person) =>
        h(
          CandidateRow,
          { key: person.id, person, boxes },
          !person.tagged && h(AddButton, { person, busy, onAdd: () => onAdd(person) }),
        ),
      ),
    );
  }

  /** *Add*, or *Create and add* for somebody who is not in the library yet. */
  function AddButton({ person, busy, onAdd }) {
    const t = StashFace.i18n.useText();
    const create = !person.localId;
    const label = t(create ? "create.for" : "add.for", { name: person.name });
    return h(
      bootstrap.Button,
      {
        variant: create ? "secondary" : "success",
        size: "sm",
        disabled: busy,
        onClick: onAdd,
        title: label,
        "aria-label": label,
      },
      h(components.Icon, { name: create ? "faUserPlus" : "faCheck" }),
      " ",
      t(create ? "create" : "add"),
    );
  }

  /** What was done with the row, and the way back. */
  function Done({ mark, busy, onUndo }) {
    const t = StashFace.i18n.useText();
    const text = ["rejected", "ignored"].includes(mark.state) ? mark.state : "added";
    const told = [t(text, { name: mark.name }), mark.note].filter(Boolean).join(" ");
    return h(components.Told, { text: told, busy, onUndo });
  }

  /** The item that a row of the review page speaks of. */
  function ItemLink({ row }) {
    const t = StashFace.i18n.useText();
    const { Link } = StashFace.stash.libraries.ReactRouterDOM;
    return h(Link, { to: row.path, className: `${PREFIX}-item` }, t(`kind.${row.kind}`), " ", row.title);
  }

  components.ItemLink = ItemLink;
  components.Done = Done;
  components.RowHead = RowHead;
  components.Others = Others;
  components.Confidence = Confidence;
  components.CandidateRow = CandidateRow;
  components.AddButton = AddButton;
})(window.StashFace);
