// The stand-in for Stash's own UI: the real libraries in the versions that Stash ships, a PluginApi
// of the same form, and the pages that the plugin is attached to. The plugin's files come from the
// server, joined to one classic script as Stash joins them; the page is drawn after they have run.
import * as React from "react";
import * as ReactDOM from "react-dom";
import * as Apollo from "@apollo/client";
import * as Bootstrap from "react-bootstrap";
import * as Intl from "react-intl";
import * as ReactRouterDOM from "react-router-dom";
import * as ReactSelect from "react-select";
import AsyncSelect from "react-select/async";
import * as FontAwesomeSolid from "@fortawesome/free-solid-svg-icons";
import { FontAwesomeIcon } from "@fortawesome/react-fontawesome";
import Mousetrap from "mousetrap";
import * as GQL from "./documents.js";
import { components, container, patch, patchable } from "./patches.js";
import { GalleriesPage, ScenesPage } from "./lists.js";
import { GalleryPage, ImagePage, ImagesPage, PerformerPage, ScenePage } from "./pages.js";

const h = React.createElement;
const { Link, Route, Switch } = ReactRouterDOM;

const client = new Apollo.ApolloClient({
  uri: new URL("graphql", document.baseURI).href,
  cache: new Apollo.InMemoryCache(),
});

function evictQueries(cache, queries) {
  for (const query of queries) {
    const field = query.definitions[0].selectionSet.selections[0].name.value;
    cache.evict({ id: "ROOT_QUERY", fieldName: field });
  }
  cache.gc();
}

const Toasts = React.createContext(null);

function ToastProvider({ children }) {
  const [text, setText] = React.useState("");
  const toast = React.useMemo(
    () => ({
      success: setText,
      error: (e) => setText(String(e.message || e)),
      toast: (t) => setText(String(t.content)),
    }),
    [],
  );
  return h(
    Toasts.Provider,
    { value: toast },
    children,
    h("div", { className: "toasts", role: "status" }, text),
  );
}

patchable("Icon", ({ icon, className }) =>
  h(FontAwesomeIcon, { icon, className: `fa-icon ${className || ""}` }),
);
patchable("LoadingIndicator", () => h(Bootstrap.Spinner, { animation: "border" }));

function PerformerSelect({ onSelect, noSelectionString }) {
  const find = async (text) => {
    const { data } = await client.query({ query: GQL.FindPerformersDocument, fetchPolicy: "network-only" });
    const found = data.findPerformers.performers.filter((each) =>
      each.name.toLowerCase().includes(text.toLowerCase()),
    );
    return found.map((each) => ({ value: each.id, label: each.name, item: each }));
  };
  return h(AsyncSelect, {
    className: "performer-select react-select",
    classNamePrefix: "react-select",
    defaultOptions: true,
    loadOptions: find,
    placeholder: noSelectionString,
    "aria-label": noSelectionString,
    value: null,
    onChange: (chosen) => chosen && onSelect([chosen.item]),
  });
}
patchable("PerformerSelect", PerformerSelect);

const PluginRoutes = container("PluginRoutes");
const UtilityItems = container("MainNavBar.UtilityItems");

window.PluginApi = {
  React,
  ReactDOM,
  GQL,
  components,
  patch,
  libraries: { ReactRouterDOM, Bootstrap, Apollo, Intl, FontAwesomeSolid, Mousetrap, ReactSelect },
  loadableComponents: { PerformerSelect: async () => PerformerSelect },
  register: {
    route: (path, component) =>
      patch.before("PluginRoutes", (props, ...rest) => [
        { ...props, children: h(React.Fragment, null, props.children, h(Route, { path, component })) },
        ...rest,
      ]),
  },
  utils: { StashService: { getClient: () => client, evictQueries } },
  hooks: { useLoadComponents: () => false, useToast: () => React.useContext(Toasts) },
  Event: new EventTarget(),
};

const App = container("App");

function Page() {
  return h(
    App,
    null,
    h(
      "nav",
      { className: "navbar bg-dark" },
      h(Link, { to: "/images" }, "Images"),
      h(Link, { to: "/galleries/1", className: "ml-3" }, "Gallery"),
      h("span", { className: "ml-auto" }),
      h(UtilityItems),
    ),
    h(
      "main",
      { className: "main container-fluid" },
      h(
        Switch,
        null,
        h(Route, { exact: true, path: "/images", component: ImagesPage }),
        h(Route, { path: "/images/:id", component: ImagePage }),
        h(Route, { exact: true, path: "/galleries", component: GalleriesPage }),
        h(Route, { exact: true, path: "/scenes", component: ScenesPage }),
        h(Route, { path: "/galleries/:id", component: GalleryPage }),
        h(Route, { path: "/scenes/:id", component: ScenePage }),
        h(Route, { path: "/performers/:id", component: PerformerPage }),
        h(Route, { path: "/plugins" }, h(PluginRoutes)),
      ),
    ),
  );
}

function draw() {
  const locale =
    new URL(location.href).searchParams.get("locale") || localStorage.getItem("locale") || "en-GB";
  document.documentElement.lang = locale;
  ReactDOM.render(
    h(
      Apollo.ApolloProvider,
      { client },
      h(
        ReactRouterDOM.BrowserRouter,
        null,
        h(
          Intl.IntlProvider,
          { locale, messages: {}, onError: () => undefined },
          h(ToastProvider, null, h(Page)),
        ),
      ),
    ),
    document.getElementById("root"),
  );
}

const script = document.createElement("script");
script.src = "/plugin/stash_face/javascript";
script.onload = draw;
script.onerror = draw;
document.head.append(script);
