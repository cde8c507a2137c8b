// What: the few choices of a view that this browser keeps.
// Active: everywhere. Depends on: namespace.js. Without localStorage: until the next load.
;(function (StashFace) {
  "use strict";

  const NAME = "stash-face.choices";
  // Only the gallery gets a name, and nobody is made, unless the user says so.
  const DEFAULTS = { withImages: false, create: false };

  function read() {
    try {
      return { ...DEFAULTS, ...JSON.parse(window.localStorage.getItem(NAME)) };
    } catch (error) {
      return { ...DEFAULTS };
    }
  }

  /** For components: [choices, change]; `change({withImages: true})` keeps it. */
  function useChoices() {
    const [choices, show] = StashFace.React.useState(read);
    const change = (some) => {
      const next = { ...choices, ...some };
      show(next);
      try {
        window.localStorage.setItem(NAME, JSON.stringify(next));
      } catch (error) {
        // It holds as long as the page.
      }
    };
    return [choices, change];
  }

  StashFace.preferences = { read, useChoices };
})(window.StashFace);
