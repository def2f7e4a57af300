// The trustee's page: one link for everything, one thing to do at a time.
//
// Before anything signed leaves this device, it is on its disk: entry and memory together. An entry that was kept is sent again
// as it is, never made anew.
import { fromBase64url, nameOf, saveFile } from "./office/bytes.js";
import { h, tick } from "./office/build.js";
import { Desk, Refused } from "./office/desk.js";
import { aside, button, faultWords, isBusy, onShow, p, show as showScreen, task } from "./office/forms.js";
import { takeFragment } from "./fragment.js";
import { alone, keep, kept } from "./office/keep.js";
import { keyFields, newKey } from "./office/new-key.js";
import { append, published, readSeat, readStatus, sendKeys } from "./office/seat.js";
import {
  company, failure, fingerprints, holdings, KEY_FILE, list, memoryFields, MEMORY_FILE, moment, spoken,
} from "./office/trustee-screens.js";
import { begin } from "./page.js";
import { pick, say } from "./words.js";

/** The page looks this often whether it is somebody's turn. */
const LOOK_MS = 4000;

const news = document.querySelector("#news");
const desk = new Desk("trustee");

/** What the page knows. */
const own = { token: null, name: null, seat: null, election: null, key: null, fingerprint: null, status: null, view: null };

// --- screens -------------------------------------------------------------------------------------------------------------

const show = (screen) => showScreen({ ...screen, vote: voteTitle(), mark: (own.view ?? own.status)?.practice && say("office.practice") });

function voteTitle() {
  const known = own.view ?? own.status;
  return pick(known?.languages ?? [], known?.title ?? own.seat?.title ?? []) || say("trustee.page");
}

// --- what is kept --------------------------------------------------------------------------------------------------------

const record = () => kept(`trustee ${own.key}`);

async function takeMemory() {
  const { memory } = await record();
  if (memory) await desk.call("remember", memory);
}

/** Makes an entry, or takes the one made before; keeps it; sends it; waits until the board shows it. */
async function perform(step, make) {
  await alone(`trustee ${own.key}`, async () => {
    // Another window may have gone on: its memory is the newer one.
    await takeMemory();
    let { entries = {} } = await record();
    if (!entries[step]) {
      const made = await make();
      entries = { ...entries, [step]: fromBase64url(made.entry) };
      const memory = made.memory ? { memory: fromBase64url(made.memory) } : {};
      await keep(`trustee ${own.key}`, { entries, ...memory, election: own.election });
    }
    const { index } = await append(own.election, entries[step]);
    await published(own.election, index);
  });
  await look();
}

/** Opens the key file that the fields hold. */
async function openKey(file, passphrase) {
  const opened = await desk.ask("open", file, passphrase);
  [own.key, own.fingerprint] = [opened.key, opened.fingerprint];
}

async function openMemory(fields) {
  if (!fields) return;
  const [chosen] = fields.file.files;
  if (chosen) {
    const memory = new Uint8Array(await chosen.arrayBuffer());
    await desk.call("remember", memory);
    await keep(`trustee ${own.key}`, { memory });
  } else if (fields.lost.checked) {
    await desk.call("state_lost");
    await keep(`trustee ${own.key}`, { memory: await desk.call("memory_file") });
  } else {
    throw new Refused({ code: "memory-missing" });
  }
}

// --- before the founding -------------------------------------------------------------------------------------------------

const key = newKey({
  file: KEY_FILE,
  show,
  title: "trustee.make.title",
  welcome: () => {
    const { name, number } = own.seat.seat;
    return [p("trustee.make.seat", { name, number, title: voteTitle() }), p("trustee.make.alone")];
  },
  make: async (passphrase) => {
    const made = await desk.ask("make", passphrase);
    own.key = made.key;
    await keep(`trustee ${own.key}`, { memory: fromBase64url(made.memory), entries: {} });
    return made;
  },
  prove: async (file, passphrase) => {
    await desk.call("close");
    await openKey(file, passphrase);
    await sendKeys(own.token, await desk.call("enrol", own.seat.text));
    await keep(own.name, { key: own.key });
    await look();
  },
});

function seatedScreen() {
  const { fingerprint } = own;
  show({
    id: "seated",
    title: say("trustee.seated.title"),
    body: [
      p("trustee.seated.wait"),
      fingerprint && p("trustee.seated.number"),
      fingerprint && h("p", {}, spoken(fingerprint)),
      elsewhere(),
      aside("trustee.seated.lost", p("trustee.seated.lost.text"), button("trustee.seated.lost.button", key.make)),
    ],
  });
}

/** Going on with another device, or in a terminal. */
function elsewhere() {
  const connection = () => {
    const { token, seat, election } = own;
    const server = location.origin;
    const file = { server, token, number: seat.seat.number, ...(election ? { election } : {}) };
    saveFile("connection.json", `${JSON.stringify(file, null, 2)}\n`, "application/json");
  };
  const memory = async () => saveFile(MEMORY_FILE, (await record()).memory);
  return aside(
    "trustee.elsewhere",
    p("trustee.elsewhere.text"),
    h("p", {}, button("trustee.elsewhere.memory", memory)),
    own.seat && p("trustee.elsewhere.terminal"),
    own.seat && h("p", {}, button("trustee.elsewhere.connection", connection)),
  );
}

// --- the ceremony --------------------------------------------------------------------------------------------------------

const me = () => own.view.trustees[own.view.own - 1];
const awaited = () => list(own.view.trustees.filter((trustee) => trustee.awaited).map(({ name }) => name));

/** The fields for the key file where it is not open, and for the memory where this browser has none. */
async function needed({ memory }) {
  const open = await desk.call("is_open");
  const keys = open ? null : keyFields(KEY_FILE);
  const { memory: known } = await record();
  const memories = memory && !known ? memoryFields() : null;
  return {
    elements: [...(keys?.elements ?? []), memories?.element],
    open: async () => {
      if (keys) await openKey(...(await keys.read()));
      await openMemory(memories);
    },
  };
}

async function compareScreen() {
  const fields = await needed({ memory: true });
  const same = tick({ label: say("trustee.compare.same"), name: "same" });
  const work = async () => {
    if (!same.input.checked) throw new Refused({ code: "not-compared" });
    await fields.open();
    await perform("deal", () => desk.ask("deal"));
  };
  show({
    id: "compare",
    title: say("trustee.compare.title"),
    body: [
      company(own.view),
      p("trustee.compare.call"),
      p("trustee.compare.why"),
      fingerprints(own.view),
      aside("trustee.compare.different", p("trustee.compare.stop")),
      task("trustee.compare.button", [same.element, ...fields.elements], work),
      elsewhere(),
    ],
  });
}

async function confirmScreen() {
  const fields = await needed({ memory: false });
  const work = async () => {
    await fields.open();
    const { entries = {} } = await record();
    const step = entries.complaint ? "complaint" : "confirm";
    let made;
    if (!entries[step]) made = await desk.ask("confirm");
    await perform(made?.name ?? step, async () => made);
  };
  show({
    id: "confirm",
    title: say("trustee.confirm.title"),
    body: [
      company(own.view),
      p("trustee.confirm.parts"),
      p("trustee.confirm.good"),
      task("trustee.confirm.button", fields.elements, work),
      elsewhere(),
    ],
  });
}

async function drillScreen() {
  // The drill is about the file as it was saved, so it is opened anew.
  await desk.call("close");
  const fields = await needed({ memory: false });
  const work = async () => {
    await fields.open();
    await perform("drill", async () => {
      const made = await desk.ask("drill");
      // Until the closing nobody needs the key.
      await desk.call("close");
      return made;
    });
  };
  show({
    id: "drill",
    title: say("trustee.drill.title"),
    body: [
      company(own.view),
      p("trustee.drill.why"),
      p("trustee.drill.how"),
      task("trustee.drill.button", fields.elements, work),
      elsewhere(),
    ],
  });
}

async function sealScreen() {
  const fields = await needed({ memory: true });
  const work = async () => {
    await fields.open();
    await perform("seal", async () => JSON.parse(await desk.call("sealBoard", own.election)));
  };
  show({
    id: "seal",
    title: say("trustee.seal.title"),
    body: [
      company(own.view),
      holdings(own.view),
      p("trustee.seal.what"),
      task("trustee.seal.button", fields.elements, work),
      elsewhere(),
    ],
  });
}

async function decryptScreen() {
  const fields = await needed({ memory: true });
  const work = async () => {
    await fields.open();
    await perform("decryption", () => desk.ask("decrypt"));
  };
  show({
    id: "decrypt",
    title: say("trustee.decrypt.title"),
    body: [
      company(own.view),
      p("trustee.decrypt.enough"),
      p("trustee.decrypt.totals"),
      task("trustee.decrypt.button", fields.elements, work),
      elsewhere(),
    ],
  });
}

async function overScreen() {
  if (me().state === "destroyed") return destroyedScreen();
  const fields = await needed({ memory: false });
  const work = async () => {
    await fields.open();
    await perform("destruction", async () => {
      const made = await desk.ask("destroy");
      await desk.call("close");
      return made;
    });
  };
  return show({
    id: "over",
    title: say("trustee.over.title"),
    body: [
      company(own.view),
      resultLink(),
      p("trustee.over.key"),
      p("trustee.over.why"),
      p("trustee.over.sign"),
      task("trustee.over.button", fields.elements, work),
    ],
  });
}

function resultLink() {
  return h("p", {}, h("a", { href: `/elections/${own.election}` }, say("trustee.over.result")));
}

function destroyedScreen() {
  show({
    id: "destroyed",
    title: say("trustee.destroyed.title"),
    body: [company(own.view), p("trustee.destroyed.delete", { file: KEY_FILE }), p("trustee.destroyed.board"), resultLink()],
  });
}

/** Somebody else is to act. */
function waitScreen(id, values = {}) {
  show({
    id,
    title: say(`trustee.${id}.title`),
    body: [company(own.view), p(`trustee.${id}.text`, values), p("trustee.looks"), elsewhere()],
  });
}

/** While people vote there is nothing to do, and no need to read a board that grows. */
function votingScreen() {
  show({
    id: "voting",
    title: say("trustee.voting.title"),
    body: [
      own.view && company(own.view),
      p("trustee.voting.text", { closes: moment(own.status.closes) }),
      p("trustee.looks"),
      elsewhere(),
    ],
  });
}

function failedScreen() {
  show({ id: "failed", title: say("trustee.failed.title"), body: [company(own.view), ...failure(own.view)] });
}

function strangerScreen() {
  show({ id: "stranger", title: say("trustee.stranger.title"), body: [p("trustee.stranger.text"), fingerprints(own.view)] });
}

/** Which screen it is time for. */
function currentScreen() {
  const { view } = own;
  if (view.phase === "failed") return failedScreen();
  if (view.own === null) return strangerScreen();
  const { state, awaited: mine } = me();
  switch (view.phase) {
    case "dealing":
      return mine ? compareScreen() : waitScreen("dealt", { names: awaited() });
    case "confirming":
      return mine ? confirmScreen() : waitScreen("confirmed", { names: awaited() });
    case "preparing":
      if (mine) return drillScreen();
      return view.ready ? waitScreen("ready") : waitScreen("drilled", { names: awaited() || say("trustee.drilled.roll") });
    case "sealing":
      if (state === "drilled") return sealScreen();
      if (state === "sealed" && mine && view.closed.sealed) return decryptScreen();
      return waitScreen(view.closed.sealed ? "decrypted" : "sealed", { names: awaited(), needed: view.threshold });
    default:
      return overScreen();
  }
}

// --- following -----------------------------------------------------------------------------------------------------------

/** Says how far reading the board has come, where that takes long. */
function reading({ stage, done, of }) {
  if (of < 200) return;
  const bar = h("progress", { max: of, value: done, "aria-label": say(`trustee.reading.${stage}`) });
  news.replaceChildren(p(`trustee.reading.${stage}`), bar);
}

async function followBoard() {
  own.view = await desk.follow(own.election, reading);
  news.replaceChildren();
}

/** Reads where everything stands, and shows the screen for it. */
async function look() {
  if (own.token) own.seat = await readSeat(own.token);
  const told = own.seat?.election;
  own.election ??= (await kept(own.name)).election ?? told;
  // Once this browser knows which vote the seat belongs to, no server can swap it.
  if (told && told !== own.election) throw new Refused({ code: "other-election" });
  own.key = own.seat?.seat.keys?.key ?? (own.seat ? null : own.key);
  if (!own.key) return key.make();
  await desk.call("recognise", own.key);
  await keep(own.name, { key: own.key, election: own.election });
  if (!own.election) return seatedScreen();
  own.status = await readStatus(own.election);
  if (own.status.phase === "voting") return votingScreen();
  await followBoard();
  await takeMemory();
  return currentScreen();
}

/** Looks now and then whether something has happened, unless the person is in the middle of something. */
async function watch() {
  if (document.hidden || isBusy() || ["make", "save", "prove"].includes(onShow())) return;
  try {
    if (!own.election) {
      const seat = await readSeat(own.token);
      if (seat.election) await look();
      return;
    }
    const status = await readStatus(own.election);
    const moved = status.phase === "voting" ? status.phase !== own.status.phase : status.published !== own.view?.size;
    if (moved) await look();
  } catch {
    // The server or the network is away for a moment: the next look will tell.
  }
}

function linkScreen(error) {
  const body = [p("trustee.nolink.text")];
  if (error) body.push(...faultWords(error));
  show({ id: "nolink", title: say("trustee.nolink.title"), body });
}

/** The seat's token from the link, or, after a reload, from this window. */
async function takeLink() {
  const fragment = takeFragment();
  const token = fragment.get("s") ?? sessionStorage.getItem("urne-trustee");
  if (!token) return false;
  sessionStorage.setItem("urne-trustee", token);
  own.token = token;
  own.name = `seat ${await nameOf(token)}`;
  return true;
}

/** The link still serves where the server has forgotten the seat and this browser has not. */
async function start() {
  try {
    await look();
  } catch (error) {
    const known = await kept(own.name);
    if (error.code !== "seat-unknown" || !known.election) throw error;
    Object.assign(own, { token: null, seat: null, ...known });
    await look();
  }
}

/** The same screen in another language. */
function redraw() {
  const before = { ...key, seated: seatedScreen, nolink: linkScreen };
  if (before[onShow()]) before[onShow()]();
  else if (onShow() === "voting") votingScreen();
  else if (own.view) currentScreen();
}

await begin();
document.addEventListener("language", redraw);
try {
  if (await takeLink()) {
    await start();
    setInterval(watch, LOOK_MS);
  } else {
    linkScreen();
  }
} catch (error) {
  linkScreen(error);
}
