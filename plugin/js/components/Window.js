// What: of a long list only the rows near the screen are mounted, a few more with each picture, so
// that neither its length nor a jump in it is felt.
// Active: on the review page. Depends on: base.js. Without ResizeObserver: rows count as alike high.
;(function (StashFace) {
  "use strict";

  const { React, components } = StashFace;

  // Mounted above and below the screen as well.
  const MARGIN_PX = 900;
  // A row takes some milliseconds; a picture of the screen has sixteen.
  const ROWS_AT_ONCE = 2;
  // Until a row was seen.
  const ROW_PX = 112;

  /** Where each row begins, and where the last one ends; heights that are not known are the mean. */
  function offsets(keys, heights) {
    const known = [...heights.values()];
    const mean = known.length ? known.reduce((sum, each) => sum + each, 0) / known.length : ROW_PX;
    const found = [0];
    keys.forEach((key, index) => found.push(found[index] + (heights.get(key) || mean)));
    return found;
  }

  /** [first, end) of the rows that reach into the stretch from `top` to `bottom`. */
  function within(places, top, bottom) {
    const rows = places.length - 1;
    let first = 0;
    while (first < rows - 1 && places[first + 1] <= top) first += 1;
    let end = first;
    while (end < rows && places[end] < bottom) end += 1;
    return [first, end];
  }

  /** The rows to mount now, on the way from those that are mounted to `wanted`; `seen` come first. */
  function stepped([first, end], wanted, seen) {
    const overlaps = first < wanted[1] && end > wanted[0] && first < end;
    let [from, to] = overlaps
      ? [Math.max(first, wanted[0]), Math.min(end, wanted[1])]
      : [seen[0], seen[0]];
    const down = Math.min(ROWS_AT_ONCE, wanted[1] - to);
    to += down;
    from = Math.max(wanted[0], from - (ROWS_AT_ONCE - down));
    return [from, to];
  }

  /** Tells of every row in `list` how high it is, also when that changes. */
  function useHeights(list, tell) {
    const observer = React.useRef(null);
    const watched = React.useRef(new Set());
    React.useEffect(() => {
      if (!window.ResizeObserver) return undefined;
      observer.current = new ResizeObserver((entries) =>
        tell(
          entries
            .filter(({ target }) => target.isConnected)
            .map(({ target }) => [target.dataset.key, target.offsetHeight]),
        ),
      );
      return () => observer.current.disconnect();
    }, []);
    React.useEffect(() => {
      if (!observer.current || !list.current) return;
      const here = new Set(list.current.children);
      watched.current.forEach((row) => here.has(row) || observer.current.unobserve(row));
      here.forEach((row) => watched.current.has(row) || observer.current.observe(row));
      watched.current = here;
    });
  }

  /**
   * Of the rows `keys` (each element in `list` has its own as data-key) which are mounted: {first,
   * end}, how much room is `above` and `below` them, and `reveal(index)`, which scrolls to one.
   */
  function useWindow(list, keys) {
    const heights = React.useRef(new Map());
    const [measured, count] = components.useLasting(0);
    const [[first, end], setShown] = components.useLasting([0, 0]);
    const places = React.useMemo(() => offsets(keys, heights.current), [keys, measured]);
    const now = React.useRef(null);
    now.current = { first, keys, places };
    const settle = React.useCallback(() => {
      const { first: from, places: all } = now.current;
      if (!list.current) return;
      const top = all[Math.min(from, all.length - 1)] - list.current.getBoundingClientRect().top;
      const seen = within(all, top, top + window.innerHeight);
      const wanted = within(all, top - MARGIN_PX, top + window.innerHeight + MARGIN_PX);
      setShown((mounted) => {
        const next = stepped(mounted, wanted, seen);
        return next[0] === mounted[0] && next[1] === mounted[1] ? mounted : next;
      });
    }, []);
    useHeights(list, (found) => {
      const { places: all, keys: known } = now.current;
      const isNews = ([key, height]) => {
        const index = known.indexOf(key, now.current.first);
        return index >= 0 && Math.abs(all[index + 1] - all[index] - height) > 0.5;
      };
      const news = found.some(isNews);
      found.forEach(([key, height]) => heights.current.set(key, height));
      if (news) count((n) => n + 1);
    });
    useSettled(settle, [places, first, end]);
    useKeptFocus(list, [first, end]);
    const reveal = (index) => {
      if (index >= first && index < end) return;
      const top = list.current.getBoundingClientRect().top - places[first] + places[index];
      window.scrollBy(0, top - window.innerHeight / 3);
    };
    const last = Math.min(end, keys.length);
    const above = places[Math.min(first, keys.length)];
    return { first, end: last, above, below: places[keys.length] - places[last], reveal };
  }

  /** Calls `settle` with the next picture after scrolling, and until nothing of `state` changes. */
  function useSettled(settle, state) {
    const frame = React.useRef(null);
    const soon = React.useCallback(() => {
      if (frame.current === null)
        frame.current = requestAnimationFrame(() => {
          frame.current = null;
          settle();
        });
    }, []);
    React.useEffect(soon, state);
    React.useEffect(() => {
      window.addEventListener("scroll", soon, { passive: true });
      window.addEventListener("resize", soon);
      return () => {
        cancelAnimationFrame(frame.current);
        window.removeEventListener("scroll", soon);
        window.removeEventListener("resize", soon);
      };
    }, []);
  }

  /** A row that had the focus and is unmounted leaves it to the list, so that the keys go on. */
  function useKeptFocus(list, state) {
    const had = React.useRef(false);
    React.useLayoutEffect(() => {
      const lost = had.current && document.activeElement === document.body;
      if (lost && list.current) list.current.focus({ preventScroll: true });
      const note = (element) => {
        had.current = Boolean(list.current) && list.current.contains(element);
      };
      const look = (event) => note(event.target);
      note(document.activeElement);
      document.addEventListener("focusin", look);
      document.addEventListener("pointerdown", look);
      return () => {
        document.removeEventListener("focusin", look);
        document.removeEventListener("pointerdown", look);
      };
    }, state);
  }

  components.useWindow = useWindow;
  StashFace.window = { offsets, within, stepped };
})(window.StashFace);
