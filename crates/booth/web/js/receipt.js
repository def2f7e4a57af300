// "Is my vote still there?": from a receipt, from a picture of it, or from the letter's code. It says exactly one thing.
import init, { electionOfReceipt, groupedCode } from "../voter.js";
import { blame, button, codeField, field, make, sentence, show } from "./dom.js";
import { takeFragment } from "./fragment.js";
import { findBoard } from "./keep.js";
import { start } from "./module.js";
import { begin, electionIn, setProgress, setWaiting, showProblem, showWaiting, understood } from "./steps.js";
import { ballotBox } from "./picture.js";
import { Offline } from "./server.js";
import { Whole } from "./whole.js";
import { figure, say } from "./words.js";
import { wrong } from "./wrong.js";

const LARGEST_RECEIPT = 250_000;

let election = "";

const watch = ({ stage, done, all }) => {
  setProgress(done, all);
  if (stage === "judged") setWaiting(say("check.progress", { done: figure(done), all: figure(all) }));
};

/**
 * Reads the whole board and asks it one thing.
 * @param {string} id
 * @param {(whole: Whole) => Promise<string>} question answered by JSON of what became of the ballot
 * @param {Uint8Array} [receipt]
 */
async function find(id, question, receipt) {
  const whole = new Whole(watch);
  showWaiting("receipt.title", "receipt.following");
  try {
    await whole.ask("follow", id);
  } catch (thrown) {
    const offline = thrown instanceof Offline && receipt instanceof Uint8Array && (await judgeOffline(id, receipt));
    return offline ? showOffline(offline, receipt) : showProblem(thrown, () => find(id, question, receipt));
  }
  return showBecame(id, JSON.parse(await question(whole)), receipt);
}

/** Without a connection: what the receipt alone proves, against the beginning of the board that was kept when the vote was cast. */
async function judgeOffline(id, receipt) {
  const board = await findBoard(id);
  if (!board) return undefined;
  const whole = new Whole(watch);
  await whole.ask("followKept", id, board);
  return JSON.parse(await whole.ask("genuine", receipt));
}

async function readFile({ target }) {
  const [file] = target.files;
  if (!file) return;
  try {
    const receipt = new Uint8Array(await file.slice(0, LARGEST_RECEIPT + 1).arrayBuffer());
    const id = electionOfReceipt(receipt);
    blame("receipt");
    await find(id, (whole) => whole.ask("becameOfReceipt", receipt), receipt);
  } catch (thrown) {
    if (document.getElementById("receipt")) blame("receipt", understood(thrown).text);
    else showProblem(thrown, showAsk);
  }
}

async function lookUp(event) {
  event.preventDefault();
  const value = (id) => document.getElementById(id)?.value.trim() ?? "";
  const [identifier, code] = [value("identifier"), value("code")];
  const id = election || electionIn(value("election"));
  if (!identifier) return blame("identifier", say("identify.empty"));
  blame("identifier");
  try {
    groupedCode(code);
  } catch (thrown) {
    return blame("code", understood(thrown).text);
  }
  return find(id, (whole) => whole.ask("becameOfLetter", identifier, code)).catch((thrown) => showProblem(thrown, showAsk));
}

function showAsk() {
  const typed = { autocapitalize: "none", spellcheck: "false" };
  show(() => [
    make("h1", {}, say("receipt.title")),
    sentence("receipt.text"),
    field("receipt", say("receipt.file"), say("receipt.file.hint"), { type: "file", accept: ".json,application/json", on: { change: readFile } }),
    make("h2", {}, say("receipt.letter")),
    make(
      "form",
      { novalidate: true, on: { submit: lookUp } },
      !election && field("election", say("vote.which.field"), undefined, typed),
      field("identifier", say("identify.identifier"), say("identify.identifier.hint"), typed),
      codeField("code", say("identify.code"), say("identify.code.hint")),
      make("p", {}, make("button", { class: "primary" }, say("receipt.letter.button"))),
    ),
    sentence("receipt.letter.stays", {}, { class: "help" }),
  ]);
}

/** The words of what became of a ballot. */
function wordsOf({ what, closed }, receipt) {
  if (what === "counts" && !closed) return ["receipt.counts.open", "receipt.counts.open.text"];
  if (what === "none" && receipt === "mark") return ["receipt.absent", "receipt.absent.mark"];
  return [`receipt.${what}`, `receipt.${what}.text`];
}

function showBecame(id, became, receipt) {
  const [title, text] = wordsOf(became, receipt);
  const good = became.what === "counts";
  const alarm = ["void", "absent", "two-boards"].includes(became.what);
  const seen = () => ({
    election: id,
    found: became,
    receipt: receipt instanceof Uint8Array ? new TextDecoder().decode(receipt) : undefined,
  });
  show(() => [
    good && ballotBox(say(title), true),
    make("h1", { class: good ? "in-the-box" : alarm ? "alarm" : "" }, say(title)),
    sentence(text, { index: figure(became.index ?? 0), by: figure(became.by ?? 0) }),
    became.spoken && sentence("receipt.number"),
    became.spoken && make("p", { class: "number", id: "ballot-number" }, became.spoken),
    sentence("receipt.size", { size: figure(became.size) }, { class: "help" }),
    became.why && make("details", {}, make("summary", {}, say("page.details")), make("pre", {}, became.why)),
    make("p", {}, button("receipt.another", showAsk, { class: "quiet" })),
    wrong(seen),
  ]);
}

function showOffline(genuine, receipt) {
  const seen = () => ({ found: "offline", receipt: new TextDecoder().decode(receipt) });
  show(() => [
    make("h1", {}, say("receipt.offline")),
    sentence("receipt.offline.text", { index: figure(genuine.index) }),
    sentence("receipt.number"),
    make("p", { class: "number", id: "ballot-number" }, genuine.spoken),
    make("p", {}, button("page.again", showAsk, { class: "primary" })),
    wrong(seen),
  ]);
}

async function open(link) {
  election = link.get("e") ?? "";
  const mark = link.get("k");
  if (election && mark) return find(election, (whole) => whole.ask("becameOfTracker", mark), "mark");
  return showAsk();
}

const link = takeFragment();
begin()
  .then(() => start(init, "voter"))
  .then(() => open(link))
  .catch((thrown) => showProblem(thrown, showAsk));
window.addEventListener("hashchange", () => {
  if (new URLSearchParams(location.hash.slice(1)).has("e")) open(takeFragment()).catch((thrown) => showProblem(thrown, showAsk));
});
