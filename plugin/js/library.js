// What: what the pages need of Stash itself: that it shows a change, that nothing unsaved is lost,
// which stash-boxes there are, and the plugin's settings.
// Active: everywhere. Depends on: api.js, format.js, waiting.js.
;(function (StashFace) {
  "use strict";

  const { api, React } = StashFace;

  const TYPES = { image: "Image", gallery: "Gallery", scene: "Scene", performer: "Performer" };

  function evictLists(client) {
    const { GQL, utils } = StashFace.stash;
    const lists = ["FindScenes", "FindImages", "FindGalleries", "FindPerformers"];
    const documents = lists.map((name) => GQL[`${name}Document`]).filter(Boolean);
    if (utils.StashService.evictQueries) utils.StashService.evictQueries(client.cache, documents);
  }

  /** Shows a change on the page, in lists and on cards. */
  async function refresh() {
    const client = StashFace.stash.utils.StashService.getClient();
    evictLists(client);
    StashFace.waiting.stale();
    await client.refetchQueries({ include: "active" });
  }

  /** Lets Stash ask anew for items that are not on the page, {kind: ids}, once they are looked at. */
  function forget(changed) {
    StashFace.waiting.stale();
    if (!Object.keys(changed).length) return;
    const client = StashFace.stash.utils.StashService.getClient();
    for (const [kind, ids] of Object.entries(changed)) {
      ids.forEach((id) => client.cache.evict({ id: `${TYPES[kind]}:${id}` }));
    }
    evictLists(client);
  }

  /**
   * Whether the page's Edit tab holds changes that are not saved. A refresh would lose them, and
   * saving them would take away whom we add, because Stash saves all performers at once.
   */
  function hasUnsavedEdits() {
    return Boolean(document.querySelector("form .edit-button.btn-primary:not(:disabled)"));
  }

  let asked = null;

  /** The stash-boxes that the user has set up: [{endpoint, name, host}]. */
  function boxes() {
    if (!asked) {
      asked = api
        .graphql("query StashFaceBoxes { configuration { general { stashBoxes { endpoint name } } } }")
        .then((data) =>
          data.configuration.general.stashBoxes.map((box) => ({
            ...box,
            host: StashFace.format.hostOf(box.endpoint),
          })),
        );
      asked.catch(() => {
        asked = null;
      });
    }
    return asked;
  }

  /** For components: the stash-boxes, none until they are known. */
  function useBoxes() {
    const [known, show] = React.useState([]);
    React.useEffect(() => {
      let there = true;
      boxes().then(
        (found) => there && show(found),
        () => undefined,
      );
      return () => {
        there = false;
      };
    }, []);
    return known;
  }

  /** Sets one of the plugin's settings; Stash replaces them all at once, so the others go with it. */
  async function setSetting(name, value) {
    const asked = "query StashFaceSettings { configuration { plugins } }";
    const { plugins } = (await api.graphql(asked)).configuration;
    const settings = { ...plugins[StashFace.ID], [name]: value };
    await api.graphql(
      "mutation StashFaceSet($id: ID!, $input: Map!) { configurePlugin(plugin_id: $id, input: $input) }",
      { id: StashFace.ID, input: settings },
    );
    const { GQL, utils } = StashFace.stash;
    // Stash's own page of settings is to show it too.
    if (GQL.ConfigurationDocument) {
      const query = { query: GQL.ConfigurationDocument, fetchPolicy: "network-only" };
      await utils.StashService.getClient().query(query);
    }
  }

  StashFace.library = { setSetting, refresh, forget, hasUnsavedEdits, boxes, useBoxes };
})(window.StashFace);
