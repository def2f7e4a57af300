// A worker that follows a whole board, so that the page stays awake while every entry is judged.
import init, { Board, CheckingDevice } from "../voter.js";
import { gather } from "./board.js";
import { start } from "./module.js";

let board;
let checking;

const doing = {
  /** Follows the board as it is now; what was found before is forgotten only once this one holds. */
  async follow(election) {
    const fresh = new Board(election, undefined);
    await gather(election, fresh, (done, all) => tell({ stage: "fetched", done, all }));
    fresh.follow((done, all) => tell({ stage: "judged", done, all }));
    board?.free();
    board = fresh;
  },
  /** Follows the beginning of a board that was kept. */
  async followKept(election, { opened, files }) {
    const fresh = new Board(election, opened);
    for (const [path, bytes] of files) fresh.give(path, bytes);
    fresh.follow(() => {});
    board?.free();
    board = fresh;
  },
  paper: () => board.paper(),
  /** Answers what the line's accepted ballot is, so that a page loaded again begins from the same. */
  begin: (half, after) => {
    checking = new CheckingDevice(board, half, after);
    return checking.after();
  },
  check: (captured, revealed) => checking.check(board, captured, revealed),
  look: (captured) => checking.look(board, captured),
  genuine: (receipt) => board.genuine(receipt, undefined),
  becameOfReceipt: (receipt) => board.becameOfReceipt(receipt),
  becameOfTracker: (tracker) => board.becameOfTracker(tracker),
  becameOfLetter: (identifier, code) => board.becameOfLetter(identifier, code),
};

/** Told at most so often: a page cannot show more. */
const PAUSE_MS = 50;
let told = 0;

function tell(progress) {
  const now = performance.now();
  if (now - told < PAUSE_MS && progress.done < progress.all) return;
  told = now;
  postMessage({ progress });
}

const ready = start(init, "voter");

onmessage = async ({ data: { id, name, args } }) => {
  try {
    await ready;
    postMessage({ id, answer: await doing[name](...args) });
  } catch (thrown) {
    // A façade throws JSON; anything else travels as its words.
    const offline = thrown instanceof TypeError;
    postMessage({ id, thrown: typeof thrown === "string" ? thrown : String(thrown), offline });
  }
};
