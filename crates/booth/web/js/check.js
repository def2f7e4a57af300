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

let state = {};
let whole;

const watch = ({ stage, done, all }) => {
  setProgress(done, all);
  if (stage === "judged") setWaiting(say("check.progress", { done: figure(done), all: figure(all) }));
};

/**
 * Takes what a link brings. A tracker that is caught starts a new check; what is opened needs one that was caught before.
 * @param {URLSearchParams} link
 */
async function open(link) {
  state = kept();
  const election = link.get("e");
  if (election && election !== state.election) state = { election };
  if (link.has("u")) keep({ half: link.get("u") });
  if (link.has("k")) keep({ captured: link.get("k") });
  if (!state.election || !state.half) return showStart();
  await prepare();
  if (link.has("s")) return judge(`#${link}`);
  return state.captured ? showDecide() : showCapture();
}

/** Follows the board and finds the line of the half. */
async function prepare() {
  showWaiting("check.title", "check.following");
  whole ??= new Whole(watch);
  await whole.ask("follow", state.election);
  await whole.ask("begin", state.half);
}

/** @param {{half: string, election: string}} [before] what was typed already */
function showStart(before = { half: "", election: "" }) {
  const take = async (half) => {
    const link = new URLSearchParams(half.split("#")[1] ?? "");
    const election = document.getElementById("election")?.value ?? "";
    const known = state.election;
    keep({ election: link.get("e") ?? known ?? electionIn(election), half: link.get("u") ?? half.trim() });
    try {
      await prepare();
    } catch (thrown) {
      const { text } = understood(thrown);
      keep({ election: known, half: undefined });
      showStart({ half, election });
      return blame("half", text);
    }
    return state.captured ? showDecide() : showCapture();
  };
  const submit = (event) => {
    event.preventDefault();
    take(document.getElementById("half").value);
  };
  const typed = { autocapitalize: "none", spellcheck: "false" };
  show(() => [
    make("h1", {}, say("check.title")),
    sentence("check.text"),
    camera(take),
    make(
      "form",
      { novalidate: true, on: { submit } },
      field("half", say("check.half"), say("check.half.hint"), { ...typed, class: "line", value: before.half }),
      !state.election && field("election", say("check.election"), say("check.election.hint"), { ...typed, value: before.election }),
      make("p", {}, make("button", { class: "primary" }, say("page.continue"))),
    ),
  ]);
}

/** The text of a code, or of a line that was pasted: the tracker in it. */
const trackerOf = (text) => new URLSearchParams(text.split("#")[1] ?? "").get("k") ?? text.trim();

function showCapture() {
  const take = (text) => {
    const captured = trackerOf(text);
    try {
      spokenNumber(captured);
    } catch (thrown) {
      return blame("tracker", understood(thrown).text);
    }
    keep({ captured });
    return showDecide();
  };
  show(() => [
    make("h1", {}, say("check.capture.title")),
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
  const again = () => {
    keep({ captured: undefined });
    showCapture();
  };
  return make("p", {}, button("check.restart", again, { class: "quiet" }));
}

/** What this device saw, for a report. */
const seen = (what) => () => ({ election: state.election, half: state.half, captured: state.captured, ...what });

/** After "Check": says what the ballot held. */
async function judge(revealed) {
  if (!state.captured) return showProblem(JSON.stringify({ code: "not-captured", "message-key": "failure.not-captured", detail: "" }), restartAll);
  let held;
  try {
    held = JSON.parse(await whole.ask("check", state.captured, revealed));
  } catch (thrown) {
    if (understood(thrown).code === "ballot-changed") return showChanged(revealed);
    return showProblem(thrown, showDecide);
  }
  const { languages } = JSON.parse(await whole.ask("paper"));
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
  keep({ captured: undefined });
  prepare().then(showCapture, showProblem);
}

function showChanged(revealed) {
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

const link = takeFragment();
begin()
  .then(() => start(init, "voter"))
  .then(() => open(link))
  .catch(showProblem);
window.addEventListener("hashchange", () => {
  if (new URLSearchParams(location.hash.slice(1)).has("e")) open(takeFragment()).catch(showProblem);
});
