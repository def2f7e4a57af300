// The ballot box with a padlock for every trustee: shut when its holder has confirmed, open again at the count.
import { svg } from "./build.js";
import { say } from "../words.js";

const SHUT = new Set(["confirmed", "drilled", "sealed"]);

function padlock(x, state) {
  const shackle = SHUT.has(state) ? "206v-4a5 5 0 0 1 10 0v4" : "206v-8a5 5 0 0 1 10 0v2";
  const body = { x, y: 206, width: 16, height: 13, rx: 2, class: state === "seated" ? "waiting" : undefined };
  return [svg("path", { class: "shackle", d: `M${x + 3} ${shackle}` }), svg("rect", body)];
}

/** Folded papers: twice as many ballots are a few papers more, as on the election's own page. */
function papers(ballots) {
  const count = Math.min(ballots, 24, 6 + 2 * Math.floor(Math.log2(Math.max(ballots, 1))));
  return Array.from({ length: count }, (_, number) => {
    const [row, column] = [Math.floor(number / 6), number % 6];
    const [x, y] = [40 + column * 29 + (row % 2) * 8, 170 - row * 17 - (column % 2) * 4];
    const turn = ((number * 37) % 25) - 12;
    return svg("rect", { x, y, width: 26, height: 14, rx: 1, transform: `rotate(${turn} ${x + 13} ${y + 7})` });
  });
}

/**
 * @param {{state: string}[]} trustees
 * @param {number} [ballots] how many are in the box
 */
export function padlockedBox(trustees, ballots = 0) {
  const shut = trustees.filter(({ state }) => SHUT.has(state)).length;
  const step = Math.min(24, 220 / trustees.length);
  const first = 130 - (step * (trustees.length - 1)) / 2 - 8;
  return svg(
    "svg",
    { viewBox: "0 40 260 185", role: "img", "aria-label": say("trustee.box", { shut, all: trustees.length }) },
    svg("g", { class: "papers" }, ...papers(ballots)),
    svg("path", { class: "glass", d: "M30 60h200v135h-200z" }),
    svg("path", { class: "lid", d: "M20 48h220v14h-220z" }),
    svg("path", { class: "slot", d: "M100 48h60" }),
    svg("g", { class: "padlocks" }, ...trustees.flatMap(({ state }, index) => padlock(first + step * index, state))),
  );
}
