// What: the one global of the plugin's pages, and what every file takes from Stash.
// Active: everywhere; loaded first. Depends on: window.PluginApi, which is there before any plugin.
;(function () {
  "use strict";

  const api = window.PluginApi;

  window.StashFace = {
    ID: "stash_face",
    PREFIX: "stash-face",
    pages: {},
    components: {},
    stash: api,
    React: api.React,
    h: api.React.createElement,
    bootstrap: api.libraries.Bootstrap,
    icons: api.libraries.FontAwesomeSolid,
  };
})();
