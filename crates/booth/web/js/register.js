// The registrar's page: the list of voters, their codes, the roll, the letters.
//
// The register holds codes. It is kept in this browser under the passphrase, and before anything made from the codes leaves.
import { fromBase64url, nameOf, saveFile } from "./office/bytes.js";
import { field, h, tick } from "./office/build.js";
import { Desk, Refused } from "./office/desk.js";
import { aside, button, faultWords, isBusy, onShow, p, show as showScreen, task } from "./office/forms.js";
import { takeFragment } from "./fragment.js";
import { alone, keep, kept } from "./office/keep.js";
import { letterOrder } from "./office/letters.js";
import { keyFields, newKey } from "./office/new-key.js";
import { append, fetchParcel, leaveParcel, published, readList, readSeat, readStatus, sendKeys } from "./office/seat.js";
import { begin } from "./page.js";
import { figure, LANGUAGES, language, pick, say } from "./words.js";

const KEY_FILE = "registrar.key.age";
const REGISTER_FILE = "register.age";
const ROLL = "roll";
const LOOK_MS = 4000;
/** So often the page asks whether the other registrar has answered. */
const ROUND_MS = 1500;

const news = document.querySelector("#news");
const desk = new Desk("registrar");
const own = { token: null, name: null, seat: null, election: null, key: null, view: null, list: null, contacts: false };

const show = (screen) => showScreen({ ...screen, vote: voteTitle(), mark: own.view?.practice && say("office.practice") });

function voteTitle() {
  const titles = own.view?.title ?? own.seat?.title ?? [];
  return pick(own.view?.languages ?? [], titles) || say("register.page");
}

// --- what is kept --------------------------------------------------------------------------------------------------------

const place = () => `registrar ${own.key}`;
const record = () => kept(place());

/** The register as it is now, on the disk of this browser. */
async function keepRegister() {
  await keep(place(), { register: await desk.call("register_file") });
}

const saveRegister = async () => saveFile(REGISTER_FILE, (await record()).register);

// --- the key -------------------------------------------------------------------------------------------------------------

const key = newKey({
  file: KEY_FILE,
  show,
  title: "register.make.title",
  welcome: () => {
    const { name, number } = own.seat.seat;
    return [p("register.make.seat", { name, number, title: voteTitle() }), p("register.make.alone")];
  },
  make: (passphrase) => desk.ask("make", passphrase),
  prove: async (file, passphrase) => {
    await desk.call("close");
    own.key = await desk.call("open", file, passphrase);
    await sendKeys(own.token, await desk.call("enrol"));
    await keep(own.name, { key: own.key });
    await look();
  },
});

/** Back after a while: key and register are opened again. */
async function openScreen() {
  const fields = keyFields(KEY_FILE);
  const { register } = await record();
  const other = register
    ? null
    : field({ label: say("register.open.register", { file: REGISTER_FILE }), name: "register", type: "file" });
  const work = async () => {
    own.key = await desk.call("open", ...(await fields.read()));
    const [chosen] = other?.input.files ?? [];
    const bytes = chosen ? new Uint8Array(await chosen.arrayBuffer()) : register;
    if (bytes) {
      await desk.call("take_register", bytes);
      await keep(place(), { register: bytes });
    }
    await look();
  };
  show({
    id: "open",
    title: say("register.open.title"),
    body: [p("register.open.text"), task("register.open.button", [...fields.elements, other?.element ?? null], work)],
  });
}

// --- the list ------------------------------------------------------------------------------------------------------------

function listField() {
  return field({
    label: say("register.list.file"),
    help: say("register.list.columns"),
    name: "list",
    type: "file",
    accept: ".csv,text/csv",
  });
}

async function chosenList(input) {
  const [chosen] = input.files;
  if (!chosen) throw new Refused({ code: "list-none" });
  return new Uint8Array(await chosen.arrayBuffer());
}

function listScreen() {
  const list = listField();
  const shared = tick({ label: say("register.list.shared"), name: "shared" });
  const take = async () => {
    const method = shared.input.checked ? "take_shared" : "take_list";
    await desk.ask(method, await chosenList(list.input));
    own.contacts = true;
    await keepRegister();
    await look();
  };
  const takeServer = async () => {
    await desk.ask("take_rows", own.list.text);
    await keepRegister();
    await look();
  };
  const fromServer = own.list.voters > 0;
  const fromDevice = [list.element, shared.element];
  show({
    id: "list",
    title: say("register.list.title"),
    body: fromServer
      ? [
          p("register.list.server.text", { voters: figure(own.list.voters) }),
          p("register.list.here"),
          task("register.list.server", [], takeServer),
        ]
      : [p("register.list.here"), task("register.list.button", fromDevice, take)],
  });
}

function waitingScreen({ voters }) {
  const shared = async () => saveFile("rows.csv", await desk.call("shared_list"), "text/csv");
  show({
    id: "waiting",
    title: say("register.waiting.title"),
    body: [
      p("register.waiting.text", { voters: figure(voters) }),
      p("trustee.looks"),
      h("p", {}, button("register.save.register", saveRegister)),
      !own.list.voters && aside("register.save.shared", p("register.save.shared.text"), button("register.save.shared", shared)),
    ],
  });
}

// --- codes and roll ------------------------------------------------------------------------------------------------------

async function codesScreen({ voters, codes }) {
  const registrars = await desk.ask("registrars");
  const other = registrars[2 - own.view.own];
  const save = codes > 0 && h("p", {}, button("register.save.register", saveRegister));
  show({
    id: "codes",
    title: say("register.codes.title"),
    body: [
      p(voters === 1 ? "register.codes.voters.one" : "register.codes.voters", { voters: figure(voters) }),
      p("register.codes.public"),
      registrars.length > 1 && p("register.codes.two", { other }),
      task("register.codes.button", [save || null], () => publish(registrars.length)),
    ],
  });
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** All rounds with the other registrar, then the entries. */
async function publish(registrars) {
  await alone(place(), async () => {
    await desk.call("make_codes");
    // The codes are on the disk before anything made from them leaves.
    await keepRegister();
    const entries = await rounds(registrars > 1 ? 3 - own.view.own : null);
    await keepRegister();
    for (const entry of entries) {
      const { index } = await append(own.election, fromBase64url(entry));
      await published(own.election, index);
    }
  });
  await look();
}

async function rounds(other) {
  let left = null;
  for (;;) {
    const { parcel: saved } = await record();
    const theirs = other ? await fetchParcel(own.token, own.election, other, ROLL) : undefined;
    const step = await desk.ask("advance", saved, theirs);
    if (step.parcel !== left) {
      const parcel = fromBase64url(step.parcel);
      await keep(place(), { parcel });
      if (other) await leaveParcel(own.token, own.election, own.view.own, ROLL, parcel);
      left = step.parcel;
    }
    if (step.awaits === "complete") {
      news.replaceChildren();
      return step.entries;
    }
    news.replaceChildren(p("register.waiting.codes"));
    await pause(ROUND_MS);
  }
}

// --- letters -------------------------------------------------------------------------------------------------------------

function choice(label, name, options) {
  const id = `choice-${name}`;
  const select = h("select", { id, name }, ...options.map(([value, text]) => h("option", { value }, text)));
  return { element: h("div", {}, h("label", { for: id }, label), select), select };
}

function lettersScreen({ lines }) {
  const sides = ["right", "left"].map((side) => [side, say(`register.letters.window.${side}`)]);
  const side = choice(say("register.letters.window"), "window", sides);
  const names = new Intl.DisplayNames(language(), { type: "language" });
  const languages = LANGUAGES.map((tag) => [tag, names.of(tag)]);
  const tongue = choice(say("register.letters.language"), "language", languages);
  tongue.select.value = language();
  const list = own.contacts || own.list.voters ? null : listField();
  const make = async () => {
    await takeContacts(list);
    const order = await letterOrder(own.view, { window: side.select.value, language: tongue.select.value });
    const pdf = await desk.call("letters", JSON.stringify(order));
    await keep(place(), { written: true });
    saveFile("letters.pdf", pdf, "application/pdf");
  };
  const envelopes = async () => saveFile("envelopes.csv", await desk.call("envelopes"), "text/csv");
  show({
    id: "letters",
    title: say("register.letters.title"),
    body: [
      p("register.letters.text", { lines: figure(lines) }),
      p("register.letters.secret"),
      task("register.letters.button", [side.element, tongue.element, list && p("register.letters.contacts"), list?.element], make),
      h("p", {}, button("register.letters.envelopes", envelopes), " ", button("register.save.register", saveRegister)),
      forgetPart(),
    ],
  });
}

async function takeContacts(list) {
  if (list?.input.files.length > 0) {
    await desk.call("take_contacts", await chosenList(list.input));
    own.contacts = true;
  } else if (own.list.voters) {
    await desk.call("take_server_contacts", own.list.text);
  }
}

function forgetPart() {
  const sure = tick({ label: say("register.forget.sure"), name: "sure" });
  const fault = h("div", { role: "alert" });
  const forget = async () => {
    try {
      if (!sure.input.checked) throw new Refused({ code: "not-posted" });
      await desk.call("forget_codes");
      await keepRegister();
      await look();
    } catch (error) {
      fault.replaceChildren(...faultWords(error));
    }
  };
  return h(
    "section",
    {},
    h("h2", {}, say("register.forget.title")),
    p("register.forget.text"),
    sure.element,
    fault,
    h("p", {}, button("register.forget.button", forget)),
  );
}

function forgottenScreen() {
  show({
    id: "forgotten",
    title: say("register.forgotten.title"),
    body: [
      p("register.forgotten.text"),
      p("register.forgotten.delete"),
      h("p", {}, button("register.save.register", saveRegister)),
    ],
  });
}

// --- following -----------------------------------------------------------------------------------------------------------

async function summary() {
  try {
    return await desk.ask("summary");
  } catch (error) {
    if (error.code === "register-missing") return null;
    throw error;
  }
}

async function currentScreen() {
  if (!(await desk.call("is_open"))) return openScreen();
  const holds = await summary();
  if (!holds) return listScreen();
  if (!own.view) return waitingScreen(holds);
  if (own.view.own === null) {
    return show({ id: "stranger", title: say("trustee.stranger.title"), body: [p("register.stranger.text")] });
  }
  // A page that was closed in the middle of publishing goes on where it stopped.
  const stands = holds.lines > 0 && (own.view.phase !== "preparing" || own.view.lines >= holds.lines);
  if (stands) return holds.codes > 0 ? lettersScreen(holds) : forgottenScreen();
  return own.view.phase === "preparing" ? codesScreen(holds) : waitingScreen(holds);
}

async function look() {
  own.seat = await readSeat(own.token);
  const told = own.seat.election;
  own.election ??= (await kept(own.name)).election ?? told;
  // Once this browser knows which vote the seat belongs to, no server can swap it.
  if (told && told !== own.election) throw new Refused({ code: "other-election" });
  if (!own.seat.seat.keys) return key.make();
  own.key = own.seat.seat.keys.key;
  await desk.call("recognise", own.key);
  await keep(own.name, { key: own.key, election: own.election });
  own.list ??= await readList(own.token);
  if (own.election) {
    own.status = await readStatus(own.election);
    own.view = await desk.follow(own.election, () => {});
  }
  return currentScreen();
}

async function watch() {
  if (document.hidden || isBusy() || onShow() !== "waiting") return;
  try {
    const seat = own.election ? null : await readSeat(own.token);
    const moved = own.election ? (await readStatus(own.election)).phase !== own.status.phase : seat.election;
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

function redraw() {
  const before = { ...key, nolink: linkScreen };
  if (before[onShow()]) before[onShow()]();
  else if (own.key) currentScreen();
}

await begin();
document.addEventListener("language", redraw);
try {
  const token = takeFragment().get("s") ?? sessionStorage.getItem("urne-registrar");
  if (token) {
    sessionStorage.setItem("urne-registrar", token);
    own.token = token;
    own.name = `seat ${await nameOf(token)}`;
    await look();
    setInterval(watch, LOOK_MS);
  } else {
    linkScreen();
  }
} catch (error) {
  linkScreen(error);
}
