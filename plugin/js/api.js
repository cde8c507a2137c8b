// What: every request to Stash, and every failure as one Error with a sentence for people.
// Active: everywhere. Depends on: namespace.js. It is the only file with `fetch`.
;(function (StashFace) {
  "use strict";

  // The browser has six connections for all of Stash; a page must not wait behind this plugin.
  const AT_ONCE = 2;
  const OPERATION =
    "mutation StashFace($id: ID!, $args: Map) { runPluginOperation(plugin_id: $id, args: $args) }";
  const TASK =
    "mutation StashFaceTask($id: ID!, $what: String, $args: Map) " +
    "{ runPluginTask(plugin_id: $id, description: $what, args_map: $args) }";

  /**
   * `message` is the plugin's or Stash's sentence; with a `key`, the text of that name says it
   * better; `code` is the plugin's.
   */
  class Failure extends Error {
    constructor(message, key, code) {
      super(message);
      this.name = "Failure";
      this.key = key || null;
      this.code = code || null;
    }
  }

  const waiting = [];
  let running = 0;

  function aborted(reason) {
    const error = new Error(reason || "aborted");
    error.name = "AbortError";
    return error;
  }

  const wasAborted = (error) => Boolean(error) && error.name === "AbortError";

  async function post(body, signal) {
    let response;
    try {
      response = await fetch(new URL("graphql", document.baseURI), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        signal,
      });
    } catch (error) {
      if (wasAborted(error)) throw error;
      throw new Failure("Stash does not answer.", "error.unreachable");
    }
    if (response.status === 401) throw new Failure("Not logged in.", "error.login");
    return decoded(response);
  }

  async function decoded(response) {
    let answer;
    try {
      answer = await response.json();
    } catch (error) {
      if (wasAborted(error)) throw error;
      throw new Failure(`Stash answered ${response.status} without JSON.`, "error.unreachable");
    }
    if (answer && answer.errors && answer.errors.length) throw told(String(answer.errors[0].message || ""));
    if (!response.ok || !answer || !answer.data) {
      throw new Failure(`Stash answered ${response.status}.`, "error.unreachable");
    }
    return answer.data;
  }

  /** Stash's own texts about a plugin that did not run say nothing to people. */
  function told(message) {
    if (/^(exit status|signal:)/.test(message)) return new Failure(message, "error.crashed");
    if (/nil pointer|no plugin with ID/i.test(message)) return new Failure(message, "error.missing");
    return new Failure(message);
  }

  async function graphql(query, variables, options) {
    return post({ query, variables: variables || {} }, options && options.signal);
  }

  function next() {
    while (running < AT_ONCE && waiting.length) {
      running += 1;
      waiting.shift()();
    }
  }

  /** Resolves when it is this call's turn; rejects when `signal` is aborted before. */
  function turn(signal) {
    return new Promise((resolve, reject) => {
      if (signal && signal.aborted) {
        reject(aborted());
        return;
      }
      const begin = () => {
        if (signal) signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        const place = waiting.indexOf(begin);
        if (place < 0) return;
        waiting.splice(place, 1);
        reject(aborted());
      };
      if (signal) signal.addEventListener("abort", leave, { once: true });
      waiting.push(begin);
      next();
    });
  }

  /**
   * The output of one call of the plugin. At most two run at a time, the others wait in line;
   * aborting kills the process, and the next call goes on where it was.
   */
  async function operation(args, options) {
    const signal = options && options.signal;
    await turn(signal);
    try {
      const variables = { id: StashFace.ID, args: { ...args, tell_failures: true } };
      const output = (await post({ query: OPERATION, variables }, signal)).runPluginOperation;
      if (output === null || typeof output !== "object") {
        throw new Failure("The plugin answered no object.", "error.crashed");
      }
      if (output.failure) throw new Failure(String(output.failure.sentence), null, output.failure.code);
      return output;
    } finally {
      running -= 1;
      next();
    }
  }

  /** The id of a job in Stash's queue; a task has no answer, what it finds is in the plugin's store. */
  async function task(description, args) {
    const data = await graphql(TASK, { id: StashFace.ID, what: description, args });
    return data.runPluginTask;
  }

  StashFace.api = { Failure, graphql, operation, task, wasAborted, inFlight: () => running };
})(window.StashFace);
