// Three trustees make the key of a box and open it: one at a desk in English, one on a phone in French who goes on in a terminal and
// comes back, one in a terminal. One registrar at a page, one in a terminal. The files go from one to the other.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { DESK, device, heading, PHONE, require, scenario, screen, town } from "../voters.mjs";

const run = promisify(execFile);
const PASSPHRASE = "four words in a row";

/** The terminals of everybody who has no page. */
class Terminals {
  constructor(folder) {
    this.folder = folder;
  }

  path(...names) {
    return join(this.folder, ...names);
  }

  async urne(...words) {
    const env = { ...process.env, URNE_PASSPHRASE: PASSPHRASE, LANG: "C.UTF-8" };
    const { stdout } = await run(town.urne, words, { cwd: this.folder, env });
    return stdout;
  }

  async json(...words) {
    return JSON.parse(await this.urne(...words, "--json"));
  }

  /** Keeps a secret word in a file, as commands take it. */
  async token(name, word) {
    await writeFile(this.path(`${name}.token`), word.trim());
    return word.trim();
  }

  async seat(role, name) {
    return this.token(name, await this.urne("organizer", "seat", role, name, "--folder", "organizer"));
  }
}

/** What the texts of a page are called in both languages. */
const WORDS = {
  en: {
    make: "You hold a key to the ballot box", choose: "Choose a passphrase", makeIt: "Make my key",
    save: "Save your key file", saveIt: "Save my key file", prove: "Show that you can open it",
    file: "Your key file", passphrase: "Your passphrase", proveIt: "Open the file and take my seat", seated: "Your key is in its place",
    compare: "Call each other and compare", same: "We have compared", deal: "All agree: give out my parts",
    check: "Check what the others gave you", confirm: "Check, and shut my padlock", shut: "Your padlock is shut",
    drill: "Fire drill", drillIt: "Do the fire drill", works: /Your key works|All is ready/,
    closed: "The box is closed", seal: "Seal this box", open: "Now the box can be opened", decrypt: "Open my padlock",
    over: "It is over: the result stands", destroy: "Sign that I destroy my key", done: "Thank you. You are done.",
    elsewhere: "On another device, or in a terminal", memory: "Save the logbook", connection: "Save the connection file",
  },
  fr: {
    make: "Vous gardez une clé de l’urne", choose: "Choisissez une phrase secrète", makeIt: "Faire ma clé",
    save: "Enregistrez votre fichier de clé", saveIt: "Enregistrer mon fichier de clé", prove: "Montrez que vous savez l’ouvrir",
    file: "Votre fichier de clé", passphrase: "Votre phrase secrète", proveIt: "Ouvrir le fichier et prendre ma place",
    seated: "Votre clé est à sa place", compare: "Appelez-vous et comparez", same: "Nous avons comparé",
    deal: "Tout concorde : remettre mes parts", check: "Vérifiez ce que les autres vous ont remis",
    confirm: "Vérifier, et fermer mon cadenas", shut: "Votre cadenas est fermé", drill: "Exercice d’alerte",
    drillIt: "Faire l’exercice", works: /Votre clé fonctionne|Tout est prêt/, closed: "L’urne est fermée", seal: "Sceller cette urne",
    open: "L’urne peut maintenant être ouverte", decrypt: "Ouvrir mon cadenas", over: "C’est fini : le résultat est établi",
    elsewhere: "Sur un autre appareil, ou dans un terminal", memory: "Enregistrer le carnet",
    connection: "Enregistrer le fichier de connexion",
  },
};

/** A trustee in front of a page. */
class Trustee {
  constructor(page, words, name, file) {
    Object.assign(this, { page, words, name, file });
  }

  at(key) {
    return heading(this.page, this.words[key]);
  }

  press(key) {
    return this.page.getByRole("button", { name: this.words[key], exact: true }).click();
  }

  picture(what) {
    return screen(this.page, `trustee-${what}-${this.name}`);
  }

  /** What a button saves, where it saves it. */
  async saved(key, path) {
    const [download] = await Promise.all([this.page.waitForEvent("download"), this.press(key)]);
    await download.saveAs(path);
  }

  async openKey(passphrase = PASSPHRASE) {
    await this.page.getByLabel(this.words.file).setInputFiles(this.file);
    await this.page.getByLabel(this.words.passphrase).fill(passphrase);
  }

  async takeSeat(token) {
    await this.page.goto(`${town.url}/booth/trustee.html#s=${token}`);
    await this.at("make");
    require(!this.page.url().includes(token), "the secret of the link stays in the address");
    await this.picture("make");
    await this.page.getByLabel(this.words.choose).fill("short");
    await this.press("makeIt");
    await this.page.locator(".fault").waitFor();
    await this.page.getByLabel(this.words.choose).fill(PASSPHRASE);
    await this.press("makeIt");
    await this.at("save");
    await this.picture("save");
    await this.saved("saveIt", this.file);
    await this.at("prove");
    await this.openKey("another passphrase");
    await this.press("proveIt");
    await this.page.locator(".fault").waitFor();
    await this.picture("prove");
    await this.openKey();
    await this.press("proveIt");
    await this.at("seated");
    await this.picture("seated");
  }

  /** The numbers on show, by name. */
  async numbers() {
    const rows = this.page.locator(".numbers-to-compare tbody tr");
    const text = async (row, cell) => (await row.locator(cell).innerText()).replace(/\s+/g, " ").trim();
    return Promise.all((await rows.all()).map((row) => text(row, "td")));
  }
}

/** The registrar at a page takes a seat. */
async function registrarSits(page, token, file) {
  await page.goto(`${town.url}/booth/register.html#s=${token}`);
  await heading(page, "You keep the list of voters");
  await screen(page, "registrar-make");
  await page.getByLabel("Choose a passphrase").fill(PASSPHRASE);
  await page.getByRole("button", { name: "Make my key" }).click();
  await heading(page, "Save your key file");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save my key file" }).click(),
  ]);
  await download.saveAs(file);
  await heading(page, "Show that you can open it");
  await page.getByLabel("Your key file").setInputFiles(file);
  await page.getByLabel("Your passphrase").fill(PASSPHRASE);
  await page.getByRole("button", { name: "Open the file and take my seat" }).click();
}

const LIST = "identifier,weight,college,name,language,address\nada@example.org,1,1,Ada Lovelace,en,\"12 Mill Lane\nValbrise\"\nben@example.org,1,1,Benoît Çelik,fr,\"3 rue de l’Église\nValbrise\"\ncleo@example.org,1,1,Cléo Düring,,\n";

async function registrarLists(page, terminals) {
  await heading(page, "Whom are the codes for?");
  await screen(page, "registrar-list");
  const bad = terminals.path("bad.csv");
  await writeFile(bad, "identifier,weight\nada@example.org,1\nben@example.org,many\n");
  await page.getByLabel("The list of voters (CSV)").setInputFiles(bad);
  await page.getByRole("button", { name: "Take in this list" }).click();
  await page.locator(".fault", { hasText: "Line 3, column 2 (weight): “many”" }).waitFor();
  await screen(page, "registrar-list-fault");
  const good = terminals.path("voters.csv");
  await writeFile(good, LIST);
  await page.getByLabel("The list of voters (CSV)").setInputFiles(good);
  await page.getByRole("button", { name: "Take in this list" }).click();
  await heading(page, "Your part is done for now");
  await page.getByText("Save the list for the other registrar").first().click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save the list for the other registrar" }).click(),
  ]);
  await download.saveAs(terminals.path("rows.csv"));
}

/** Saves what a button of the registrar's page makes. */
async function registrarSaves(page, button, path) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: button }).click()]);
  await download.saveAs(path);
}

async function registrarPublishes(page, terminals, election) {
  await heading(page, "Make the codes");
  await screen(page, "registrar-codes");
  const other = terminals.urne("registrar", "publish", "--election", election, "--folder", "union");
  await page.getByRole("button", { name: "Make the codes and publish the list" }).click();
  await Promise.all([other, heading(page, "Print the letters")]);
  await screen(page, "registrar-letters");
  await registrarSaves(page, "Make the letters (PDF)", terminals.path("letters.pdf"));
  const pdf = await readFile(terminals.path("letters.pdf"), "latin1");
  require(pdf.startsWith("%PDF-"), "the letters are no PDF");
  await registrarSaves(page, "Save the register", terminals.path("hall", "register.age"));
  await page.getByLabel("The letters are printed and posted.").check();
  await page.getByRole("button", { name: "The letters are out: forget all codes" }).click();
  await heading(page, "The codes are forgotten");
  await screen(page, "registrar-forgotten");
}

async function ceremony(terminals) {
  const { url } = town;
  for (const who of ["anne", "bruno", "hall"]) await mkdir(terminals.path(who));
  await terminals.token("invitation", town.invitation);
  await terminals.urne("organizer", "new", url, "--token-file", "invitation.token", "--folder", "organizer");
  await writeFile(terminals.path("draft.toml"), await terminals.urne("organizer", "draft", "--example"));
  await terminals.urne("organizer", "draft", "draft.toml", "--folder", "organizer");
  const tokens = {};
  for (const name of ["Anne", "Bruno", "Carla"]) tokens[name] = await terminals.seat("trustee", name);
  tokens.hall = await terminals.seat("registrar", "hall");
  await terminals.seat("registrar", "union");

  const anne = new Trustee(await device({ ...DESK, locale: "en-GB" }), WORDS.en, "desk", terminals.path("anne.key.age"));
  const bruno = new Trustee(await device({ ...PHONE, locale: "fr-CH" }), WORDS.fr, "phone", terminals.path("bruno.key.age"));
  await anne.takeSeat(tokens.Anne);
  await bruno.takeSeat(tokens.Bruno);
  await terminals.urne("trustee", "enrol", url, "--token-file", "Carla.token", "--folder", "carla");

  const hall = await device({ ...DESK, locale: "en-GB" });
  await registrarSits(hall, tokens.hall, terminals.path("hall.key.age"));
  await registrarLists(hall, terminals);
  await terminals.urne("registrar", "enrol", url, "--token-file", "union.token", "--folder", "union");
  await terminals.urne("registrar", "voters", "--rows", "rows.csv", "--folder", "union");
  await terminals.urne("organizer", "found", "--folder", "organizer");
  const election = (await readFile(terminals.path("organizer", "election.id"), "utf8")).trim();

  // Everybody sees the same numbers, on pages and in terminals.
  await Promise.all([anne.at("compare"), bruno.at("compare")]);
  await anne.picture("compare");
  await bruno.picture("compare");
  const told = await terminals.json("trustee", "fingerprints", "--election", election, "--folder", "carla");
  const numbers = told.fingerprints.map(({ fingerprint }) => fingerprint);
  for (const trustee of [anne, bruno]) {
    const seen = await trustee.numbers();
    require(seen.slice(0, 3).join() === numbers.join(), `other numbers: ${seen} and ${numbers}`);
  }
  require((await anne.numbers())[3] === (await bruno.numbers())[3], "the number of the vote differs");
  await anne.press("deal");
  await anne.page.locator(".fault", { hasText: "Please compare the numbers by voice first" }).waitFor();
  for (const trustee of [anne, bruno]) {
    await trustee.page.getByLabel(trustee.words.same).check();
    await trustee.press("deal");
    await trustee.page.locator("main[data-screen=dealt]").waitFor();
  }
  await anne.picture("dealt");

  // A reload forgets the key but not what was signed.
  await anne.page.reload();
  await anne.page.locator("main[data-screen=dealt]").waitFor();
  await terminals.urne("trustee", "deal", "--folder", "carla");

  await bruno.at("check");
  await anne.at("check");
  await anne.picture("confirm");
  await anne.openKey();
  await anne.press("confirm");
  await anne.at("shut");
  await anne.picture("shut");
  await terminals.urne("trustee", "confirm", "--folder", "carla");
  await bruno.press("confirm");
  await Promise.all([anne.at("drill"), bruno.at("drill")]);
  await anne.picture("drill");
  await bruno.picture("drill");
  await anne.openKey();
  await anne.press("drillIt");
  await anne.at("works");
  await bruno.openKey();
  await bruno.press("drillIt");
  await bruno.at("works");
  await terminals.urne("trustee", "drill", "--folder", "carla");

  await registrarPublishes(hall, terminals, election);
  await anne.page.locator("main[data-screen=ready]").waitFor();
  await anne.picture("ready");

  // The register of the page and the letters of the terminal are the same thing.
  const connection = { server: url, token: tokens.hall, number: 1, election };
  await writeFile(terminals.path("hall", "connection.json"), JSON.stringify(connection));
  await writeFile(terminals.path("hall", "registrar.key.age"), await readFile(terminals.path("hall.key.age")));
  await terminals.urne("registrar", "letters", "--folder", "hall");
  await terminals.urne("registrar", "letters", "--folder", "union");
  await terminals.urne("organizer", "open", "--folder", "organizer");
  const letters = ["hall", "union"].flatMap((who) => ["--letter", `${who}/letters/letter-0001.txt`]);
  const answers = ["--identifier", "ada@example.org", "--answer", "1", "--yes", "--receipt", "ada.receipt", "--folder", "ada"];
  await terminals.urne("voter", "vote", ...letters, ...answers);
  await anne.page.locator("main[data-screen=voting]").waitFor();
  await anne.picture("voting");
  await terminals.urne("organizer", "close", "--folder", "organizer");

  await Promise.all([anne.at("closed"), bruno.at("closed")]);
  await anne.picture("seal");
  await bruno.picture("seal");
  await anne.openKey();
  await anne.press("seal");
  await anne.page.locator("main[data-screen=sealed]").waitFor();
  await anne.picture("sealed");
  // Bruno goes on with another device: it does not know what his key has signed, and asks for the logbook.
  await bruno.page.getByText(bruno.words.elsewhere).click();
  await bruno.saved("memory", terminals.path("bruno", "trustee.memory"));
  const other = new Trustee(await device({ ...DESK, locale: "fr-FR" }), WORDS.fr, "other-device", bruno.file);
  await other.page.goto(`${url}/booth/trustee.html#s=${tokens.Bruno}`);
  await other.at("closed");
  await other.openKey();
  await other.press("seal");
  await other.page.locator(".fault").waitFor();
  await other.picture("seal");
  await other.page.getByLabel("Le carnet").setInputFiles(terminals.path("bruno", "trustee.memory"));
  await other.press("seal");
  await other.page.locator("main[data-screen=sealed]").waitFor();
  await bruno.page.locator("main[data-screen=sealed]").waitFor();
  // And then in a terminal, with the files of that page.
  await other.page.getByText(other.words.elsewhere).click();
  await other.saved("memory", terminals.path("bruno", "trustee.memory"));
  await other.saved("connection", terminals.path("bruno", "connection.json"));
  await writeFile(terminals.path("bruno", "trustee.key.age"), await readFile(bruno.file));
  await terminals.urne("trustee", "seal", "--folder", "carla");
  await anne.at("open");
  await anne.picture("decrypt");
  if (await anne.page.getByLabel(anne.words.file).count()) await anne.openKey();
  await anne.press("decrypt");
  await anne.page.locator("main[data-screen=decrypted]").waitFor();
  await anne.picture("decrypted");
  await terminals.urne("trustee", "decrypt", "--folder", "bruno");
  await Promise.all([anne.at("over"), bruno.at("over")]);
  await anne.picture("over");
  await bruno.picture("over");
  if (await anne.page.getByLabel(anne.words.file).count()) await anne.openKey();
  await anne.press("destroy");
  await anne.at("done");
  await anne.page.getByText("key destroyed").waitFor();
  await anne.picture("done");
}

await scenario(async () => {
  const folder = await mkdtemp(join(tmpdir(), "urne-ceremony-"));
  try {
    await ceremony(new Terminals(folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
