// What: suggestions page by page, decided by mouse or keyboard, each of them undone as easily.
// Active: on the review page. Depends on: SuggestionRow.js.
;(function (StashFace) {
  "use strict";

  const { React, h, components, api, PREFIX, bootstrap } = StashFace;

  const KEYS = { a: "accept", r: "reject", l: "later", u: "undo" };
  const DONE = { accept: "accepted", reject: "rejected", later: "later" };

  /** The rows so far, and how to get more; begins anew when the filters change. */
  function usePages(filters) {
    const [state, setState] = components.useLasting({
      rows: [],
      groups: [],
      cursor: null,
      total: null,
      phase: "running",
      error: null,
    });
    const wanted = JSON.stringify(filters);
    const control = React.useRef(null);
    const fetchPage = React.useCallback(
      async (cursor, before) => {
        if (control.current) control.current.abort();
        const own = (control.current = new AbortController());
        setState((now) => ({
          ...now,
          ...(cursor ? {} : { rows: [], groups: [] }),
          phase: "running",
          error: null,
        }));
        try {
          const page = await api.operation(StashFace.suggestions.query(JSON.parse(wanted), cursor), {
            signal: own.signal,
          });
          const rows = [...(cursor ? before : []), ...page.suggestions.map(StashFace.suggestions.row)];
          setState((now) => ({
            rows,
            groups: [...(cursor ? now.groups : []), ...page.groups],
            cursor: page.cursor,
            total: typeof page.total === "number" ? page.total : now.total,
            counts: page.counts,
            phase: "done",
            error: null,
          }));
        } catch (error) {
          if (!api.wasAborted(error)) setState((now) => ({ ...now, phase: "failed", error }));
        }
      },
      [wanted],
    );
    React.useEffect(() => {
      fetchPage(null, []);
      return () => control.current && control.current.abort();
    }, [fetchPage]);
    return { ...state, more: () => fetchPage(state.cursor, state.rows), reload: () => fetchPage(null, []) };
  }

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

  function SuggestionList({ filters, onFilter }) {
    const t = StashFace.i18n.useText();
    const boxes = StashFace.library.useBoxes();
    const [choices, change] = StashFace.preferences.useChoices();
    const pages = usePages(filters);
    const [marks, decide] = useDecisions();
    const [at, setAt] = components.useLasting(-1);
    const [why, setWhy] = components.useLasting(null);
    const { rows } = pages;
    React.useEffect(() => setAt(-1), [filters]);
    const run = (row, index, decision) => {
      if (decision !== "undo") {
        const next = StashFace.suggestions.nextOpen(rows, { ...marks, [row.id]: {} }, index);
        if (next >= 0) setAt(next);
      }
      return decide([row], decision, choices.create || !row.best.localId);
    };
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
      h(
        "ul",
        { className: `${PREFIX}-list`, onKeyDown, tabIndex: 0, "aria-label": t("suggestions") },
        rows.map((row, index) =>
          h(components.SuggestionRow, {
            key: row.id,
            row,
            boxes,
            mark: marks[row.id],
            active: index === at,
            why: why === row.id,
            onFocus: () => setAt(index),
            on: (decision) => run(row, index, decision),
            onWhy: () => setWhy(why === row.id ? null : row.id),
            onPerson: filters.performer ? null : () => onFilter({ performer: row.best.id }),
          }),
        ),
      ),
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

  /** The next page comes by itself when its place is reached, and by a click. */
  function More({ onMore }) {
    const t = StashFace.i18n.useText();
    const place = React.useRef(null);
    React.useEffect(() => {
      const observer = new IntersectionObserver(([entry]) => entry.isIntersecting && onMore(), {
        rootMargin: "600px",
      });
      observer.observe(place.current);
      return () => observer.disconnect();
    });
    return h(
      "div",
      { ref: place, className: `${PREFIX}-toggles` },
      h(bootstrap.Button, { variant: "secondary", size: "sm", onClick: onMore }, t("show.more")),
    );
  }

  components.SuggestionList = SuggestionList;
  components.usePages = usePages;
})(window.StashFace);
