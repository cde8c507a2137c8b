// What: a slider for the least confidence: what stays, what vanishes, how many names are wrong, and
// the faces at the border.
// Active: on the review page. Depends on: tuning.js, CandidateRow.js, suggestions.js, Health.js.
;(function (StashFace) {
  "use strict";

  const { React, h, components, api, PREFIX } = StashFace;

  const REST_MS = 250;
  // A share of wrong names is never told to be nothing at all.
  const LEAST = 0.001;

  function Tuning() {
    const t = StashFace.i18n.useText();
    const [state, setState] = components.useLasting({ steps: null, error: null });
    const [at, setAt] = components.useLasting(null);
    const [saved, setSaved] = components.useLasting(false);
    const read = React.useCallback(
      (signal) =>
        api.operation({ mode: "tuning" }, { signal }).then(
          ({ steps }) => {
            setState({ steps, error: null });
            // Counted anew, the bar stays where it was moved to meanwhile.
            const now = StashFace.tuning.placeOf(steps.bars, steps.min_confidence);
            setAt((place) => (place === null ? now : place));
          },
          (error) => !api.wasAborted(error) && setState({ steps: null, error }),
        ),
      [],
    );
    React.useEffect(() => {
      const control = new AbortController();
      read(control.signal);
      return () => control.abort();
    }, [read]);
    const { steps } = state;
    if (state.error) return h(components.Failed, { error: state.error, onAgain: () => read() });
    if (!steps || at === null) return h(components.Busy, { text: t("loading") });
    const view = StashFace.tuning.outlook(steps, at);
    const move = (place) => {
      setSaved(false);
      setAt(place);
    };
    return h(
      "div",
      { className: `${PREFIX}-tuning` },
      h(Slider, { steps, at, onMove: move }),
      h(Outlook, { view, calibrated: steps.calibrated }),
      h(Save, {
        steps,
        view,
        saved,
        onReset: () => move(StashFace.tuning.placeOf(steps.bars, steps.min_confidence)),
        onSaved: () => {
          setState({ steps: { ...steps, min_confidence: view.bar }, error: null });
          setSaved(true);
        },
        onMatched: () => read(),
      }),
      h(Border, { bar: view.bar, key: "border" }),
    );
  }

  /** The suggestions by confidence, and the bar below them; what lies below the bar is pale. */
  function Slider({ steps, at, onMove }) {
    const t = StashFace.i18n.useText();
    const heights = React.useMemo(() => StashFace.tuning.columns(steps), [steps]);
    const told = share(steps.bars[at], t.locale);
    return h(
      "div",
      null,
      h(
        "label",
        { className: `${PREFIX}-title`, htmlFor: `${PREFIX}-least` },
        t("tuning.least"),
        " ",
        h("span", { className: `${PREFIX}-number`, "aria-hidden": true }, told),
      ),
      h(
        "div",
        { className: `${PREFIX}-columns`, "aria-hidden": true },
        heights.map((height, place) =>
          h("i", {
            key: place,
            className: place < at ? `${PREFIX}-below` : "",
            style: { height: `${Math.round(height * 100)}%` },
          }),
        ),
      ),
      h("input", {
        id: `${PREFIX}-least`,
        className: `${PREFIX}-slider`,
        type: "range",
        min: 0,
        max: steps.bars.length - 1,
        value: at,
        "aria-valuetext": told,
        onChange: (event) => onMove(Number(event.target.value)),
      }),
    );
  }

  const share = (number, locale) =>
    new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 }).format(number);

  function Outlook({ view, calibrated }) {
    const t = StashFace.i18n.useText();
    const lines = [
      [
        t("tuning.stay", { n: view.stay }),
        view.gone > 0 && t("tuning.gone", { n: view.gone }),
        view.more > 0 && t("tuning.more", { n: view.more }),
      ]
        .filter(Boolean)
        .join(", "),
      view.stay > 0 &&
        t("tuning.wrong", {
          n: view.wrong < 0.5 ? "< 1" : Math.round(view.wrong),
          share: view.share < LEAST ? `< ${share(LEAST, t.locale)}` : share(view.share, t.locale),
        }),
      view.accepted + view.rejected > 0 && t("tuning.yours", view),
      view.isFloor && t("tuning.floor"),
      calibrated === false && t("tuning.guess"),
    ].filter(Boolean);
    return h(
      "div",
      { role: "status" },
      h(
        "ul",
        { className: `${PREFIX}-plain` },
        lines.map((line) => h("li", { key: line }, line)),
      ),
    );
  }

  function Save({ steps, view, saved, onReset, onSaved, onMatched }) {
    const t = StashFace.i18n.useText();
    const [state, setState] = components.useLasting({ phase: "idle" });
    const save = async () => {
      setState({ phase: "busy" });
      try {
        await StashFace.library.setSetting("minConfidence", Math.round(view.bar * 1000) / 10);
        setState({ phase: "idle" });
        onSaved();
      } catch (error) {
        setState({ phase: "failed", error });
      }
    };
    const button = (variant, text, onClick) =>
      h(
        components.TextButton,
        { variant, disabled: view.isNow || state.phase === "busy", onClick },
        text,
      );
    return h(
      React.Fragment,
      null,
      h(
        "div",
        { className: `${PREFIX}-toggles` },
        button("success", t("save"), save),
        button(
          "secondary",
          t("tuning.now", { bar: share(steps.min_confidence, t.locale) }),
          onReset,
        ),
      ),
      state.phase === "failed" && h(components.Failed, { error: state.error, onAgain: save }),
      saved &&
        h(
          "div",
          { className: `${PREFIX}-toggles` },
          h("span", { className: `${PREFIX}-good`, role: "status" }, t("tuning.saved")),
          h(components.TaskButton, { mode: "match_again", label: t("task.match"), onEnd: onMatched }),
        ),
    );
  }

  /** What just reaches the bar and what just misses it, once the slider rests. */
  function Border({ bar }) {
    const t = StashFace.i18n.useText();
    const boxes = StashFace.library.useBoxes();
    const [state, setState] = components.useLasting({ examples: null, error: null });
    React.useEffect(() => {
      const control = new AbortController();
      const timer = setTimeout(
        () =>
          api.operation({ mode: "tuning", bar }, { signal: control.signal }).then(
            ({ examples }) => setState({ examples, error: null }),
            (error) => !api.wasAborted(error) && setState({ examples: null, error }),
          ),
        REST_MS,
      );
      return () => {
        clearTimeout(timer);
        control.abort();
      };
    }, [bar]);
    if (state.error) return h(components.Failed, { error: state.error });
    const { examples } = state;
    const side = (name) =>
      h(
        "section",
        { key: name, "aria-label": t(`tuning.just.${name}`) },
        h("div", { className: `${PREFIX}-title` }, t(`tuning.just.${name}`)),
        examples && !examples[name].length && "–",
        h(
          "ul",
          { className: `${PREFIX}-list` },
          ((examples && examples[name]) || []).map((each) =>
            h(Example, {
              key: `${each.kind} ${each.id} ${each.performer_id}`,
              row: StashFace.suggestions.row(each),
              boxes,
            }),
          ),
        ),
      );
    return h("div", { className: `${PREFIX}-border` }, side("kept"), side("gone"));
  }

  function Example({ row, boxes }) {
    return h(
      "li",
      { className: `${PREFIX}-face` },
      h(components.CandidateRow, {
        person: row.best,
        decision: row.decision,
        boxes,
        left: h(components.FaceCrop, { thumbnail: row.thumbnail }),
        note: h(components.ItemLink, { row }),
        where: false,
      }),
    );
  }

  components.Tuning = Tuning;
})(window.StashFace);
