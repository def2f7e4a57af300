// The choices once more, and one button. Beside it, the way to have this device checked.
import { button, copyable, make, sentence, show } from "../dom.js";
import { showProblem } from "../steps.js";
import { qrCode } from "../picture.js";
import { figure, pick, say, tongue } from "../words.js";
import { drawQr, spokenNumber } from "../../voter.js";
import { showQuestion } from "./questions.js";
import { flat, state } from "./state.js";

/**
 * What a ballot holds, question by question.
 * @param {{kind: string, question: string[], blank: boolean, options: {name: string[], value: number}[]}[]} chosen
 * @param {string[]} languages
 * @param {(number: number, title: string) => Node} [beside] what stands beside a question
 */
export function choices(chosen, languages, beside = () => null) {
  const text = (texts) => pick(languages, texts);
  const lang = tongue(languages);
  const words = ({ kind, blank, options }) => {
    if (blank) return [make("li", {}, say("page.blank"))];
    if (options.length === 0) return [make("li", { class: "help" }, say("review.nothing"))];
    const rated = kind === "score" || kind === "points";
    return options.map(({ name, value }) =>
      make("li", { lang }, rated ? say("review.value", { name: text(name), value: figure(value) }) : text(name)),
    );
  };
  return chosen.map((one, number) =>
    make("section", { class: "chosen" }, make("h2", { lang }, text(one.question)), make("ul", {}, words(one)), beside(number, text(one.question))),
  );
}

/**
 * Makes the ballot and shows what is in it.
 * @param {() => void} cast
 */
export function showReview(cast) {
  const again = () => showReview(cast);
  const began = performance.now();
  try {
    state.tracker = state.device.prepare(state.board, ...flat());
  } catch (thrown) {
    return showProblem(thrown, () => showQuestion(0, again));
  }
  performance.measure("urne-prepare", { start: began });
  const change = (number, title) =>
    button("review.change", () => showQuestion(number, again, true), { "aria-label": say("review.change.label", { question: title }) });
  show(() => [
    state.paper.practice && sentence("page.practice", {}, { class: "practice" }),
    make("h1", {}, say("review.title")),
    sentence("review.text"),
    ...choices(JSON.parse(state.board.chosen(...flat())), state.paper.languages, change),
    make("p", { class: "steps" }, castButton(cast)),
    sentence(state.voted ? "review.replaces" : "review.again", {}, { class: "help" }),
    make(
      "details",
      { class: "aside" },
      make("summary", {}, say("review.check")),
      sentence("review.check.text"),
      make("p", {}, button("page.continue", () => showCapture(cast, again), { id: "start-check" })),
    ),
  ]);
}

/** Pressed once: the ballot is on its way. */
function castButton(cast) {
  const press = ({ currentTarget }) => {
    currentTarget.disabled = true;
    cast();
  };
  return button("review.cast", press, { class: "primary", id: "cast" });
}

/** A link to the second device's page; what it carries stands in the fragment, which no server sees. */
const checkLink = (fragment) => new URL(`../../check.html#${fragment}`, import.meta.url).href;

/** The picture where one can be drawn; a very long ballot has the line alone. */
function picture(text) {
  try {
    return qrCode(JSON.parse(drawQr(text)), say("page.qr"));
  } catch {
    return sentence("failure.too-long-for-qr");
  }
}

/** The ballot is made and committed to: the second device captures its tracker, then the voter decides. */
function showCapture(cast, again) {
  const link = checkLink(`e=${state.election}&k=${state.tracker}`);
  show(() => [
    make("h1", {}, say("capture.title")),
    sentence("capture.text"),
    picture(link),
    sentence("capture.number"),
    make("p", { class: "number" }, spokenNumber(state.tracker)),
    sentence("capture.first", {}, { class: "help" }),
    make("details", {}, make("summary", {}, say("capture.mark")), copyable(state.tracker, "capture.mark")),
    make("h2", {}, say("capture.decide")),
    sentence("capture.decide.text"),
    make("p", { class: "steps" }, castButton(cast)),
    make("p", {}, button("capture.open", () => reveal(again), { id: "open-ballot" })),
    sentence("capture.open.text", {}, { class: "help" }),
  ]);
}

function reveal(again) {
  let fragment;
  try {
    fragment = state.device.reveal(state.board);
  } catch (thrown) {
    return showProblem(thrown, again);
  }
  const link = checkLink(fragment);
  show(() => [
    make("h1", {}, say("revealed.title")),
    sentence("revealed.text"),
    picture(link),
    make("details", {}, make("summary", {}, say("revealed.line")), copyable(link, "revealed.line")),
    sentence("revealed.spent", {}, { class: "note" }),
    make("p", {}, button("revealed.again", again, { class: "primary" })),
  ]);
}
