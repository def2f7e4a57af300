// The office's module in a worker: key files and boards take time, and a page must go on answering meanwhile.
import init, { RegistrarDesk, TrusteeDesk } from "../../office.js";
import { boardFile, gather } from "../board.js";
import { failure } from "../failure.js";
import { start } from "../module.js";

const DESKS = { trustee: TrusteeDesk, registrar: RegistrarDesk };

/** A board that grows while it is read is read again this many times. */
const ATTEMPTS = 5;
const PAUSE_MS = 500;

let desk;
const ready = start(init, "office");

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function followOnce(election, tell) {
  desk.begin(election);
  await gather(election, desk, (fetched, known) => tell({ stage: "fetch", done: fetched, of: known }));
  desk.follow((judged, all) => tell({ stage: "judge", done: judged, of: all }));
}

/** Follows the board. What is published between two readings looks like a fault of the record, but only for a moment. */
async function follow(election, tell) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await followOnce(election, tell);
      return JSON.parse(desk.view());
    } catch (thrown) {
      const passing = ["record", "not-vouched"].includes(failure(thrown).code);
      if (!passing || attempt >= ATTEMPTS) throw thrown;
      await pause(PAUSE_MS);
    }
  }
}

/** Seals: the façade wants the kept checkpoint of the closed board. */
async function seal(election) {
  const checkpoint = await boardFile(election, `checkpoints/${desk.closed_size()}`);
  return desk.seal(checkpoint ?? new Uint8Array());
}

async function answer(method, given, tell) {
  await ready;
  if (method === "sit") {
    desk = new DESKS[given[0]]();
    return null;
  }
  if (method === "follow") return follow(given[0], tell);
  if (method === "sealBoard") return seal(given[0]);
  return desk[method](...given) ?? null;
}

// One at a time, in the order they came: the desk is one thing.
let turn = Promise.resolve();
addEventListener("message", ({ data: { id, method, given } }) => {
  const tell = (progress) => postMessage({ id, progress });
  turn = turn
    .then(() => answer(method, given, tell))
    .then((value) => postMessage({ id, value }))
    .catch((thrown) => postMessage({ id, failure: failure(thrown) }));
});
