// What the verifier found, for people: the verdict, the result, what was not checked, whom one still trusts, every check.
import { byId, make } from "./page.js";
import { figure, pick, say } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const LONGEST_BAR = 400;

/**
 * Shows a report in the section `report`.
 * @param {{report: any, text: string, manifest: any}} found as the façade gives it
 * @param {{compared: boolean, hasReceipt: boolean}} given what the visitor gave
 */
export function show({ report, text, manifest }, given) {
  const verdict = byId("verdict");
  verdict.textContent = say(`verify.verdict.${report.verdict}`);
  byId("verdict-text").textContent = meaning(report);
  byId("title").textContent = manifest ? pick(manifest.languages, manifest.title) : "";
  fill("receipt-fate", report.receipts.map((receipt) => make("p", {}, fate(receipt))));
  fill("result", report.result && manifest ? result(report.result, manifest) : []);
  fill("unchecked", unchecked(manifest, given).map((one) => make("li", {}, one)));
  fill("trusted", (manifest ? trusted(manifest) : []).map((one) => make("li", {}, one)));
  byId("trust").hidden = !manifest;
  fill("checks", report.checks.map(check));
  byId("words").textContent = text;
}

function fill(id, children) {
  const element = byId(id);
  element.replaceChildren(...children);
  element.hidden = children.length === 0;
}

/** What the verdict means here, in a sentence. */
function meaning(report) {
  if (report.verdict === "pass") {
    const passed = report.checks.filter((one) => one.status === "pass").length;
    return say("verify.meaning.pass", { passed });
  }
  const failed = report.checks.find((one) => one.status === "fail");
  if (failed) return say("verify.meaning.fail", { check: checkName(failed.id) });
  if (report.ceremony) return say("verify.meaning.ceremony", { trustee: report.ceremony.guilty });
  return say(report.ended ? "verify.meaning.receipt" : "verify.meaning.incomplete");
}

function checkName(id) {
  return say(`verify.check.${id.toLowerCase()}`);
}

function fate({ state, index }) {
  return say(`verify.receipt.${state}`, { index: index ?? "" });
}

function check({ id, status, detail }) {
  const state = make("td", { class: status }, say(`verify.status.${status}`));
  return make("tr", {}, make("th", { scope: "row" }, `${id} ${checkName(id)}`), state, make("td", {}, detail));
}

/** What nobody checked here, and what nobody can. */
function unchecked(manifest, given) {
  const lines = [];
  if (!given.compared) lines.push(say("verify.unchecked.id"));
  if (!given.hasReceipt) lines.push(say("verify.unchecked.receipt"));
  if (manifest && manifest.witnesses.quorum === 0) lines.push(say("verify.unchecked.witnesses"));
  lines.push(say("verify.unchecked.roll"), say("verify.unchecked.devices"));
  return lines;
}

function trusted(manifest) {
  const names = (list) => list.map((one) => one.name).join(", ");
  const [threshold, trustees] = [manifest.threshold, manifest.trustees.length];
  const lines = [say("verify.trust.secrecy", { threshold, trustees, names: names(manifest.trustees) })];
  const issuers = manifest.issuers;
  const key = issuers.length === 1 ? "verify.trust.one" : "verify.trust.two";
  lines.push(say(key, { first: issuers[0].name, second: issuers.at(-1).name }));
  lines.push(say("verify.trust.device"));
  if (manifest.practice) lines.push(say("verify.trust.practice"));
  return lines;
}

/** Turnout, then each question with a table and its bars. */
function result(outcome, manifest) {
  const [ballots, lines] = ["ballots", "lines"].map((name) =>
    outcome.colleges.reduce((sum, college) => sum + college[name], 0),
  );
  const turnout = say("verify.turnout", { ballots: figure(ballots), lines: figure(lines) });
  const questions = outcome.questions.map((found, at) => question(found, manifest.questions[at], manifest.languages));
  return [make("h2", {}, say("verify.result")), make("p", {}, turnout), ...questions];
}

function question(found, asked, languages) {
  const names = asked.options.map((option) => pick(languages, option.name));
  if (asked.blank) names.push(say("verify.blank"));
  const highest = Math.max(1, ...found.totals);
  const rows = names.map((name, at) => row(name, found, at, highest));
  const head = ["verify.option", "verify.total"].map((key) => make("th", { scope: "col" }, say(key)));
  head[1].className = "figure";
  head.push(make("td", { class: "bars" }));
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
  const title = make("h3", {}, pick(languages, asked.title));
  const end = make("p", { class: "outcome" }, say(`verify.outcome.${found.status}`));
  return make("section", { class: "question" }, title, end, table);
}

function row(name, found, at, highest) {
  const number = at + 1;
  const isWinner = found.winners.includes(number);
  const isTied = found.tied.includes(number);
  const head = make("th", { scope: "row" }, name);
  if (isWinner || isTied) head.append(" ", make("em", {}, say(isWinner ? "verify.winner" : "verify.tied")));
  const total = found.totals[at];
  const shown = total === undefined ? "–" : figure(total);
  const bars = make("td", { class: "bars", "aria-hidden": "true" });
  if (total !== undefined) bars.append(bar((total * LONGEST_BAR) / highest, isWinner || isTied));
  return make("tr", {}, head, make("td", { class: "figure" }, shown), bars);
}

function bar(width, isMarked) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${LONGEST_BAR} 20`);
  svg.setAttribute("preserveAspectRatio", "none");
  const rectangle = document.createElementNS(SVG, "rect");
  rectangle.setAttribute("class", isMarked ? "marked" : "bar");
  rectangle.setAttribute("width", String(width));
  rectangle.setAttribute("height", "20");
  svg.append(rectangle);
  return svg;
}
