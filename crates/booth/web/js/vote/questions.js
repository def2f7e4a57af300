// The questions, one after the other. What is left to spend or to give is said as it changes.
import { announce, make, sentence, show } from "../dom.js";
import { figure, has, pick, say, tongue } from "../words.js";
import { state } from "./state.js";

const RATED = ["score", "points"];

const text = (texts) => pick(state.paper.languages, texts);
const lang = () => tongue(state.paper.languages);

/**
 * Shows the question of this number, from 0; then the next one, and at the end `done`.
 * @param {number} number
 * @param {() => void} done
 * @param {boolean} [only] whether to go to `done` right after it
 */
export function showQuestion(number, done, only = false) {
  const { questions } = state.paper;
  state.question = number;
  const last = only || number === questions.length - 1;
  const onward = () => (last ? done() : showQuestion(number + 1, done));
  const back = () => showQuestion(number - 1, done);
  const parts = () => [
    state.paper.practice && sentence("page.practice", {}, { class: "practice" }),
    questions.length > 1 && sentence("questions.counter", { number: number + 1, count: questions.length }, { class: "counter" }),
    make("h1", { lang: lang() }, text(questions[number].title)),
    state.voted && number === 0 && sentence("questions.voted", {}, { class: "note" }),
    ...paragraphs(text(questions[number].description)),
    form(number, last, onward, number > 0 && !only && back),
  ];
  show(parts, () => showStanding(number, false));
}

function paragraphs(long) {
  return long.split("\n").filter(Boolean).map((line) => make("p", { lang: lang() }, line));
}

function form(number, last, onward, back) {
  const question = state.paper.questions[number];
  const submit = (event) => {
    event.preventDefault();
    if (showStanding(number, true)) onward();
  };
  const options = question.order.map((option) => row(number, option));
  return make(
    "form",
    { novalidate: true, on: { submit } },
    make(
      "fieldset",
      { class: "answers", "aria-describedby": "how" },
      make("legend", { class: "unseen", lang: lang() }, text(question.title)),
      make("p", { id: "how", class: "how" }, how(question), question.random && ` ${say("questions.random")}`),
      ...options,
      question.blank && blankRow(number),
    ),
    make("div", { class: "standing" }, make("p", { id: "standing", role: "status", "aria-live": "polite" })),
    make(
      "p",
      { class: "steps" },
      make("button", { class: "primary" }, say(last ? "questions.review" : "page.continue")),
      back && make("button", { type: "button", on: { click: back } }, say("page.back")),
    ),
  );
}

/** The rule of a question in one sentence. */
function how({ kind, least, most, each, envelope, options }) {
  const numbers = { least: figure(least), most: figure(most), each: figure(each), envelope: figure(envelope) };
  if (kind === "points" && least < most) return say(least === 0 ? "questions.points.most" : "questions.points.range", numbers);
  if (kind !== "several") return say(`questions.${kind}`, numbers);
  if (least === most) return say("questions.several.exact", numbers);
  if (least > 0) return say("questions.several.range", numbers);
  return say(most < options.length ? "questions.several.most" : "questions.several.any", numbers);
}

function row(number, option) {
  const question = state.paper.questions[number];
  return RATED.includes(question.kind) ? ratedRow(number, option) : chosenRow(number, option);
}

function about({ description, cost }, id) {
  const long = text(description);
  if (!long && !cost) return undefined;
  return make(
    "span",
    { class: "about", id },
    cost > 0 && make("span", { class: "cost" }, say("questions.cost", { cost: figure(cost) })),
    long && make("span", { lang: lang() }, long),
  );
}

function chosenRow(number, option) {
  const { kind, options } = state.paper.questions[number];
  const answer = state.answers[number];
  const change = ({ target }) => {
    if (kind === "one") answer.values.fill(0);
    answer.values[option] = target.checked ? 1 : 0;
    if (target.checked) setBlank(number, false);
    showStanding(number, false);
  };
  return choice(kind, `o${option}`, answer.values[option] === 1 && !answer.blank, change, text(options[option].name), options[option]);
}

function choice(kind, id, checked, change, name, option) {
  const described = option && about(option, `${id}-about`);
  return make(
    "div",
    { class: "choice" },
    make("input", {
      type: kind === "one" ? "radio" : "checkbox",
      name: kind === "one" ? "answer" : id,
      id,
      checked,
      "aria-describedby": described ? `${id}-about` : undefined,
      on: { change },
    }),
    make("label", { for: id }, make("span", { class: "option-name", lang: id === "blank" ? undefined : lang() }, name)),
    described,
  );
}

function blankRow(number) {
  const { kind } = state.paper.questions[number];
  const change = ({ target }) => {
    setBlank(number, target.checked);
    showStanding(number, false);
  };
  return make("div", { class: "blank" }, choice(kind, "blank", state.answers[number].blank, change, say("page.blank"), undefined));
}

/** Blank and anything else exclude each other: the later one stays. */
function setBlank(number, blank) {
  const answer = state.answers[number];
  answer.blank = blank;
  const box = document.getElementById("blank");
  if (box) box.checked = blank;
  if (!blank) return;
  answer.values.fill(0);
  for (const input of document.querySelectorAll(".answers input:not(#blank)")) {
    if (input.type === "number") input.value = "0";
    else input.checked = false;
  }
}

function ratedRow(number, option) {
  const { each, options } = state.paper.questions[number];
  const answer = state.answers[number];
  const id = `o${option}`;
  const name = text(options[option].name);
  const described = about(options[option], `${id}-about`);
  const set = (value) => {
    answer.values[option] = Math.min(Math.max(value, 0), each);
    if (answer.values[option] > 0) setBlank(number, false);
    showStanding(number, false);
  };
  const input = make("input", {
    id, type: "number", inputmode: "numeric", min: 0, max: each, step: 1, value: String(answer.values[option]),
    "aria-describedby": described ? `${id}-about` : undefined,
    on: {
      input: () => set(Number.parseInt(input.value, 10) || 0),
      change: () => { input.value = String(answer.values[option]); },
    },
  });
  const step = (by, key, sign) => {
    const click = () => {
      set(answer.values[option] + by);
      input.value = String(answer.values[option]);
    };
    return make("button", { type: "button", class: "step", "aria-label": say(key, { name }), on: { click } }, sign);
  };
  return make(
    "div",
    { class: "rated" },
    make("label", { for: id }, make("span", { class: "option-name", lang: id === "blank" ? undefined : lang() }, name)),
    make("span", { class: "steppers" }, step(-1, "questions.less", "−"), input, step(1, "questions.more", "+")),
    described,
  );
}

/**
 * Says how the answer stands. Whoever wants to go on with one that is not allowed hears it at once, and the bar takes the focus.
 * @returns {boolean} whether it may be cast like this
 */
function showStanding(number, wantsOn) {
  const question = state.paper.questions[number];
  const answer = state.answers[number];
  const standing = JSON.parse(state.board.standing(number, answer.blank, Uint32Array.from(answer.values)));
  const bar = document.getElementById("standing");
  bar.textContent = inWords(question, answer, standing);
  bar.classList.toggle("wrong", !standing.complete && (wantsOn || standing.excess > 0));
  if (wantsOn && !standing.complete) {
    bar.tabIndex = -1;
    bar.focus();
    announce(bar.textContent);
  }
  return standing.complete;
}

function inWords({ kind, options, most }, answer, { used, remaining, excess, missing }) {
  if (answer.blank) return say("standing.blank");
  const numbers = Object.fromEntries(
    Object.entries({ used, remaining, excess, missing }).map(([name, count]) => [name, figure(count ?? 0)]),
  );
  if (kind === "one") {
    const chosen = answer.values.indexOf(1);
    return chosen < 0 ? say("standing.one.missing") : say("standing.one.done", { name: text(options[chosen].name) });
  }
  if (kind === "several" && excess + missing === 0 && most === options.length) return say("standing.several.any", numbers);
  const special = [[excess, "excess"], [missing, "missing"]].find(([count]) => count > 0);
  const key = special && `standing.${kind}.${special[1]}`;
  return say(key && has(key) ? key : `standing.${kind}`, numbers);
}
