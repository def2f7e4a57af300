// "Something is wrong": a report with what this device saw, signed by a key made for it, to hand to the organizer and observers.
import { button, make, save, sentence } from "./dom.js";
import { language, say } from "./words.js";
import { signedReport } from "../voter.js";

/**
 * The part of a page that makes a report.
 * @param {() => Record<string, unknown>} seen what goes into it
 * @param {string} [text] the sentence that says what it holds
 */
export function wrong(seen, text = "wrong.text") {
  const report = () => {
    const said = document.getElementById("what-happened").value.trim();
    const content = { about: "urne", page: location.pathname, language: language(), made: new Date().toISOString(), said, ...seen() };
    save(say("wrong.file"), signedReport(JSON.stringify(content)));
    document.getElementById("report-saved").textContent = say("wrong.saved");
  };
  return make(
    "details",
    { class: "aside" },
    make("summary", {}, say("wrong.title")),
    sentence(text),
    make("label", { for: "what-happened" }, say("wrong.field")),
    make("textarea", { id: "what-happened", rows: 4 }),
    make("p", {}, button("wrong.button", report, { id: "save-report" })),
    make("p", { id: "report-saved", role: "status" }),
  );
}
