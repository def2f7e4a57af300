// What is kept of a voter, and until when: from what the server says about this very election.
import { make } from "../dom.js";
import { ask } from "../server.js";
import { moment, say } from "../words.js";

/**
 * What the server keeps; nothing where it does not say.
 * @param {string} election
 */
export async function askPrivacy(election) {
  try {
    return await (await ask(`/elections/${election}/privacy`)).json();
  } catch {
    // The vote does not depend on it.
    return undefined;
  }
}

/**
 * The notice, folded.
 * @param {{organizer: string, list_kept: boolean, lines_known: boolean, changes_tell: boolean, list_deleted_at: number | null} | undefined} kept
 */
export function notice(kept) {
  if (!kept) return null;
  const { organizer, list_kept: list, lines_known: line, changes_tell: changes, list_deleted_at: until } = kept;
  const sentences = [
    say("privacy.forever"),
    say("privacy.beside"),
    !list && say("privacy.list.none", { organizer }),
    list && (until ? say("privacy.list", { organizer, until: moment(until) }) : say("privacy.list.kept", { organizer })),
    line && say("privacy.line"),
    changes && say("privacy.changes"),
    say("privacy.device"),
  ];
  const items = sentences.filter(Boolean).map((sentence) => make("li", {}, sentence));
  return make("details", { class: "aside" }, make("summary", {}, say("privacy.title")), make("ul", {}, items));
}
