// The vote on its way, and what came of it. That it is in the box is said only once its receipt holds.
import { announce, button, make, save, sentence, show } from "../dom.js";
import { forgetSending, keepSending } from "../keep.js";
import { setWaiting, showProblem, showWaiting, understood } from "../steps.js";
import { ballotBox, qrCode } from "../picture.js";
import { Refused, lineStatus } from "../server.js";
import { send } from "../sending.js";
import { figure, moment, say } from "../words.js";
import { drawQr, spokenNumber } from "../../voter.js";
import { wrong } from "../wrong.js";
import { state } from "./state.js";

const receiptKey = () => `urne-receipt-${state.election}`;

/**
 * Casts the prepared ballot. Its bytes are on the disk before they are sent.
 * @param {{again: () => void, restart: () => void}} ways on from here
 */
export async function cast(ways) {
  const began = performance.now();
  let entry;
  try {
    entry = state.device.cast(state.board);
  } catch (thrown) {
    return showProblem(thrown, ways.restart);
  }
  performance.measure("urne-cast", { start: began });
  await keepSending(state.election, entry);
  return deliver(entry, "sending.text", ways);
}

/**
 * Sends a ballot until its receipt holds, or the server refuses it.
 * @param {Uint8Array} entry
 * @param {string} text what is said meanwhile
 * @param {{again: () => void, restart: () => void}} ways
 */
export async function deliver(entry, text, ways) {
  showWaiting("sending.title", text);
  let receipt;
  try {
    receipt = await send(state.election, entry, (key, seconds) => setWaiting(say(key, { seconds: figure(seconds) })));
  } catch (thrown) {
    if (!(thrown instanceof Refused)) return showProblem(thrown, () => deliver(entry, text, ways));
    await forgetSending(state.election);
    return showRefused(thrown, ways);
  }
  try {
    state.board.genuine(receipt, entry);
  } catch (thrown) {
    // A receipt that does not hold is none: the ballot is kept, and sent again when asked to. What was given instead is evidence.
    const seen = () => ({ election: state.election, found: understood(thrown), receipt: new TextDecoder().decode(receipt) });
    return showProblem(thrown, () => deliver(entry, text, ways), () => wrong(seen));
  }
  keepReceipt(receipt);
  await forgetSending(state.election);
  return showBox(receipt, ways);
}

/** The receipt outlives a reload of this page, and is gone with it. */
function keepReceipt(receipt) {
  try {
    sessionStorage.setItem(receiptKey(), new TextDecoder().decode(receipt));
  } catch {
    // Where nothing is kept, it can still be saved as a file.
  }
}

/** A receipt this page was given before it was loaded again. */
export function keptReceipt() {
  const text = sessionStorage.getItem(receiptKey());
  return text === null ? undefined : new TextEncoder().encode(text);
}

/** @param {string} fragment */
const receiptLink = (fragment) => new URL(`../../receipt.html#${fragment}`, import.meta.url).href;

/**
 * The vote is in the box.
 * @param {Uint8Array} receipt a receipt that holds
 * @param {{again: () => void}} ways
 */
export function showBox(receipt, { again }) {
  const genuine = JSON.parse(state.board.genuine(receipt, undefined));
  const index = figure(genuine.index);
  const link = receiptLink(genuine.fragment);
  const keep = () => save(say("box.receipt.file", { index: genuine.index }), receipt);
  show(() => [
    state.paper.practice && sentence("page.practice", {}, { class: "practice" }),
    ballotBox(say("box.title"), true),
    make("h1", { class: "in-the-box" }, say("box.title")),
    sentence("box.text", { index }),
    sentence("box.number"),
    make("p", { class: "number", id: "ballot-number" }, genuine.spoken),
    make("p", {}, button("box.receipt", keep, { class: "primary", id: "save-receipt" })),
    sentence("box.receipt.text", {}, { class: "help" }),
    make(
      "details",
      {},
      make("summary", {}, say("box.qr")),
      sentence("box.qr.text"),
      qrCode(JSON.parse(drawQr(link)), say("page.qr")),
      make("p", {}, make("a", { href: link }, say("box.there"))),
    ),
    known(),
    make("h2", {}, say("box.again.title")),
    sentence("box.again.text", { closes: moment(state.paper.closes) }),
    make("p", {}, button("box.again", again, { id: "vote-again" })),
    sentence("box.done", {}, { class: "help" }),
  ]);
  announce(say("box.title"));
}

/** How one knows, from this election's own settings. */
function known() {
  const { threshold, trustees, issuers, witnesses } = state.paper;
  const secret = threshold === 1 && trustees.length === 1 ? "box.known.secret.one" : "box.known.secret";
  const codes = issuers.length === 1 ? "box.known.codes.one" : "box.known.codes.two";
  const items = [
    say("box.known.receipt"),
    say(secret, { threshold: figure(threshold), count: figure(trustees.length), names: trustees.join(", ") }),
    say(codes, { names: issuers.join(", ") }),
    say(witnesses > 0 ? "box.known.witnesses" : "box.known.witnesses.none", { count: figure(witnesses) }),
    say("box.known.device"),
  ];
  return make("details", {}, make("summary", {}, say("box.known")), make("ul", { class: "known" }, items.map((item) => make("li", {}, item))));
}

/** These after which another ballot of this letter may still be accepted. */
const MAY_VOTE_AGAIN = ["outdated", "bad-ballot", "not-an-entry"];

async function showRefused(refused, { again }) {
  const winner = refused.code === "outdated" ? await acceptedNow() : undefined;
  const file = () => save("refusal.json", refused.refusal);
  const mayAgain = MAY_VOTE_AGAIN.includes(refused.code) && state.key;
  show(() => [
    make("h1", {}, say("refused.title")),
    sentence("refused.not-in-box", {}, { class: "fault" }),
    make("p", {}, understood(refused).text),
    winner && sentence("refused.winner", { spoken: spokenNumber(winner.tracker), index: figure(winner.index) }),
    mayAgain && make("p", {}, button("box.again", again, { class: "primary" })),
    refused.refusal && make("p", {}, button("refused.file", file)),
  ]);
}

/** The ballot that another device cast first. */
async function acceptedNow() {
  if (!state.key) return undefined;
  try {
    const line = await lineStatus(state.election, state.key);
    return line?.accepted ?? undefined;
  } catch {
    // The refusal says enough without it.
    return undefined;
  }
}
