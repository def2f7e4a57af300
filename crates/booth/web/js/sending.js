// A ballot on its way: the same bytes, until the server has given a receipt for them or refused them. They cannot count twice: a
// server that has them already answers with their first receipt.
import { Offline, Refused, ask } from "./server.js";

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
const AWAITED_PAUSE_MS = 700;
const CLOSING_PAUSE_SECONDS = 20;
/** Answers that say nothing about the ballot: the same bytes may stand in a moment. */
const PASSING = [408, 425, 429, 500, 502, 503, 504, 507];

/** A pause that ends early when the connection comes back. */
function pause(milliseconds) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    window.addEventListener("online", done);
  });
}

/**
 * Sends until there is an answer. `waiting(key, seconds)` is told why it takes long.
 * @param {string} election
 * @param {Uint8Array} entry
 * @param {(key: string, seconds: number) => void} waiting
 * @returns {Promise<Uint8Array>} the receipt's bytes; nothing about them is checked yet
 * @throws {Refused} where these bytes will never stand
 */
export async function send(election, entry, waiting) {
  const headers = { "content-type": "application/octet-stream" };
  let offline = FIRST_PAUSE_MS;
  for (;;) {
    try {
      const response = await ask(`/elections/${election}/ballots`, { method: "POST", headers, body: entry });
      if (response.status !== 202) return new Uint8Array(await response.arrayBuffer());
      waiting("sending.awaited", 0);
      await pause(AWAITED_PAUSE_MS);
    } catch (error) {
      if (error instanceof Refused && error.code === "closing") {
        waiting("sending.closing", CLOSING_PAUSE_SECONDS);
        await pause(CLOSING_PAUSE_SECONDS * 1000);
      } else if (error instanceof Refused && PASSING.includes(error.status)) {
        waiting("sending.busy", error.seconds);
        await pause(error.seconds * 1000);
      } else if (error instanceof Refused) {
        throw error;
      } else if (error instanceof Offline || error instanceof TypeError) {
        // A connection can also break while the receipt is on its way.
        waiting("sending.offline", 0);
        await pause(offline);
        offline = Math.min(offline * 2, LONGEST_PAUSE_MS);
      } else {
        throw error;
      }
    }
  }
}
