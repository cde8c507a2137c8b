// Patches as Stash has them: `before` gives new arguments, `instead` gets the next one as its last
// argument, `after` gets the result as its last argument.
import * as React from "react";

const registered = { before: {}, instead: {}, after: {} };
export const components = {};

const add = (kind) => (name, work) => {
  (registered[kind][name] ||= []).push(work);
};
export const patch = { before: add("before"), instead: add("instead"), after: add("after") };

export function patchable(name, component) {
  const patched = (...given) => {
    let args = given;
    for (const work of registered.before[name] || []) args = work(...args);
    const chain = [...(registered.instead[name] || [])].reverse();
    const call = chain.reduce(
      (next, work) =>
        (...some) =>
          work(...some, next),
      component,
    );
    let result = call(...args);
    for (const work of registered.after[name] || []) result = work(...args, result);
    return result;
  };
  components[name] = patched;
  return patched;
}

export const container = (name) =>
  patchable(name, ({ children }) => React.createElement(React.Fragment, null, children));
