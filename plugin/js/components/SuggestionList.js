// What: suggestions page by page, decided by mouse or keyboard, each of them undone as easily.
// Active: on the review page. Depends on: SuggestionRow.js, SuggestionPages.js, Window.js.
;(function (StashFace) {
  "use strict";

  const { React, h, components, api, PREFIX, bootstrap } = StashFace;

  const KEYS = { a: "accept", r: "reject", l: "later", u: "undo" };
  // How far from the end of the list the next page is asked for.
  const AHEAD = "4000px";
  const DONE = { accept: "accepted", reject: "rejected", later: "later" };

  /** Decides rows, each at most once at a time; [marks, decide(rows, decision, create)]. */
  function useDecisions() {
    const [marks, setMarks] = components.useLasting({});
    const current = React.useRef(marks);
    current.current = marks;
    const put = (ids, make) =>
      setMarks((now) => ({ ...now, ...Object.fromEntries(ids.map((id) => [id, make(now[id])])) }));
    const decide = async (rows, decision, create) => {
      const ids = rows
        .map((row) => row.id)
        .filter((id) => !current.current[id] || current.current[id].state !== "busy");
      if (!ids.length) return;
      put(ids, (mark) => ({ ...mark, state: "busy", error: null }));
      try {
        let left = ids;
        while (left.length) {
          const answer = await api.operation({ mode: "decide", suggestions: left, decision, create });
          for (const each of answer.decided) {
            put([String(each.suggestion)], () => markOf(each, decision));
            StashFace.library.forget(each.changed || {});
          }
          left = answer.left && answer.decided.length ? answer.left.map(String) : [];
        }
      } catch (error) {
        put(ids, (mark) => (mark && mark.state === "busy" ? { ...mark, state: "failed", error } : mark));
      }
    };
    return [marks, decide];
  }

  function markOf(each, decision) {
    if (each.problem) return { error: new api.Failure(String(each.problem)) };
    return decision === "undo" ? null : { done: DONE[decision], note: each.note ? String(each.note) : null };
  }

  /** `act(name, …)` calls what `acts` has under that name now, and is itself always the same. */
  function useSteady(acts) {
    const latest = React.useRef(acts);
    latest.current = acts;
    return React.useCallback((name, ...args) => latest.current[name](...args), []);
  }

  /** Drawn anew only where something of it has changed. */
  const Row = React.memo(({ row, index, act, isFiltered, ...shown }) =>
    h(components.SuggestionRow, {
      ...shown,
      row,
      index,
      on: (decision) => act("decide", row, index, decision),
      onFocus: () => act("focus", row, index),
      onPerson: isFiltered ? null : () => act("person", row),
      onWhy: () => act("why", row),
    }),
  );

  function SuggestionList({ filters, onFilter }) {
    const t = StashFace.i18n.useText();
    const boxes = StashFace.library.useBoxes();
    const [choices, change] = StashFace.preferences.useChoices();
    const pages = components.usePages(filters);
    const [marks, decide] = useDecisions();
    const [at, setAt] = components.useLasting(-1);
    const [why, setWhy] = components.useLasting(null);
    const { rows } = pages;
    const list = React.useRef(null);
    const keys = React.useMemo(() => rows.map((row) => row.id), [rows]);
    const shown = components.useWindow(list, keys);
    React.useEffect(() => setAt(-1), [filters]);
    React.useEffect(() => void (at >= 0 && shown.reveal(at)), [at]);
    const run = (row, index, decision) => {
      if (decision !== "undo") {
        const next = StashFace.suggestions.nextOpen(rows, { ...marks, [row.id]: {} }, index);
        if (next >= 0) setAt(next);
      }
      return decide([row], decision, choices.create || !row.best.localId);
    };
    const act = useSteady({
      decide: run,
      focus: (row, index) => setAt(index),
      person: (row) => onFilter({ performer: row.best.id }),
      why: (row) => setWhy((now) => (now === row.id ? null : row.id)),
    });
    const onKeyDown = (event) => keyPressed(event, { rows, at, setAt, run, setWhy });
    const open = rows.filter(
      (row) =>
        row.state === "open" &&
        row.sure &&
        (choices.create || row.best.localId) &&
        !(marks[row.id] && (marks[row.id].done || marks[row.id].error)),
    );
    return h(
      React.Fragment,
      null,
      h(
        "div",
        { className: `${PREFIX}-head` },
        h(
          "div",
          { className: `${PREFIX}-title`, role: "status" },
          pages.total === null ? t("loading") : t("suggestions.n", { n: pages.total }),
        ),
        h(
          "span",
          { className: `${PREFIX}-toggles` },
          h(bootstrap.Form.Check, {
            type: "checkbox",
            id: `${PREFIX}-create-all`,
            checked: choices.create,
            label: t("create.all"),
            onChange: () => change({ create: !choices.create }),
          }),
          h(
            bootstrap.Button,
            {
              variant: "success",
              size: "sm",
              disabled: !open.length,
              onClick: () => decide(open.slice(0, 500), "accept", choices.create),
            },
            t("accept.sure", { n: open.length }),
          ),
        ),
      ),
      h("p", { className: `${PREFIX}-note ${PREFIX}-keys` }, t("keys")),
      pages.phase === "failed" && h(components.Failed, { error: pages.error, onAgain: pages.reload }),
      h("div", { style: { height: shown.above } }),
      h(
        "ul",
        { ref: list, className: `${PREFIX}-list`, onKeyDown, tabIndex: 0, "aria-label": t("suggestions") },
        rows.slice(shown.first, shown.end).map((row, offset) =>
          h(Row, {
            key: row.id,
            row,
            index: shown.first + offset,
            total: pages.total,
            boxes,
            act,
            mark: marks[row.id],
            active: shown.first + offset === at,
            why: why === row.id,
            isFiltered: Boolean(filters.performer),
          }),
        ),
      ),
      h("div", { style: { height: shown.below } }),
      pages.phase === "done" &&
        !rows.length &&
        h("p", { className: `${PREFIX}-note` }, t("suggestions.none")),
      pages.phase === "running" && h(components.Busy, { text: t("loading") }),
      pages.phase === "done" && pages.cursor && h(More, { onMore: pages.more }),
    );
  }

  /** The keys of the list: letters decide, arrows (or j and k) move. */
  function keyPressed(event, { rows, at, setAt, run, setWhy }) {
    if (
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)
    )
      return;
    const move = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    const row = rows[at];
    if (move && rows.length) setAt(Math.min(rows.length - 1, Math.max(0, at + move)));
    else if (row && KEYS[event.key]) run(row, at, KEYS[event.key]);
    else if (row && event.key === "w") setWhy((now) => (now === row.id ? null : row.id));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The next page comes by itself some screens ahead, and by a click. */
  function More({ onMore }) {
    const t = StashFace.i18n.useText();
    const place = React.useRef(null);
    React.useEffect(() => {
      const observer = new IntersectionObserver(([entry]) => entry.isIntersecting && onMore(), {
        rootMargin: AHEAD,
      });
      observer.observe(place.current);
      return () => observer.disconnect();
    }, []);
    return h(
      "div",
      { ref: place, className: `${PREFIX}-toggles` },
      h(components.TextButton, { onClick: onMore }, t("show.more")),
    );
  }

  components.SuggestionList = SuggestionList;
})(window.StashFace);
