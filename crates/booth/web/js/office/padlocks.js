// The ballot box with a padlock for every trustee: shut when its holder has confirmed, open again at the count.
import { svg } from "./build.js";
import { say } from "../words.js";

const SHUT = new Set(["confirmed", "drilled", "sealed"]);

function padlock(x, state) {
  const shackle = SHUT.has(state) ? "206v-4a5 5 0 0 1 10 0v4" : "206v-8a5 5 0 0 1 10 0v2";
  const body = { x, y: 206, width: 16, height: 13, rx: 2, class: state === "seated" ? "waiting" : undefined };
  return [svg("path", { class: "shackle", d: `M${x + 3} ${shackle}` }), svg("rect", body)];
}

/** @param {{state: string}[]} trustees */
export function padlockedBox(trustees) {
  const shut = trustees.filter(({ state }) => SHUT.has(state)).length;
  const step = Math.min(24, 220 / trustees.length);
  const first = 130 - (step * (trustees.length - 1)) / 2 - 8;
  return svg(
    "svg",
    { viewBox: "0 40 260 185", role: "img", "aria-label": say("trustee.box", { shut, all: trustees.length }) },
    svg("path", { class: "glass", d: "M30 60h200v135h-200z" }),
    svg("path", { class: "lid", d: "M20 48h220v14h-220z" }),
    svg("path", { class: "slot", d: "M100 48h60" }),
    svg("g", { class: "padlocks" }, ...trustees.flatMap(({ state }, index) => padlock(first + step * index, state))),
  );
}
