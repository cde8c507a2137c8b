// What: one unknown person of the library: faces, where they are seen, a name, and who of them is
// somebody else.
// Active: on the review page. Depends on: ChoosePerformer.js, FaceCrop.js.
;(function (StashFace) {
  "use strict";

  const { React, h, components, api, PREFIX, bootstrap } = StashFace;

  const SHOWN = 6;
  const PATHS = { image: "images", scene: "scenes" };

  const ask = (args, signal) => api.operation({ mode: "unknown_people", ...args }, { signal });

  /** All faces of the person, item by item: [{kind, id, faces}]; null until they are there. */
  function useFaces(person) {
    const [found, show] = components.useLasting({ items: null, error: null });
    React.useEffect(() => {
      const control = new AbortController();
      ask({ person }, control.signal).then(
        ({ people: [each] }) => show({ items: StashFace.suggestions.byItem(each.faces), error: null }),
        (error) => !api.wasAborted(error) && show({ items: null, error }),
      );
      return () => control.abort();
    }, [person]);
    return found;
  }

  /** Faces to be chosen one by one or item by item; `onSplit(keys)` parts them from the others. */
  function Split({ person, busy, onSplit }) {
    const t = StashFace.i18n.useText();
    const { Link } = StashFace.stash.libraries.ReactRouterDOM;
    const { items, error } = useFaces(person.person);
    const [chosen, setChosen] = React.useState(new Set());
    const toggle = (keys) =>
      setChosen((now) => {
        const all = keys.every((key) => now.has(key));
        const next = new Set(now);
        keys.forEach((key) => (all ? next.delete(key) : next.add(key)));
        return next;
      });
    if (error) return h(components.Failed, { error });
    if (!items) return h(components.Busy, { text: t("loading") });
    const total = items.reduce((sum, item) => sum + item.faces.length, 0);
    return h(
      "div",
      { className: `${PREFIX}-others` },
      h("span", { className: `${PREFIX}-small` }, t("split.hint")),
      h(
        "div",
        { className: `${PREFIX}-toggles` },
        items.map((item) => {
          const keys = item.faces.map((face) => face.key);
          const name = `${t(`kind.${item.kind}`)} ${item.id}`;
          return h(
            "div",
            { key: name, className: `${PREFIX}-images` },
            h(bootstrap.Form.Check, {
              type: "checkbox",
              id: `${PREFIX}-split-${person.person}-${item.kind}-${item.id}`,
              className: `${PREFIX}-whole`,
              checked: keys.every((key) => chosen.has(key)),
              label: h(Link, { to: `/${PATHS[item.kind]}/${item.id}` }, name),
              onChange: () => toggle(keys),
            }),
            item.faces.map((face, index) =>
              h(
                "button",
                {
                  key: face.key,
                  type: "button",
                  className: `${PREFIX}-pick`,
                  "aria-pressed": chosen.has(face.key),
                  "aria-label": `${t("face.n", { n: index + 1 })}, ${name}`,
                  onClick: () => toggle([face.key]),
                },
                h(components.Picture, { src: StashFace.format.safeThumbnail(face.face_thumbnail), alt: "" }),
              ),
            ),
          );
        }),
      ),
      h(
        "div",
        null,
        h(
          bootstrap.Button,
          {
            variant: "success",
            size: "sm",
            disabled: busy || !chosen.size || chosen.size === total,
            onClick: () => onSplit([...chosen]),
          },
          t("split.n", { n: chosen.size }),
        ),
      ),
    );
  }

  /** `mark` is what was done; `on(action, args, told)` does it, `onUndo()` takes it back. */
  function UnknownCard({ person, state, mark, chosen, onChoose, on, onUndo }) {
    const t = StashFace.i18n.useText();
    const [open, setOpen] = components.useLasting(null);
    const toggle = (what) => setOpen(open === what ? null : what);
    const busy = Boolean(mark && mark.busy);
    const label = t("unknown.person", { n: Number(person.items) });
    const button = (text, onClick, rest) =>
      h(components.TextButton, { quiet: true, disabled: busy, onClick, ...rest }, text);
    const opens = (what, text, rest) =>
      button(text, () => toggle(what), { "aria-expanded": open === what, ...rest });
    return h(
      "li",
      { className: `${PREFIX}-face`, "aria-label": label, "aria-busy": busy },
      h(
        "div",
        { className: `${PREFIX}-images` },
        (person.faces || []).slice(0, SHOWN).map((face) =>
          h(components.Picture, {
            key: face.key,
            src: StashFace.format.safeThumbnail(face.face_thumbnail),
            alt: t("face.found"),
          }),
        ),
      ),
      h(
        "div",
        { className: `${PREFIX}-line` },
        h("span", { className: `${PREFIX}-small` }, label),
        person.guess &&
          h("span", { className: `${PREFIX}-small` }, t("unknown.guess", { name: String(person.guess.name) })),
      ),
      mark && mark.told
        ? h(components.Told, { text: t(...mark.told), busy, onUndo })
        : h(
            "div",
            { className: `${PREFIX}-tools` },
            opens("name", t("name"), { className: "" }),
            state === "open"
              ? button(t("ignore"), () => on("ignore", {}, () => ["ignored"]))
              : button(t("reopen"), () => on("reopen", {}, () => ["reopened"])),
            person.faces_total > 1 && opens("split", t("split")),
            h(bootstrap.Form.Check, {
              type: "checkbox",
              id: `${PREFIX}-person-${person.person}`,
              checked: chosen,
              label: t("choose.merge"),
              onChange: onChoose,
            }),
          ),
      mark && mark.error && h(components.Failed, { error: mark.error }),
      open === "split" &&
        h(Split, {
          person,
          busy,
          onSplit: (faces) => {
            setOpen(null);
            on("split", { faces });
          },
        }),
      open === "name" &&
        h(components.ChoosePerformer, {
          onClose: () => setOpen(null),
          onChoose: (who) => {
            const told = ({ suggested }) => ["named.n", { name: who.name, n: suggested }];
            on("name", { performer: who.localId }, told);
          },
        }),
    );
  }

  components.UnknownCard = UnknownCard;
})(window.StashFace);
