// The vote on its way, and what came of it. That it is in the box is said only once its receipt holds.
import { announce, button, make, save, sentence, show } from "../dom.js";
import { forgetSending, keepSending } from "../keep.js";
import { setWaiting, showProblem, showWaiting, understood } from "../steps.js";
import { ballotBox, qrCode } from "../picture.js";
import { lineStatus } from "../server.js";
import { NotAccepted, send } from "../sending.js";
import { figure, moment, say } from "../words.js";
import { drawQr, spokenNumber } from "../../voter.js";
import { wrong } from "../wrong.js";
import { keepReceipt } from "./earlier.js";
import { state } from "./state.js";

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
    receipt = await send(state.election, entry, state.board, (key, seconds) => setWaiting(say(key, { seconds: figure(seconds) })));
  } catch (thrown) {
    if (!(thrown instanceof NotAccepted)) return showProblem(thrown, () => deliver(entry, text, ways));
    const accepted = await acceptedNow();
    if (accepted?.tracker === state.tracker) return showProblem(thrown.refused, () => deliver(entry, text, ways));
    await forgetSending(state.election, entry);
    return showRefused(thrown.refused, accepted, ways);
  }
  try {
    state.board.genuine(receipt, entry);
  } catch (thrown) {
    // A receipt that does not hold is none: the ballot is kept, and sent again when asked to. What was given instead is evidence.
    const seen = () => ({ election: state.election, found: understood(thrown), receipt: new TextDecoder().decode(receipt) });
    return showProblem(thrown, () => deliver(entry, text, ways), () => wrong(seen));
  }
  keepReceipt(receipt);
  await forgetSending(state.election, entry);
  return showBox(receipt, ways);
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
    sentence("box.again.text", { closes: moment(state.status.closes) }),
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

function showRefused(refused, accepted, { again }) {
  const winner = refused.code === "outdated" ? accepted : undefined;
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

/** The ballot of this line that is in the box now. */
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
