// Who votes: identifier, the letter's code, the server's half. Nothing of it is sent but what asks the server for its half.
import { accuse, announce, blame, button, codeField, field, make, sentence, show, showAgain } from "../dom.js";
import { showProblem, understood } from "../steps.js";
import { lineStatus, post } from "../server.js";
import { LANGUAGES, moment, pick, say, speak, tongue } from "../words.js";
import { groupedCode } from "../../voter.js";
import { earlier } from "./earlier.js";
import { notice } from "./privacy.js";
import { clearAnswers, state } from "./state.js";

/** The issuers' numbers, from 1, whose codes are typed. */
function letters() {
  const numbers = state.paper.issuers.map((_, index) => index + 1);
  return numbers.filter((number) => number !== state.status.server_issuer);
}

const serverIssues = () => Boolean(state.status.server_issuer);

/**
 * Asks who votes, then calls `next`.
 * @param {() => void} next
 */
export function showIdentify(next) {
  show(() => {
    const { paper } = state;
    const form = make("form", { novalidate: true, on: { submit: (event) => submit(event, next) } });
    form.append(
      ...(needsIdentifier() ? [identifierField()] : []),
      ...letters().map(letterField),
      ...(serverIssues() ? mailPart() : []),
      make("p", { id: "whole-fault", class: "fault", role: "alert", hidden: true }),
      make("p", {}, make("button", { class: "primary" }, say("page.continue"))),
    );
    return [
      paper.practice && sentence("page.practice", {}, { class: "practice" }),
      make("p", { class: "election", lang: tongue(paper.languages) }, pick(paper.languages, paper.title)),
      make("h1", {}, say("identify.title")),
      sentence("identify.open", { closes: moment(state.status.closes) }),
      earlier(),
      form,
      letters().length > 0 && sentence("identify.stays", {}, { class: "help" }),
      notice(state.privacy),
    ];
  });
}

/** With a link from the mail and no letter, nothing need be typed. */
function needsIdentifier() {
  return letters().length > 0 || !(state.token || state.released);
}

function identifierField() {
  const help = say("identify.identifier.hint");
  return field("identifier", say("identify.identifier"), help, { autocapitalize: "none", spellcheck: "false" });
}

function letterField(number) {
  const alone = letters().length === 1;
  const label = alone ? say("identify.code") : say("identify.code.from", { name: state.paper.issuers[number - 1] });
  const filled = state.code && number === letters()[0];
  return codeField(`code-${number}`, label, say(filled ? "identify.code.filled" : "identify.code.hint"), {
    value: filled ? state.code : "",
    on: { change: tidy },
  });
}

/** A code that is right is shown in groups of four; one that is not says so at once. */
function tidy({ target }) {
  if (target.value.trim() === "") return;
  try {
    target.value = groupedCode(target.value);
  } catch (thrown) {
    const { text } = understood(thrown);
    accuse(target.id, text);
    announce(text);
  }
}

function mailPart() {
  if (state.token || state.released) return [sentence("identify.mail.opened")];
  return [
    field("one-time", say("identify.mail.code"), say("identify.mail.code.hint"), {
      inputmode: "numeric",
      autocomplete: "one-time-code",
    }),
    make("p", {}, button("identify.mail.again", askForMail, { class: "quiet" })),
    make("p", { id: "mail-sent", role: "status" }),
  ];
}

async function askForMail() {
  const identifier = value("identifier");
  if (!identifier) return blame("identifier", say("identify.empty"));
  blame("identifier");
  try {
    await post(`/elections/${state.election}/links`, { identifier });
    document.getElementById("mail-sent").textContent = say("identify.mail.sent");
  } catch (thrown) {
    document.getElementById("mail-sent").textContent = understood(thrown).text;
  }
}

const value = (id) => document.getElementById(id)?.value.trim() ?? "";

/** The first field that is empty is named. */
function firstEmpty() {
  const ids = ["identifier", ...letters().map((number) => `code-${number}`), "one-time"];
  const shown = ids.filter((id) => document.getElementById(id));
  shown.forEach((id) => blame(id));
  return shown.find((id) => value(id) === "");
}

async function submit(event, next) {
  event.preventDefault();
  const empty = firstEmpty();
  if (empty) return blame(empty, say("identify.empty"));
  const pressed = event.target.querySelector("button.primary");
  pressed.disabled = true;
  announce(say("identify.checking"));
  try {
    checkCodes();
    await release();
    identify();
    await takeLine();
    clearAnswers();
    next();
  } catch (thrown) {
    pressed.disabled = false;
    explain(thrown, next);
  }
}

/** A typing mistake is found before the mail's link is spent. */
function checkCodes() {
  for (const number of letters()) {
    try {
      groupedCode(value(`code-${number}`));
    } catch (thrown) {
      throw { field: `code-${number}`, thrown };
    }
  }
}

/** The server's half, once: a link works once, so what it released is kept until the page is closed. */
async function release() {
  if (!serverIssues() || state.released) return;
  const identifier = value("identifier");
  const proof = state.token ? { token: state.token } : { identifier, code: value("one-time").replaceAll(/\D/g, "") };
  const response = await post(`/elections/${state.election}/sign-in`, proof);
  state.released = await response.json();
  state.token = "";
  await follow(state.released.language);
}

/** The mail was in this language; who has chosen another one on this page keeps it. */
async function follow(language) {
  const chosen = new URLSearchParams(location.search).has("lang");
  if (LANGUAGES.includes(language) && !chosen && !navigator.languages.some((one) => one.startsWith(language))) await speak(language);
}

function identify() {
  const parts = state.paper.issuers.map((_, index) => {
    const number = index + 1;
    if (number === state.status.server_issuer) return `half:${state.released.half}`;
    return `code:${value(`code-${number}`)}`;
  });
  state.key = state.device.identify(state.board, value("identifier") || "-", parts);
  if (state.released && state.released.key !== state.key) {
    throw JSON.stringify({ code: "key-differs", "message-key": "failure.key-differs", detail: "" });
  }
}

/** Where the next ballot goes: asked before the first choice, and again before every further vote. */
export async function takeLine() {
  const line = await lineStatus(state.election, state.key);
  state.accepted = line?.accepted?.tracker;
  state.voted = state.device.takeLine(state.board, line?.college, line?.accepted?.tracker);
}

function explain(thrown, next) {
  if (thrown?.field) return blame(thrown.field, understood(thrown.thrown).text);
  const { code, text } = understood(thrown);
  if (code === "page") return showProblem(thrown, () => showIdentify(next));
  if (code === "sign-in-refused" && state.token) {
    // A link that is used up: the figures of a newer mail are asked for instead.
    state.token = "";
    showAgain();
  }
  const whole = document.getElementById("whole-fault");
  whole.hidden = false;
  whole.textContent = text;
}
