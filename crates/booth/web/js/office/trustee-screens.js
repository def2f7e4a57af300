// The screens of the trustee's page: what each shows. What happens behind them is in trustee.js.
import { field, h, tick } from "./build.js";
import { p } from "./forms.js";
import { padlockedBox } from "./padlocks.js";
import { figure, language, pick, say } from "../words.js";

export const KEY_FILE = "trustee.key.age";
export const MEMORY_FILE = "trustee.memory";

/** Groups of digits that stay together on a line, and are read one group at a time. */
export function spoken(digits) {
  const groups = digits.split(" ");
  const pieces = groups.flatMap((group, index) => [index > 0 ? " " : "", h("span", {}, group)]);
  return h("span", { class: "spoken" }, ...pieces);
}

/** A moment as people write it. */
export function moment(seconds) {
  const style = { dateStyle: "full", timeStyle: "short" };
  return new Intl.DateTimeFormat(language(), style).format(new Date(seconds * 1000));
}

/** Names joined as in a sentence. */
export function list(names) {
  return new Intl.ListFormat(language(), { type: "conjunction" }).format(names);
}

/** The fields that stand in for a memory this browser does not have. */
export function memoryFields() {
  const file = field({
    label: say("trustee.memory.file", { file: MEMORY_FILE }),
    help: say("trustee.memory.help"),
    name: "memory",
    type: "file",
  });
  const lost = tick({ label: say("trustee.memory.lost"), name: "lost" });
  return {
    element: h("fieldset", {}, h("legend", {}, say("trustee.memory.title")), file.element, lost.element),
    file: file.input,
    lost: lost.input,
  };
}

/** Who has done what, in words, below the box with its padlocks. */
export function company(view) {
  const line = ({ number, name, state, memory_lost: lost }) =>
    h(
      "li",
      {},
      h("strong", {}, number === view.own ? say("trustee.you", { name }) : name),
      say("office.colon"),
      say(`trustee.state.${state}`),
      lost && ` ${say("trustee.state.lost")}`,
    );
  return h(
    "section",
    { class: "box", "aria-label": say("trustee.company") },
    padlockedBox(view.trustees, view.closed?.ballots),
    h("ol", { class: "company" }, ...view.trustees.map(line)),
  );
}

/** The numbers to compare by voice. */
export function fingerprints(view) {
  const row = ({ number, name, fingerprint }) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, number === view.own ? say("trustee.you", { name }) : name),
      h("td", {}, spoken(fingerprint)),
    );
  const head = [say("trustee.compare.who"), say("trustee.compare.number")];
  return h(
    "table",
    { class: "numbers-to-compare" },
    h("thead", {}, h("tr", {}, ...head.map((title) => h("th", { scope: "col" }, title)))),
    h(
      "tbody",
      {},
      ...view.trustees.map(row),
      h("tr", {}, h("th", { scope: "row" }, say("trustee.compare.vote")), h("td", {}, spoken(view.spoken))),
    ),
  );
}

/** What the closed box holds, and how this device knows. */
export function holdings(view) {
  const { closed } = view;
  const number = (value, key) => h("li", {}, h("strong", {}, figure(value)), " ", h("span", {}, say(key)));
  const withheld = closed.colleges.filter(({ state }) => state === "withheld");
  return h(
    "section",
    {},
    h(
      "ul",
      { class: "numbers" },
      number(closed.ballots, "trustee.seal.ballots"),
      number(closed.lines, "trustee.seal.lines"),
      number(closed.size, "trustee.seal.entries"),
    ),
    p("trustee.seal.how", { size: figure(closed.size) }),
    closed.witnesses > 0 && p("trustee.seal.witnesses", { count: figure(closed.witnesses) }),
    closed.colleges.length > 1 && colleges(view),
    ...withheld.map(({ name }) => p("trustee.seal.withheld", { college: pick(view.languages, name) })),
    view.void.length > 0 && voids(view),
  );
}

function colleges(view) {
  const row = ({ name, ballots, lines }) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, pick(view.languages, name)),
      h("td", { class: "figure" }, figure(ballots)),
      h("td", { class: "figure" }, figure(lines)),
    );
  const head = ["trustee.seal.college", "trustee.seal.ballots", "trustee.seal.lines"];
  return h(
    "table",
    {},
    h("thead", {}, h("tr", {}, ...head.map((key) => h("th", { scope: "col" }, say(key))))),
    h("tbody", {}, ...view.closed.colleges.map(row)),
  );
}

function voids(view) {
  const item = ({ index, why }) => h("li", {}, say("trustee.void.entry", { index: figure(index), why }));
  return h("div", { class: "fault" }, p("trustee.void"), h("ul", {}, ...view.void.map(item)));
}

/** Who made the ceremony fail, and what that means for the one who reads it. */
export function failure(view) {
  const { trustee, role, fault } = view.failed;
  const { name } = view.trustees[trustee - 1];
  return [
    p(`trustee.failed.${role}`, { name }),
    fault && p(`trustee.fault.${fault}`),
    p(trustee === view.own ? "trustee.failed.you" : "trustee.failed.others", { name }),
    p("trustee.failed.next", { name }),
  ];
}
