// The second device: it knows the board and the half printed on the letter, catches the seal of a ballot, and later says what the
// ballot held, or that this very ballot is in the box.
import init, { spokenNumber } from "../voter.js";
import { blame, button, field, make, sentence, show } from "./dom.js";
import { camera } from "./camera.js";
import { takeFragment } from "./fragment.js";
import { start } from "./module.js";
import { begin, electionIn, setProgress, setWaiting, showProblem, showWaiting, understood } from "./steps.js";
import { choices } from "./vote/review.js";
import { Whole } from "./whole.js";
import { figure, say } from "./words.js";
import { wrong } from "./wrong.js";

/** What was caught, on this device: an election, the letter's half, a tracker. All of it is public. */
const KEPT = "urne-second-device";

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

function keep(changes) {
  state = { ...state, ...changes };
  try {
    localStorage.setItem(KEPT, JSON.stringify(state));
  } catch {
    // Where nothing is kept, the check has to be done on one page.
  }
}

/** Once there is a verdict, nothing stays on this device; the page still shows it. */
function forget() {
  try {
    localStorage.removeItem(KEPT);
  } catch {
    // Nothing was kept either.
  }
}

let state = {};
let whole;

const watch = ({ stage, done, all }) => {
  setProgress(done, all);
  if (stage === "judged") setWaiting(say("check.progress", { done: figure(done), all: figure(all) }));
};

/** What each kind of link may carry, and nothing beside it: no link may bring in passing what a check must know from elsewhere. */
const KINDS = { "": "start", e: "start", "e u": "letter", "e k": "seal", "e f s v": "opened" };

/**
 * The kind of a link.
 * @param {URLSearchParams} link
 * @returns {"start" | "letter" | "seal" | "opened"}
 */
function kindOf(link) {
  const kind = KINDS[[...link.keys()].sort().join(" ")];
  if (kind) return kind;
  throw failed(link.has("s") ? "not-revealed" : "link");
}

const failed = (code) => JSON.stringify({ code, "message-key": `failure.${code}`, detail: "" });

const linkIn = (text) => new URLSearchParams(text.split("#")[1] ?? "");

/**
 * Takes what a link brings. What is known already is replaced only once this device's owner says so; what is opened needs a seal that
 * was caught before.
 * @param {URLSearchParams} link
 */
async function open(link) {
  state = kept();
  const kind = kindOf(link);
  const election = link.get("e") ?? state.election;
  if (kind === "opened") {
    if (!state.captured || !state.half) throw failed("not-captured");
    if (election !== state.election) throw failed("not-revealed");
    await prepare();
    return judge(`#${link}`);
  }
  const brought = { election };
  if (kind === "letter") brought.half = link.get("u");
  if (kind === "seal") brought.captured = link.get("k");
  const differs = Object.keys(brought).find((name) => state[name] && state[name] !== brought[name]);
  return differs ? showReplace(differs, brought) : take(brought, showProblem);
}

/** Something else is known already: nothing goes before its owner says so. */
function showReplace(differs, brought) {
  const replace = () => {
    // A new seal is caught for the same letter; another letter or election starts from nothing.
    const same = differs === "captured" ? { election: state.election, half: state.half } : {};
    forget();
    state = {};
    take({ ...same, ...brought }, showProblem);
  };
  const stay = () => take({}, showProblem);
  const values = {
    election: {},
    half: { before: ending(state.half), now: ending(brought.half ?? "") },
    captured: { before: state.captured && spokenNumber(state.captured), now: brought.captured && spokenNumber(brought.captured) },
  }[differs];
  const text = { election: "check.replace.election", half: "check.replace.half", captured: "check.replace.captured" }[differs];
  show(() => [
    make("h1", {}, say("check.replace.title")),
    make("p", {}, say(text, values)),
    make("p", {}, button("check.replace.stay", stay, { class: "primary" })),
    make("p", {}, button("check.restart", replace, { class: "quiet" })),
  ]);
}

/** The end of the letter's line, for comparing by eye. */
const ending = (half = "") => half.slice(-6);

/**
 * Keeps what was brought and goes to the step that is due.
 * @param {Record<string, string>} brought
 * @param {(thrown: unknown, again: () => void) => void} fail
 */
async function take(brought, fail) {
  const before = state;
  try {
    if (brought.captured) spokenNumber(brought.captured);
    keep(brought);
    if (!state.election || !state.half) return showStart();
    await prepare();
  } catch (thrown) {
    keep({ election: undefined, half: undefined, captured: undefined, after: undefined, ...before });
    return fail(thrown, () => take(brought, fail));
  }
  return state.captured ? showDecide() : showCapture();
}

/** Follows the board and finds the line of the half, as it stood when the seal was caught. */
async function prepare() {
  showWaiting("check.title", "check.following");
  whole ??= new Whole(watch);
  await whole.ask("follow", state.election);
  const after = await whole.ask("begin", state.half, state.captured ? state.after : undefined);
  keep({ after });
}

/** @param {{half: string, election: string}} [before] what was typed already */
function showStart(before = { half: "", election: "" }) {
  const read = (half) => {
    const election = document.getElementById("election")?.value ?? "";
    const fail = (thrown) => {
      showStart({ half, election });
      blame("half", understood(thrown).text);
    };
    if (!half.includes("#")) return take({ election: state.election ?? electionIn(election), half: half.trim() }, fail);
    const link = linkIn(half);
    try {
      if (kindOf(link) !== "letter") throw failed("link");
      if (state.election && state.election !== link.get("e")) throw failed("other-election");
    } catch (thrown) {
      return fail(thrown);
    }
    return take({ election: link.get("e"), half: link.get("u") }, fail);
  };
  const submit = (event) => {
    event.preventDefault();
    read(document.getElementById("half").value);
  };
  const typed = { autocapitalize: "none", spellcheck: "false" };
  show(() => [
    make("h1", {}, say("check.title")),
    sentence("check.text"),
    sentence("check.kept", {}, { class: "help" }),
    camera(read),
    make(
      "form",
      { novalidate: true, on: { submit } },
      field("half", say("check.half"), say("check.half.hint"), { ...typed, class: "line", value: before.half }),
      !state.election && field("election", say("check.election"), say("check.election.hint"), { ...typed, value: before.election }),
      make("p", {}, make("button", { class: "primary" }, say("page.continue"))),
    ),
  ]);
}

/** The tracker in the text of a square, or in a line that was pasted. */
function sealIn(text) {
  if (!text.includes("#")) return text.trim();
  const link = linkIn(text);
  if (kindOf(link) !== "seal") throw failed("link");
  if (link.get("e") !== state.election) throw failed("other-election");
  return link.get("k");
}

function showCapture() {
  const take = (text) => {
    let captured;
    try {
      captured = sealIn(text);
      spokenNumber(captured);
    } catch (thrown) {
      return blame("tracker", understood(thrown).text);
    }
    keep({ captured });
    return showDecide();
  };
  show(() => [
    make("h1", {}, say("check.capture.title")),
    sentence("check.half.compare", { ending: ending(state.half) }),
    sentence("check.capture.text"),
    camera(take),
    make(
      "form",
      { novalidate: true, on: { submit: (event) => { event.preventDefault(); take(document.getElementById("tracker").value); } } },
      field("tracker", say("check.capture.field"), undefined, { autocapitalize: "none", spellcheck: "false", class: "line" }),
      make("p", {}, make("button", { class: "primary" }, say("page.continue"))),
    ),
  ]);
}

const number = () => make("p", { class: "number", id: "ballot-number" }, spokenNumber(state.captured));

function showDecide() {
  const submit = (event) => {
    event.preventDefault();
    judge(document.getElementById("revealed").value).catch(showProblem);
  };
  show(() => [
    make("h1", {}, say("check.capture.done")),
    sentence("check.capture.number"),
    number(),
    make("h2", {}, say("check.decide.title")),
    sentence("check.decide.text"),
    make("h2", {}, say("check.cast.title")),
    make("p", {}, button("check.cast.button", look, { class: "primary", id: "look" })),
    make("h2", {}, say("check.opened.title")),
    sentence("check.opened.text"),
    camera((text) => judge(text).catch(showProblem)),
    make(
      "form",
      { novalidate: true, on: { submit } },
      field("revealed", say("check.opened.field"), undefined, { autocapitalize: "none", spellcheck: "false", class: "line" }),
      make("p", {}, make("button", {}, say("check.opened.button"))),
    ),
    restart(),
  ]);
}

function restart() {
  return make("p", {}, button("check.restart", restartAll, { class: "quiet" }));
}

/** What this device saw, for a report. */
const seen = (what) => () => ({ election: state.election, half: state.half, captured: state.captured, ...what });

/** After "Check": says what the ballot held. */
async function judge(revealed) {
  let held;
  try {
    held = JSON.parse(await whole.ask("check", state.captured, revealed));
  } catch (thrown) {
    if (understood(thrown).code === "ballot-changed") return showChanged(revealed);
    return showProblem(thrown, showDecide);
  }
  const { languages } = JSON.parse(await whole.ask("paper"));
  forget();
  return show(() => [
    make("h1", {}, say("check.unchanged.title")),
    number(),
    ...choices(held, languages),
    sentence("check.unchanged.text", {}, { class: "note" }),
    sentence("check.unchanged.else"),
    restart(),
    wrong(seen({ revealed }), "wrong.text.opened"),
  ]);
}

function restartAll() {
  forget();
  state = {};
  showStart();
}

function showChanged(revealed) {
  forget();
  show(() => [
    make("h1", { class: "alarm" }, say("check.changed.title")),
    sentence("check.changed.text", {}, { class: "fault" }),
    wrong(seen({ revealed, found: "ballot-changed" }), "wrong.text.opened"),
    restart(),
  ]);
}

/** After "Cast": looks for this very ballot on the board. */
async function look() {
  try {
    // The half leads to the line as it was before the vote: only the board is read again.
    showWaiting("check.title", "check.following");
    await whole.ask("follow", state.election);
    const found = JSON.parse(await whole.ask("look", state.captured));
    showFound(found.seen, found.index);
  } catch (thrown) {
    showProblem(thrown, look);
  }
}

function showFound(what, index) {
  if (what !== "waiting") forget();
  const title = { captured: "check.accepted", waiting: "check.waiting", another: "check.another" }[what];
  show(() => [
    make("h1", { class: { captured: "in-the-box", another: "alarm" }[what] ?? "" }, say(`${title}.title`)),
    what === "captured" && number(),
    sentence(`${title}.text`, { index: figure(index ?? 0) }),
    what === "waiting" && make("p", {}, button("check.waiting.button", look, { class: "primary" })),
    restart(),
    what !== "captured" && wrong(seen({ found: what, index })),
  ]);
}

/** Opens a link; trying again opens the same one, which has left the address. */
const enter = (link) => open(link).catch((thrown) => showProblem(thrown, () => (startsAnew(thrown) ? restartAll() : enter(link))));

/** Whether the same link would never do. */
const startsAnew = (thrown) => ["not-captured", "not-revealed", "link", "ballot-elsewhere"].includes(understood(thrown).code);

const starting = (link) =>
  start(init, "voter").then(() => enter(link), (thrown) => showProblem(thrown, () => starting(link)));

const link = takeFragment();
begin().then(() => starting(link));
window.addEventListener("hashchange", () => {
  if (new URLSearchParams(location.hash.slice(1)).has("e")) enter(takeFragment());
});
