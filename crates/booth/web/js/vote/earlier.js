// Votes cast from this browser before this page was loaded. They may be anybody's: nothing is said of who cast them, until whoever
// identifies here turns out to be the one.
import { button, make, save, sentence } from "../dom.js";
import { findSending, forgetSending } from "../keep.js";
import { NotAccepted, send } from "../sending.js";
import { figure, say } from "../words.js";
import { state } from "./state.js";

const receiptKey = () => `urne-receipt-${state.election}`;

/** Receipts that hold: {receipt, genuine}. */
let found = [];

/** The receipt outlives a reload of this page, and is gone with it. */
export function keepReceipt(receipt) {
  try {
    sessionStorage.setItem(receiptKey(), new TextDecoder().decode(receipt));
  } catch {
    // Where nothing is kept, it can still be saved as a file.
  }
}

function keptReceipt() {
  try {
    const text = sessionStorage.getItem(receiptKey());
    return text === null ? undefined : new TextEncoder().encode(text);
  } catch {
    return undefined;
  }
}

function add(receipt, entry) {
  try {
    const genuine = JSON.parse(state.board.genuine(receipt, entry));
    if (!found.some((one) => one.genuine.tracker === genuine.tracker)) found.push({ receipt, genuine });
    refresh();
    return true;
  } catch {
    // A receipt that does not hold is none.
    return false;
  }
}

/** Looks for a receipt from before a reload, and sends what was on its way, beside whatever the page does. */
export async function findEarlier() {
  found = [];
  const receipt = keptReceipt();
  if (receipt) add(receipt);
  for (const entry of (await findSending(state.election)) ?? []) deliverBeside(entry);
}

async function deliverBeside(entry) {
  try {
    const receipt = await send(state.election, entry, state.board, () => {});
    if (add(receipt, entry)) await forgetSending(state.election, entry);
  } catch (thrown) {
    if (thrown instanceof NotAccepted) await forgetSending(state.election, entry);
  }
}

/** The receipt of this accepted ballot, if it was cast from here. */
export const receiptOf = (tracker) => found.find(({ genuine }) => genuine.tracker === tracker)?.receipt;

const notes = () =>
  found.flatMap(({ receipt, genuine }) => [
    sentence("earlier.text", { spoken: genuine.spoken, index: figure(genuine.index) }, { class: "note" }),
    make("p", {}, button("box.receipt", () => save(say("box.receipt.file", { index: genuine.index }), receipt), { class: "quiet" })),
  ]);

function refresh() {
  document.getElementById("earlier")?.replaceChildren(...notes());
}

/** Where these votes are named; it fills itself as their receipts come. */
export const earlier = () => make("div", { id: "earlier", role: "status" }, notes());
