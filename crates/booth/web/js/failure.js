// What went wrong, as a sentence.
import { say } from "./words.js";

/**
 * What a façade threw, as `{code, "message-key", detail}`; anything else becomes a failure of the page itself.
 * @param {unknown} thrown
 */
export function failure(thrown) {
  if (typeof thrown === "string") {
    try {
      return JSON.parse(thrown);
    } catch {
      // Not one of ours: below.
    }
  }
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: "page", "message-key": "failure.page", detail };
}

/**
 * The same as a sentence for people.
 * @param {unknown} thrown
 * @returns {string}
 */
export function sentence(thrown) {
  return say(failure(thrown)["message-key"]);
}
