// Carla deals out parts that nobody can open. Anne, at a desk, and Bruno, on a phone, are told so, and by whose fault.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DESK, device, heading, PHONE, require, scenario, screen, town } from "../voters.mjs";

const PASSPHRASE = "four words in a row";

async function sit(page, token, file) {
  await page.goto(`${town.url}/booth/trustee.html?lang=en#s=${token}`);
  await heading(page, "You hold a key to the ballot box");
  await page.getByLabel("Choose a passphrase").fill(PASSPHRASE);
  await page.getByRole("button", { name: "Make my key" }).click();
  await heading(page, "Save your key file");
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save my key file" }).click();
  await (await saving).saveAs(file);
  await page.getByLabel("Your key file").setInputFiles(file);
  await page.getByLabel("Your passphrase").fill(PASSPHRASE);
  await page.getByRole("button", { name: "Open the file and take my seat" }).click();
  await heading(page, /Your key is in its place|Call each other and compare/);
}

async function deal(page) {
  await heading(page, "Call each other and compare");
  await page.getByLabel("We have compared").check();
  await page.getByRole("button", { name: "All agree: give out my parts" }).click();
}

await scenario(async () => {
  const folder = await mkdtemp(join(tmpdir(), "urne-complaint-"));
  try {
    const anne = await device({ ...DESK, locale: "en-GB" });
    const bruno = await device({ ...PHONE, locale: "en-GB" });
    await sit(anne, town.tokens[0], join(folder, "anne.age"));
    await sit(bruno, town.tokens[1], join(folder, "bruno.age"));
    await deal(anne);
    await deal(bruno);
    await heading(anne, "Check what the others gave you");
    await anne.getByRole("button", { name: "Check, and shut my padlock" }).click();
    for (const page of [anne, bruno]) {
      // Bruno did nothing: his page notices by itself.
      await heading(page, "The key of the box could not be made");
      const text = await page.locator("main").innerText();
      require(text.includes("Carla gave another trustee a part of the key that does not fit."), text);
      require(text.includes("The fault is not with you."), text);
    }
    await screen(anne, "trustee-failed-desk");
    await screen(bruno, "trustee-failed-phone");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
