// What: people whom nobody named, across the whole library: name, merge, ignore.
// Active: on the review page. Depends on: ChoosePerformer.js, FaceCrop.js.
;(function (StashFace) {
  "use strict";

  const { React, h, components, api, PREFIX, bootstrap } = StashFace;

  const ask = (args, signal) => api.operation({ mode: "unknown_people", ...args }, { signal });

  /** Groups what came since, slice by slice, and reads the list. */
  function usePeople(state) {
    const [shown, show] = components.useLasting({
      people: [],
      cursor: null,
      left: 0,
      phase: "running",
      error: null,
    });
    const control = React.useRef(null);
    const read = React.useCallback(
      async (cursor) => {
        if (control.current) control.current.abort();
        const { signal } = (control.current = new AbortController());
        show((now) => ({ ...now, ...(cursor ? {} : { people: [] }), phase: "running", error: null }));
        try {
          for (let grouped = Boolean(cursor); !grouped;) {
            const slice = await ask({ action: "refresh", budget_s: 5 }, signal);
            grouped = slice.done;
            show((now) => ({ ...now, left: slice.left }));
          }
          const page = await ask(cursor ? { state, cursor } : { state }, signal);
          show((now) => ({
            people: [...(cursor ? now.people : []), ...page.people],
            cursor: page.cursor,
            left: 0,
            total: page.total,
            phase: "done",
            error: null,
          }));
        } catch (error) {
          if (!api.wasAborted(error)) show((now) => ({ ...now, phase: "failed", error }));
        }
      },
      [state],
    );
    React.useEffect(() => {
      read(null);
      return () => control.current && control.current.abort();
    }, [read]);
    return {
      ...shown,
      read,
      remove: (ids) =>
        show((now) => ({ ...now, people: now.people.filter((each) => !ids.includes(each.person)) })),
    };
  }

  function UnknownPeople() {
    const t = StashFace.i18n.useText();
    const [state, setState] = components.useLasting("open");
    const [chosen, setChosen] = components.useLasting([]);
    const [error, setError] = components.useLasting(null);
    const list = usePeople(state);
    const toggle = (id) =>
      setChosen((now) => (now.includes(id) ? now.filter((each) => each !== id) : [...now, id]));
    const merge = async () => {
      setError(null);
      try {
        const [into, ...others] = chosen;
        for (const person of others) await ask({ action: "merge", person, into });
        setChosen([]);
        await list.read(null);
      } catch (failure) {
        setError(failure);
      }
    };
    const busy = list.left > 0 ? t("unknown.left", { n: list.left }) : t("loading");
    return h(
      "div",
      null,
      h(
        "div",
        { className: `${PREFIX}-head` },
        h(
          "select",
          {
            className: `btn-secondary form-control ${PREFIX}-state`,
            "aria-label": t("filter.state"),
            value: state,
            onChange: (event) => {
              setChosen([]);
              setState(event.target.value);
            },
          },
          ["open", "ignored"].map((value) => h("option", { key: value, value }, t(`unknown.${value}`))),
        ),
        chosen.length > 1 &&
          h(
            bootstrap.Button,
            { variant: "secondary", size: "sm", onClick: merge },
            t("merge", { n: chosen.length }),
          ),
      ),
      error && h(components.Failed, { error }),
      list.phase === "failed" && h(components.Failed, { error: list.error, onAgain: () => list.read(null) }),
      h(
        "ul",
        { className: `${PREFIX}-list ${PREFIX}-grid` },
        list.people.map((person) =>
          h(Person, {
            key: person.person,
            person,
            state,
            chosen: chosen.includes(person.person),
            onChoose: () => toggle(person.person),
            onGone: () => list.remove([person.person]),
          }),
        ),
      ),
      list.phase === "done" &&
        !list.people.length &&
        h("p", { className: `${PREFIX}-note` }, t("unknown.none")),
      list.phase === "running" && h(components.Busy, { text: busy }),
      list.phase === "done" &&
        list.cursor &&
        h(
          bootstrap.Button,
          { variant: "secondary", size: "sm", onClick: () => list.read(list.cursor) },
          t("show.more"),
        ),
    );
  }

  function Person({ person, state, chosen, onChoose, onGone }) {
    const t = StashFace.i18n.useText();
    const [open, setOpen] = components.useLasting(false);
    const [work, setWork] = components.useLasting({ phase: "idle" });
    const run = async (args) => {
      setWork({ phase: "busy" });
      try {
        await ask({ person: person.person, ...args });
        await StashFace.library.refresh();
        onGone();
      } catch (error) {
        setWork({ phase: "failed", error });
      }
    };
    const busy = work.phase === "busy";
    const label = t("unknown.person", { n: Number(person.items) });
    const button = (text, onClick, rest) =>
      h(bootstrap.Button, { variant: "secondary", size: "sm", disabled: busy, onClick, ...rest }, text);
    return h(
      "li",
      { className: `${PREFIX}-face`, "aria-label": label, "aria-busy": busy },
      h(
        "div",
        { className: `${PREFIX}-images` },
        (person.faces || [])
          .slice(0, 6)
          .map((face) =>
            h(components.Picture, {
              key: face.key,
              src: StashFace.format.safeThumbnail(face.face_thumbnail),
              alt: t("face.found"),
            }),
          ),
      ),
      h(
        "div",
        { className: `${PREFIX}-tools` },
        h("span", { className: `${PREFIX}-small` }, label),
        button(t("name"), () => setOpen(!open), { "aria-expanded": open }),
        state === "open"
          ? button(t("ignore"), () => run({ action: "ignore" }), { className: "minimal" })
          : button(t("reopen"), () => run({ action: "reopen" }), { className: "minimal" }),
        h(bootstrap.Form.Check, {
          type: "checkbox",
          id: `${PREFIX}-person-${person.person}`,
          checked: chosen,
          label: t("choose.merge"),
          onChange: onChoose,
        }),
      ),
      work.phase === "failed" && h(components.Failed, { error: work.error }),
      open &&
        h(components.ChoosePerformer, {
          onClose: () => setOpen(false),
          onChoose: (who) => {
            setOpen(false);
            run({ action: "name", performer: String(who.id) });
          },
        }),
    );
  }

  components.UnknownPeople = UnknownPeople;
})(window.StashFace);
