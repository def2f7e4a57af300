// The voter's page: who votes, the questions, the choices once more, the vote on its way, in the box.
import init, { Board, VotingDevice } from "../voter.js";
import { gather } from "./board.js";
import { button, field, make, sentence, show } from "./dom.js";
import { takeFragment } from "./fragment.js";
import { keepBoard } from "./keep.js";
import { start } from "./module.js";
import { begin, electionIn, setProgress, showProblem, showWaiting } from "./steps.js";
import { electionStatus } from "./server.js";
import { moment, say } from "./words.js";
import { cast, showBox } from "./vote/box.js";
import { earlier, findEarlier, receiptOf } from "./vote/earlier.js";
import { showIdentify, takeLine } from "./vote/identify.js";
import { askPrivacy } from "./vote/privacy.js";
import { showQuestion } from "./vote/questions.js";
import { showReview } from "./vote/review.js";
import { clearAnswers, state } from "./vote/state.js";

async function open(link) {
  state.election = link.get("e") ?? "";
  state.code = link.get("c") ?? "";
  state.token = link.get("t") ?? "";
  if (electionIn(state.election) === "") return showWhich();
  return load();
}

/** Without a link: the election is asked for. */
function showWhich() {
  const submit = (event) => {
    event.preventDefault();
    const text = document.getElementById("which").value;
    const parts = new URLSearchParams(text.split("#")[1] ?? "");
    if (!parts.has("e")) parts.set("e", electionIn(text));
    const enter = () => open(parts).catch((thrown) => showProblem(thrown, enter));
    enter();
  };
  show(() => [
    make("h1", {}, say("vote.which")),
    sentence("vote.which.text"),
    make(
      "form",
      { novalidate: true, on: { submit } },
      field("which", say("vote.which.field"), undefined, { autocapitalize: "none", spellcheck: "false" }),
      make("p", {}, make("button", { class: "primary" }, say("page.continue"))),
    ),
  ]);
}

/** Everything a ballot needs is here before the first choice; nothing is fetched afterwards that depends on one. */
async function load() {
  showWaiting("vote.title", "vote.loading");
  try {
    const { election } = state;
    const asked = [electionStatus(election), askPrivacy(election), start(init, "voter")];
    [state.status, state.privacy] = await Promise.all(asked);
    if (Number.isInteger(state.status.opened)) await follow();
  } catch (thrown) {
    return showProblem(thrown, load);
  }
  return resume();
}

/** The board up to its opening, judged here; its files are kept, so that a receipt can be checked without a connection. */
async function follow() {
  const opened = state.status.opened;
  const board = new Board(state.election, opened);
  const files = [];
  const keeping = {
    needs: () => board.needs(),
    give: (path, bytes) => {
      if (bytes) files.push([path, bytes]);
      board.give(path, bytes);
    },
  };
  await gather(state.election, keeping, setProgress);
  board.follow(() => {});
  board.requireOpen();
  state.board = board;
  state.paper = JSON.parse(board.paper());
  state.device = new VotingDevice();
  await keepBoard(state.election, { opened, files });
}

const ways = {
  /** votes again on the same line, which is asked for anew */
  again: () => {
    showWaiting("vote.title", "identify.checking");
    return takeLine().then(() => {
      clearAnswers();
      questions();
    }, (thrown) => showProblem(thrown, ways.again));
  },
  restart: () => showReview(() => cast(ways)),
};

const questions = () => showQuestion(0, () => showReview(() => cast(ways)));

/** Who has identified and voted from here already sees that vote; anybody else goes to the questions. */
const identified = () => {
  const receipt = receiptOf(state.accepted);
  return receipt ? showBox(receipt, ways) : questions();
};

/** What was cast from here before is sent on beside; whose it is, nobody knows yet. The server's hour decides, not this device's. */
async function resume() {
  const { phase, admits_ballots: admits, opens, closes } = state.status;
  const before = ["dealing", "confirming", "preparing"].includes(phase);
  const past = phase === "voting" ? closes * 1000 <= Date.now() : !before;
  if (state.board) await findEarlier();
  if (!admits && past) return showShut("closed", { closes: moment(closes) });
  if (!state.board || (!admits && opens * 1000 > Date.now())) return showShut("waiting", { opens: moment(opens) });
  return showIdentify(identified);
}

function showShut(which, values) {
  show(() => [
    make("h1", {}, say(`${which}.title`)),
    sentence(`${which}.text`, values),
    earlier(),
    which === "closed" && make("p", {}, make("a", { href: `receipt.html#e=${state.election}` }, say("box.there"))),
    make("p", {}, make("a", { href: `/elections/${state.election}` }, say("page.election"))),
    which === "waiting" && make("p", {}, button("page.again", load, { class: "primary" })),
  ]);
}

const link = takeFragment();
/** Trying again opens the same link, which has left the address. */
const enter = () => open(link).catch((thrown) => showProblem(thrown, enter));
begin().then(enter);
window.addEventListener("hashchange", () => {
  // Another link pasted into the same page: it starts anew, with nothing of the first.
  if (new URLSearchParams(location.hash.slice(1)).has("e")) location.reload();
});
