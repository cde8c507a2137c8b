// What: a list of suggestions as it is read, page by page.
// Active: on the review page. Depends on: suggestions.js, base.js.
;(function (StashFace) {
  "use strict";

  const { React, components, api } = StashFace;

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

  components.usePages = usePages;
})(window.StashFace);
