// The page on which anyone checks an election. The work is done in a worker; here is what people see of it.
import { readRecord } from "./archive.js";
import { takeFragment } from "./fragment.js";
import { IS_OFFLINE, fetchChecked, startWorker } from "./module.js";
import { begin, byId, make } from "./page.js";
import { show } from "./verify-report.js";
import { figure, pick, say } from "./words.js";

const ELECTION_ID = /^[A-Za-z0-9_-]{43}$/;

/** What a visitor is shown at the end, to show it again in another language. */
let shown;

/** What the visitor wants checked, or why that cannot be done yet, as the key of a sentence. */
async function wanted() {
  const letter = byId("letter").value.trim();
  if (letter !== "" && !ELECTION_ID.test(letter)) return { fault: "verify.fault.letter" };
  const [file] = byId("receipt").files;
  const receipt = file && new Uint8Array(await file.arrayBuffer());
  const given = { compared: letter !== "", hasReceipt: receipt !== undefined };
  const common = { election: letter || undefined, receipt };
  if (IS_OFFLINE) {
    const chosen = [byId("archive"), byId("folder")].find((input) => input.files.length > 0);
    if (!chosen) return { fault: "verify.fault.nothing" };
    const files = await readRecord(chosen.files).catch(() => undefined);
    if (!files) return { fault: "verify.fault.archive" };
    return { given, task: { ...common, files } };
  }
  const id = byId("election").value;
  if (!ELECTION_ID.test(id)) return { fault: "verify.fault.nothing" };
  // The board of an election is that of its id: another board at its address fails the check.
  return { given, id, task: { ...common, election: letter || id, address: `${location.origin}/boards/${id}` } };
}

/** Verifies in a worker; answers what the façade found. */
async function verify(task) {
  const module = await (await fetchChecked("observer.wasm")).arrayBuffer();
  const worker = startWorker("verify-worker");
  try {
    return await new Promise((resolve, reject) => {
      worker.addEventListener("error", (event) => reject(new Error(event.message)));
      worker.addEventListener("message", ({ data }) => {
        if (data.found) resolve(JSON.parse(data.found));
        else if (data.failed) reject(new Error(data.failed));
        else advance(data);
      });
      worker.postMessage({ ...task, module });
    });
  } finally {
    worker.terminate();
  }
}

function advance({ entries, of }) {
  const bar = byId("progress");
  bar.max = Math.max(of, 1);
  bar.value = entries;
  byId("state").textContent = say("verify.state", { entries: figure(entries), of: figure(of) });
}

async function run(event) {
  event.preventDefault();
  const { fault, task, given, id } = await wanted();
  complain(fault);
  if (fault) return;
  byId("form").hidden = true;
  byId("working").hidden = false;
  byId("state").textContent = say("verify.begins");
  try {
    const found = await verify(task);
    shown = { found, given };
    explainAgain(found.report.election ?? id, id);
    showAgain();
    byId("verdict").focus();
  } catch {
    byId("form").hidden = false;
    complain("verify.fault.broken");
  } finally {
    byId("working").hidden = true;
  }
}

function complain(key) {
  const fault = byId("fault");
  fault.hidden = !key;
  fault.textContent = key ? say(key) : "";
  if (key) fault.dataset.say = key;
  else delete fault.dataset.say;
}

function showAgain() {
  if (!shown) return;
  byId("report").hidden = false;
  show(shown.found, shown.given);
}

/** How to do the same without this page, and without this server. */
function explainAgain(election, served) {
  const place = served ? `${location.origin}/boards/${served}` : "record";
  const compared = election ? ` --election=${election}` : "";
  byId("command").textContent = `urne-verify ${place}${compared}`;
  byId("keep").hidden = !served;
  if (served) byId("record").href = `/boards/${served}/record.tar`;
  byId("offline").hidden = IS_OFFLINE;
}

/** The elections of this server, the one of the link chosen. */
async function offer(asked) {
  const response = await fetch("/api/v1/elections");
  const elections = response.ok ? await response.json() : [];
  const select = byId("election");
  const fill = () => {
    const chosen = select.value || asked;
    const options = elections.map((one) => make("option", { value: one.election }, pick(one.languages, one.title)));
    if (asked && !elections.some((one) => one.election === asked)) options.push(make("option", { value: asked }, asked));
    select.replaceChildren(...options);
    if (chosen) select.value = chosen;
  };
  document.addEventListener("language", fill);
  fill();
}

const asked = takeFragment().get("e") ?? "";
document.addEventListener("language", showAgain);
document.addEventListener("language", () => (document.title = `${say("verify.title")} – Urne`));
await begin();
if (IS_OFFLINE) byId("home").removeAttribute("href");
else await offer(ELECTION_ID.test(asked) ? asked : "");
byId("of-disk").hidden = !IS_OFFLINE;
byId("of-server").hidden = IS_OFFLINE;
byId("form").addEventListener("submit", run);
byId("form").hidden = false;
