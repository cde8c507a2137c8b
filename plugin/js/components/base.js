// What: the small parts of every view: a guard, a place in Stash's own page, notes and buttons.
// Active: wherever a page uses them. Depends on: i18n.js.
;(function (StashFace) {
  "use strict";

  const { React, h, components, PREFIX, bootstrap } = StashFace;

  /** Around everything that is added to Stash: what fails inside leaves Stash's page alone. */
  class Guard extends React.Component {
    constructor(props) {
      super(props);
      this.state = { failed: false };
    }

    static getDerivedStateFromError() {
      return { failed: true };
    }

    componentDidCatch(error) {
      console.error(`stash_face: ${this.props.name} is hidden, because it failed:`, error);
    }

    render() {
      return this.state.failed ? null : this.props.children;
    }
  }

  /**
   * An element within the last one that fits `selector`, for a portal; null while there is none.
   * Stash draws its toolbars anew at any time, so the place is looked for again after changes.
   */
  function useHost(selector, where, tag) {
    const [host, setHost] = React.useState(null);
    React.useEffect(() => {
      if (!selector) {
        setHost(null);
        return undefined;
      }
      const element = document.createElement(tag || "span");
      const settle = () => {
        const found = document.querySelectorAll(selector);
        const target = found[found.length - 1];
        if (target && element.parentNode !== target) target[where || "prepend"](element);
      };
      const observer = new MutationObserver(settle);
      settle();
      setHost(element);
      observer.observe(document.body, { childList: true, subtree: true });
      return () => {
        observer.disconnect();
        element.remove();
      };
    }, [selector, where, tag]);
    return host;
  }

  /** State of a component that answers reach late: nothing happens once it is gone. */
  function useLasting(initial) {
    const [state, setState] = React.useState(initial);
    const there = React.useRef(true);
    React.useEffect(
      () => () => {
        there.current = false;
      },
      [],
    );
    const set = React.useCallback((change) => there.current && setState(change), []);
    return [state, set];
  }

  /** Stash's icon component is only there once the page runs. */
  function Icon({ name }) {
    const { Icon: StashIcon } = StashFace.stash.components;
    const icon = StashFace.icons[name];
    return StashIcon && icon ? h("span", { "aria-hidden": true }, h(StashIcon, { icon })) : null;
  }

  /** A button that shows an icon and is called `label`. */
  function IconButton({ icon, label, className, ...rest }) {
    return h(
      bootstrap.Button,
      {
        variant: "secondary",
        size: "sm",
        className: `minimal ${PREFIX}-icon ${className || ""}`,
        title: label,
        "aria-label": label,
        ...rest,
      },
      h(Icon, { name: icon }),
    );
  }

  /** A small button with a text; `quiet` has no frame. */
  function TextButton({ quiet, ...rest }) {
    return h(bootstrap.Button, {
      variant: "secondary",
      size: "sm",
      className: quiet ? "minimal" : "",
      ...rest,
    });
  }

  /** What was done, and the way back. */
  function Told({ text, busy, onUndo }) {
    const t = StashFace.i18n.useText();
    return h(
      "span",
      { className: `${PREFIX}-done`, role: "status" },
      h("span", null, text),
      h(TextButton, { quiet: true, disabled: busy, onClick: onUndo }, t("undo")),
    );
  }

  /** How far a job is, why it failed, or that it was stopped, and how to go on. */
  function JobState({ job, text, share, onStop, onStart, goOn }) {
    const t = StashFace.i18n.useText();
    if (job.phase === "running") return h(Busy, { text, share, onStop });
    if (job.phase === "failed") return h(Failed, { error: job.error, onAgain: onStart });
    if (job.phase !== "stopped") return null;
    return h(
      "p",
      { className: `${PREFIX}-note` },
      t("stopped"),
      " ",
      h(TextButton, { onClick: onStart }, t(goOn ? "go.on" : "again")),
    );
  }

  /** Performers of the library with links to them; `note(person)` is what is said of each. */
  function Performers({ title, people, note }) {
    const { Link } = StashFace.stash.libraries.ReactRouterDOM;
    if (!people.length) return null;
    return h(
      "div",
      { className: `${PREFIX}-notseen` },
      h("div", { className: `${PREFIX}-title` }, title),
      h(
        "ul",
        { className: `${PREFIX}-plain` },
        people.map((each) =>
          h(
            "li",
            { key: each.local_performer_id },
            h(Link, { to: `/performers/${encodeURIComponent(each.local_performer_id)}` }, String(each.name)),
            " ",
            note(each),
          ),
        ),
      ),
    );
  }

  /** A failure as its sentence, with a way to go on. */
  function Failed({ error, onAgain }) {
    const t = StashFace.i18n.useText();
    return h(
      "div",
      { className: `${PREFIX}-note ${PREFIX}-failed`, role: "alert" },
      h("span", null, t.failure(error)),
      onAgain && h(TextButton, { onClick: onAgain }, t("again")),
    );
  }

  /** Something that is going on, said to screen readers as well. */
  function Busy({ text, share, onStop }) {
    const t = StashFace.i18n.useText();
    const known = typeof share === "number";
    return h(
      "div",
      { className: `${PREFIX}-busy`, role: "status" },
      h(
        "div",
        { className: `${PREFIX}-busy-line` },
        !known && h(bootstrap.Spinner, { animation: "border", size: "sm", "aria-hidden": true }),
        h("span", null, text),
        onStop &&
          h(TextButton, { quiet: true, onClick: onStop }, t("stop")),
      ),
      known &&
        h(
          "div",
          { className: `${PREFIX}-bar`, "aria-hidden": true },
          h("div", { style: { width: `${Math.round(Math.min(1, Math.max(0, share)) * 100)}%` } }),
        ),
    );
  }

  components.Guard = Guard;
  components.useHost = useHost;
  components.useLasting = useLasting;
  components.Icon = Icon;
  components.IconButton = IconButton;
  components.TextButton = TextButton;
  components.Told = Told;
  components.JobState = JobState;
  components.Performers = Performers;
  components.Failed = Failed;
  components.Busy = Busy;
})(window.StashFace);
