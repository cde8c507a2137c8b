// What: every change in Stash itself: people added to items, performers made, pages told of it.
// Active: everywhere. Depends on: api.js, performer.js.
;(function (StashFace) {
  "use strict";

  const { api, React } = StashFace;

  const KINDS = {
    image: { many: "findImages(ids: $ids) { images { id performers { id } } }", list: ["findImages", "images"], update: "bulkImageUpdate", input: "BulkImageUpdateInput" },
    gallery: { many: "findGalleries(ids: $ids) { galleries { id performers { id } } }", list: ["findGalleries", "galleries"], update: "bulkGalleryUpdate", input: "BulkGalleryUpdateInput" },
    scene: { many: "findScenes(ids: $ids) { scenes { id performers { id } } }", list: ["findScenes", "scenes"], update: "bulkSceneUpdate", input: "BulkSceneUpdateInput" },
  };

  /** Those of the items that lack the performer. */
  async function lacking(kind, ids, performerId) {
    const { many, list } = KINDS[kind];
    const data = await api.graphql(`query StashFaceLacking($ids: [ID!]) { ${many} }`, { ids });
    const items = data[list[0]][list[1]];
    return items.filter((item) => !item.performers.some((each) => each.id === performerId)).map((item) => item.id);
  }

  /** Adds the performer to those items that lack them; the ids of these. Nobody else is touched. */
  async function add(kind, ids, performerId) {
    const missing = await lacking(kind, ids, performerId);
    if (missing.length) await change(kind, missing, performerId, "ADD");
    return missing;
  }

  async function remove(kind, ids, performerId) {
    if (ids.length) await change(kind, ids, performerId, "REMOVE");
  }

  async function change(kind, ids, performerId, mode) {
    const { update, input } = KINDS[kind];
    await api.graphql(
      `mutation StashFaceChange($input: ${input}!) { ${update}(input: $input) { id } }`,
      { input: { ids, performer_ids: { ids: [performerId], mode } } },
    );
  }

  /** Makes a performer of a candidate, with what their stash-box knows; the new id. */
  async function create(person, boxes) {
    const { endpointOf, createInput } = StashFace.performer;
    const known = person.boxes.find(({ host }) => endpointOf(host, boxes).known);
    const scraped = known ? await scrape(person, known, endpointOf(known.host, boxes).endpoint) : null;
    const input = createInput(person, scraped, boxes);
    const data = await api.graphql(
      "mutation StashFaceCreate($input: PerformerCreateInput!) { performerCreate(input: $input) { id } }",
      { input },
    );
    return data.performerCreate.id;
  }

  /** The person's page at the stash-box through Stash, or null where it cannot be found. */
  async function scrape(person, box, endpoint) {
    const fields =
      "name disambiguation gender urls birthdate ethnicity country eye_color height measurements " +
      "fake_tits career_length tattoos piercings aliases images details death_date hair_color weight remote_site_id";
    const query =
      "query StashFaceScrape($source: ScraperSourceInput!, $input: ScrapeSinglePerformerInput!) " +
      `{ scrapeSinglePerformer(source: $source, input: $input) { ${fields} } }`;
    // A stash-box finds people by their id; one that does not may still know the name.
    for (const term of [box.id, person.name]) {
      try {
        const variables = { source: { stash_box_endpoint: endpoint }, input: { query: term } };
        const found = (await api.graphql(query, variables)).scrapeSinglePerformer || [];
        const same = found.find((each) => each.remote_site_id === box.id);
        if (same) return same;
      } catch (error) {
        return null; // The name and the id are enough; the box may be away.
      }
    }
    return null;
  }

  /** Shows the change on the page, in lists and cards. */
  async function refresh() {
    const { GQL, utils } = StashFace.stash;
    const client = utils.StashService.getClient();
    const lists = ["FindScenes", "FindImages", "FindGalleries", "FindPerformers"];
    const documents = lists.map((name) => GQL[`${name}Document`]).filter(Boolean);
    if (utils.StashService.evictQueries) utils.StashService.evictQueries(client.cache, documents);
    await client.refetchQueries({ include: "active" });
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
          data.configuration.general.stashBoxes.map((box) => ({ ...box, host: StashFace.format.hostOf(box.endpoint) })),
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
      boxes().then((found) => there && show(found), () => undefined);
      return () => {
        there = false;
      };
    }, []);
    return known;
  }

  StashFace.library = { add, remove, create, refresh, hasUnsavedEdits, boxes, useBoxes };
})(window.StashFace);
