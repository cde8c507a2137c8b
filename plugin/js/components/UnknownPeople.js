// What: people whom nobody named, across the whole library: name, merge, split, ignore, and undo.
// Active: on the review page. Depends on: UnknownCard.js.
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
    const put = (change) => show((now) => ({ ...now, people: change(now.people) }));
    return { ...shown, read, put };
  }

  /** The list with these people as they are now: those who are new come behind `after`. */
  function replaced(people, answered, after) {
    const now = new Map(answered.map((each) => [each.person, each]));
    const found = people.map((each) => now.get(each.person) || each);
    const known = new Set(people.map((each) => each.person));
    const place = found.findIndex((each) => each.person === after) + 1;
    found.splice(place, 0, ...answered.filter((each) => !known.has(each.person)));
    return found.filter((each) => !now.has(each.person) || each.faces_total > 0);
  }

  /** What was done with whom, by number, and how it is done and taken back. */
  function useMarks(list) {
    const [marks, setMarks] = components.useLasting({});
    const put = (person, mark) => setMarks((now) => ({ ...now, [person]: mark }));
    /** Shows how `work` goes; it gives the mark to keep. */
    const run = async (person, work) => {
      const before = marks[person];
      put(person, { ...before, busy: true, error: null });
      try {
        put(person, await work());
      } catch (error) {
        put(person, { ...before, busy: false, error });
      }
    };
    const shown = ({ people }, after) => list.put((now) => replaced(now, people, after));
    const split = async (person, faces) => {
      const answer = await ask({ action: "split", person, faces });
      shown(answer, person);
      const other = answer.people[1].person;
      return { told: ["parted"], undo: () => merge(other, person) };
    };
    const merge = async (person, into) => {
      const { people } = await ask({ action: "merge", person, into });
      list.put((now) => replaced(now, people).filter((each) => each.person !== person));
      return null;
    };
    const on = (person, action, args, told) =>
      run(person, async () => {
        if (action === "split") return split(person, args.faces);
        const answer = await ask({ action, person, ...args });
        if (action === "name") await StashFace.library.refresh();
        const back = action === "reopen" ? "ignore" : "reopen";
        return { told: told(answer), undo: () => ask({ action: back, person }).then(() => null) };
      });
    /** Makes one person of several; the way back gives each of them their faces. */
    const mergeAll = (chosen) => {
      const [into, ...others] = chosen;
      return run(into, async () => {
        const parts = [];
        for (const person of others) {
          const { people } = await ask({ person });
          await merge(person, into);
          parts.push({ person, faces: people[0].faces.map((face) => face.key) });
        }
        const undo = async () => {
          for (const part of parts)
            shown(await ask({ action: "split", person: into, faces: part.faces, into: part.person }), into);
          return null;
        };
        return { told: ["merged"], undo };
      });
    };
    return { marks, on, mergeAll, takeBack: (person) => run(person, marks[person].undo) };
  }

  function UnknownPeople() {
    const t = StashFace.i18n.useText();
    const [state, setState] = components.useLasting("open");
    const list = usePeople(state);
    const busy = list.left > 0 ? t("unknown.left", { n: list.left }) : t("loading");
    return h(
      "div",
      null,
      h(People, { key: state, list, state, onState: setState }),
      list.phase === "failed" && h(components.Failed, { error: list.error, onAgain: () => list.read(null) }),
      list.phase === "done" &&
        !list.people.length &&
        h("p", { className: `${PREFIX}-note` }, t("unknown.none")),
      list.phase === "running" && h(components.Busy, { text: busy }),
      list.phase === "done" &&
        list.cursor &&
        h(
          components.TextButton,
          { onClick: () => list.read(list.cursor) },
          t("show.more"),
        ),
    );
  }

  function People({ list, state, onState }) {
    const t = StashFace.i18n.useText();
    const { marks, on, mergeAll, takeBack } = useMarks(list);
    const [chosen, setChosen] = components.useLasting([]);
    const toggle = (id) =>
      setChosen((now) => (now.includes(id) ? now.filter((each) => each !== id) : [...now, id]));
    const merge = () => {
      setChosen([]);
      mergeAll(chosen);
    };
    return h(
      React.Fragment,
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
            onChange: (event) => onState(event.target.value),
          },
          ["open", "ignored"].map((value) => h("option", { key: value, value }, t(`unknown.${value}`))),
        ),
        chosen.length > 1 &&
          h(
            bootstrap.Button,
            { variant: "success", size: "sm", onClick: merge },
            t("merge", { n: chosen.length }),
          ),
      ),
      h(
        "ul",
        { className: `${PREFIX}-list ${PREFIX}-grid` },
        list.people.map((person) =>
          h(components.UnknownCard, {
            key: person.person,
            person,
            state,
            mark: marks[person.person],
            chosen: chosen.includes(person.person),
            onChoose: () => toggle(person.person),
            on: (...args) => on(person.person, ...args),
            onUndo: () => takeBack(person.person),
          }),
        ),
      ),
    );
  }

  components.UnknownPeople = UnknownPeople;
  StashFace.unknown = { replaced };
})(window.StashFace);
