// Anyone checks a finished election: from the list of elections to the verdict, on a phone and at a desk; then a record that was
// altered by one bit; then the page that works from a disk, without any server.
import { execFileSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { DESK, PHONE, device, require, scenario, screen, town } from "../voters.mjs";

const VERDICT = "#verdict:visible";

await scenario(async () => {
  await fromTheListToTheVerdict();
  await inFrenchOnAPhone();
  await anAlteredRecord();
  await withoutAServer();
});

async function fromTheListToTheVerdict() {
  const page = await device({ ...DESK, locale: "en" });
  await page.goto(town.url);
  await screen(page, "home");
  await page.getByRole("link", { name: town.title }).click();
  await screen(page, "election-ended");
  await page.getByRole("link", { name: "Check this election yourself" }).click();
  await page.locator("#form").waitFor();
  require(!page.url().includes("#"), "the fragment leaves the address");
  await screen(page, "verify-start");
  await page.getByRole("button", { name: "Check everything" }).click();
  await page.locator(VERDICT).waitFor();
  require((await page.locator("#verdict").innerText()) === "Everything holds", "the verdict is pass");
  require(await page.locator("#verdict").evaluate((one) => one === document.activeElement), "the verdict has the focus");
  await page.getByText("Every check").click();
  require((await page.locator("#checks tr").count()) === 27, "27 checks are listed");
  await screen(page, "verify-pass");
}

async function inFrenchOnAPhone() {
  const page = await device({ ...PHONE, locale: "fr-FR" });
  await page.goto(`${town.url}/booth/verify.html#e=${town.election}`);
  await page.getByText("J’ai une lettre ou un reçu").click();
  await page.locator("#letter").fill("ceci n’est pas un identifiant");
  await page.getByRole("button", { name: "Tout vérifier" }).press("Enter");
  await page.getByRole("alert").waitFor();
  await screen(page, "verify-wrong-id-phone-fr");
  await page.locator("#letter").fill(town.election);
  await page.locator("#receipt").setInputFiles(town.receipt);
  await page.getByRole("button", { name: "Tout vérifier" }).press("Enter");
  await page.locator(VERDICT).waitFor();
  require((await page.locator("#verdict").innerText()) === "Tout est exact", "le verdict est bon");
  const fate = await page.locator("#receipt-fate").innerText();
  require(fate.startsWith("Votre bulletin compte"), fate);
  await screen(page, "verify-pass-phone-fr");
  await page.getByRole("link", { name: "English" }).click();
  await page.getByText("Everything holds").waitFor();
}

/** The same files with one bit of one ballot turned round, as a server that cheats would serve them. */
async function anAlteredRecord() {
  const page = await device({ ...DESK, locale: "en" });
  await page.route(`**/boards/${town.election}/tile/entries/**`, async (route) => {
    const response = await route.fetch();
    const body = await response.body();
    body[body.length - 100] ^= 1;
    await route.fulfill({ response, body });
  });
  await page.goto(`${town.url}/booth/verify.html#e=${town.election}`);
  await page.getByRole("button", { name: "Check everything" }).click();
  await page.locator(VERDICT).waitFor();
  require((await page.locator("#verdict").innerText()) === "Something is wrong", "the verdict is fail");
  await screen(page, "verify-fail");
}

async function withoutAServer() {
  const page = await device({ ...DESK, locale: "en" });
  await page.goto(`${town.url}/booth/verify.html#e=${town.election}`);
  await page.getByRole("button", { name: "Check everything" }).click();
  await page.locator(VERDICT).waitFor();
  const download = async (name) => {
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name }).click()]);
    const path = join(town.folder, file.suggestedFilename());
    await file.saveAs(path);
    return path;
  };
  const record = await download(/Download the whole record/);
  const offline = await download(/Download this page/);

  const alone = await device({ ...DESK, locale: "en" });
  await alone.context().setOffline(true);
  await alone.goto(pathToFileURL(offline).href);
  await alone.locator("#form").waitFor();
  await screen(alone, "verify-offline-start");
  await alone.locator("#archive").setInputFiles(town.receipt);
  await alone.getByRole("button", { name: "Check everything" }).click();
  await alone.getByRole("alert").waitFor();
  const zip = join(town.folder, "record.zip");
  execFileSync("python3", ["-m", "zipfile", "-c", zip, town.record]);
  for (const [archive, input] of [[record, "#archive"], [zip, "#archive"], [town.record, "#folder"]]) {
    await alone.locator(input).setInputFiles(archive);
    await alone.getByRole("button", { name: "Check everything" }).click();
    await alone.locator(VERDICT).waitFor();
    require((await alone.locator("#verdict").innerText()) === "Everything holds", archive);
    if (archive === record) await screen(alone, "verify-offline-pass");
    await alone.reload();
    await alone.locator("#form").waitFor();
  }
}
