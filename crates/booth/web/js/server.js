// Requests to the server's API, and what it refuses.
import { figure, has, say } from "./words.js";

const PREFIX = "/api/v1";
const LONGEST_WAIT_SECONDS = 60;

/** What the server refuses: a stable code, and its signed refusal where an entry was refused. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {{code?: string, message?: string, refusal?: string}} problem
   * @param {number} seconds to wait, where it says so
   */
  constructor(status, problem, seconds) {
    super(problem.message ?? `status ${status}`);
    this.status = status;
    this.code = problem.code ?? "unknown";
    this.refusal = problem.refusal;
    this.seconds = seconds;
  }

  /** In words. */
  say() {
    const key = `problem.${this.code}`;
    return say(has(key) ? key : "problem.unknown", { seconds: figure(this.seconds), code: this.code });
  }
}

/** There was no answer: no connection, or the server is not there. */
export class Offline extends Error {}

/**
 * How many seconds the server wants to be left alone; 5 where it does not say.
 * @param {Response} response
 */
function secondsToWait(response) {
  const asked = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
  return Math.min(Math.max(Number.isFinite(asked) ? asked : 5, 1), LONGEST_WAIT_SECONDS);
}

/**
 * A request that names nobody: no cookie, no session, nothing beside the body.
 * @param {string} path below `/api/v1`
 * @param {RequestInit} [options]
 * @returns {Promise<Response>} of a status below 400
 */
export async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(PREFIX + path, { credentials: "omit", cache: "no-store", ...options });
  } catch (error) {
    throw new Offline(String(error));
  }
  if (response.ok) return response;
  let problem = {};
  try {
    problem = await response.json();
  } catch {
    // Something between the server and here has answered: the status says enough.
  }
  throw new Refused(response.status, problem, secondsToWait(response));
}

/**
 * Sends JSON.
 * @param {string} path
 * @param {unknown} value
 */
export function post(path, value) {
  const headers = { "content-type": "application/json" };
  return ask(path, { method: "POST", headers, body: JSON.stringify(value) });
}

/**
 * Where an election stands.
 * @param {string} election
 */
export async function electionStatus(election) {
  return (await ask(`/elections/${election}`)).json();
}

/**
 * What the server says about a line of the roll; nothing where it knows none.
 * @param {string} election
 * @param {string} key
 * @returns {Promise<{college: number, accepted: {tracker: string, index: number} | null} | undefined>}
 */
export async function lineStatus(election, key) {
  try {
    return await (await ask(`/elections/${election}/lines/${key}`)).json();
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return undefined;
    throw error;
  }
}
