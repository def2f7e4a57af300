// A ballot on its way: the same bytes, until the server has given a receipt for them or refused them. They cannot count twice: a
// server that has them already answers with their first receipt.
import { leafOfBallot } from "../voter.js";
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

/** The server has signed that it does not accept these bytes, and has no receipt for them. */
export class NotAccepted extends Error {
  /** @param {Refused} refused */
  constructor(refused) {
    super(refused.message);
    this.refused = refused;
  }
}

/** Whether the server signed that it refuses these bytes: whatever else answers, on the way or in its place, decides nothing. */
function isSigned(board, entry, { refusal }) {
  if (typeof refusal !== "string") return false;
  try {
    board.checkRefusal(entry, refusal);
    return true;
  } catch {
    return false;
  }
}

/** The receipt of a ballot that is on the board already; nothing where there is none. */
async function receiptThere(election, entry) {
  try {
    const response = await ask(`/elections/${election}/receipts/${leafOfBallot(entry)}`);
    return response.status === 200 ? new Uint8Array(await response.arrayBuffer()) : undefined;
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return undefined;
    throw error;
  }
}

/**
 * Sends until there is an answer. `waiting(key, seconds)` is told why it takes long.
 * @param {string} election
 * @param {Uint8Array} entry
 * @param {import("../voter.js").Board} board judges a refusal
 * @param {(key: string, seconds: number) => void} waiting
 * @returns {Promise<Uint8Array>} the receipt's bytes; nothing about them is checked yet
 * @throws {NotAccepted} where these bytes will never stand
 */
export async function send(election, entry, board, waiting) {
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
        if (!isSigned(board, entry, error)) {
          waiting("sending.unsigned", error.seconds);
          await pause(error.seconds * 1000);
          continue;
        }
        const receipt = await receiptThere(election, entry).catch(() => undefined);
        if (receipt) return receipt;
        throw new NotAccepted(error);
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
