// The pictures: a transparent ballot box, and QR codes.
import { draw } from "./dom.js";

/**
 * The ballot box. With `full`, one paper has just fallen in.
 * @param {string} alternative what it shows, for those who do not see it
 * @param {boolean} full
 */
export function ballotBox(alternative, full) {
  const paper = (x, y, turn, own) =>
    draw("rect", {
      x, y, width: own ? 40 : 26, height: own ? 22 : 14, rx: 1,
      transform: `rotate(${turn} ${x + 13} ${y + 7})`,
      class: own ? "own" : "",
    });
  const others = [[44, 172, -6], [78, 168, 9], [112, 172, -3], [150, 170, 12], [182, 173, -9]];
  return draw(
    "svg",
    { viewBox: "0 0 260 210", role: "img", "aria-label": alternative, class: "ballot-box" },
    draw("g", { class: "papers" }, others.map(([x, y, turn]) => paper(x, y, turn, false)), full && paper(110, 142, -7, true)),
    draw("path", { class: "glass", d: "M30 60h200v135h-200z" }),
    draw("path", { class: "lid", d: "M20 48h220v14h-220z" }),
    draw("path", { class: "slot", d: "M100 48h60" }),
  );
}

/**
 * A QR code.
 * @param {{size: number, path: string}} drawing
 * @param {string} alternative
 */
export function qrCode({ size, path }, alternative) {
  return draw(
    "svg",
    { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": alternative, class: "qr", "shape-rendering": "crispEdges" },
    draw("rect", { width: size, height: size }),
    draw("path", { d: path }),
  );
}
