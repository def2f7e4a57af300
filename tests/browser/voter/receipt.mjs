// "Is my vote still there?": from the file, from the letter, from the square; after voting again; without a connection.
import { readFile } from "node:fs/promises";
import { DESK, PHONE, choose, device, fillIn, heading, number, require, scenario, screen, town } from "../voters.mjs";

const address = `${town.url}/booth/receipt.html`;

await scenario(async () => {
  const letter = town.letters[5];
  const voting = await device({ ...DESK, locale: "en-GB" });
  await fillIn(voting, letter, { projects: ["Flood sensors"], day: "Saturday" });
  await voting.getByRole("button", { name: "Cast my vote" }).click();
  await heading(voting, "Your vote is in the box");
  const own = await number(voting);
  const saved = voting.waitForEvent("download");
  await voting.locator("#save-receipt").click();
  const file = await (await saved).path();
  require(JSON.parse(await readFile(file, "utf8")).kind === "receipt", "the file is no receipt");
  await voting.getByText("Your receipt for a phone").click();
  const link = await voting.getByRole("link", { name: "Is my vote still there?" }).getAttribute("href");

  const asking = await device({ ...PHONE, locale: "en-GB" });
  await asking.goto(address);
  await heading(asking, "Is my vote still there?");
  await screen(asking, "receipt-ask-en");
  await asking.getByLabel("Your receipt").setInputFiles({ name: "receipt.json", mimeType: "application/json", buffer: await readFile(file) });
  await heading(asking, "Your vote is in the box");
  require((await number(asking)) === own, "another number than on the receipt");
  await screen(asking, "receipt-in-the-box-en");

  await asking.goto(link);
  await heading(asking, "Your vote is in the box");

  await asking.goto(`${address}?#e=${town.election}`);
  await asking.getByLabel("Your identifier").fill(letter.identifier);
  await asking.getByLabel("The code on your letter").fill(letter.code);
  await asking.getByRole("button", { name: "Look with my letter’s code" }).click();
  await heading(asking, "Your vote is in the box");
  require((await number(asking)) === own, "the letter leads to another vote");

  await voting.getByRole("button", { name: "Vote again" }).click();
  await choose(voting, { projects: ["A bread oven for all"], day: "Sunday" });
  await voting.getByRole("button", { name: "Cast my vote" }).click();
  await heading(voting, "Your vote is in the box");
  await asking.goto(`${address}?again`);
  await asking.getByLabel("Your receipt").setInputFiles({ name: "receipt.json", mimeType: "application/json", buffer: await readFile(file) });
  await heading(asking, "Replaced by your later vote");
  await screen(asking, "receipt-replaced-en");
  await asking.getByText("Something is wrong?").click();
  const report = asking.waitForEvent("download");
  await asking.locator("#save-report").click();
  const content = JSON.parse(JSON.parse(await readFile(await (await report).path(), "utf8")).content);
  require(content.found.what === "replaced" && content.receipt.includes("receipt"), "the report does not hold what was seen");
  await screen(asking, "receipt-report-en");

  await asking.goto(`${address}?#e=${town.election}`);
  await asking.getByLabel("Your identifier").fill(town.letters[7].identifier);
  await asking.getByLabel("The code on your letter").fill(town.letters[7].code);
  await asking.getByRole("button", { name: "Look with my letter’s code" }).click();
  await heading(asking, "No vote yet");
  await screen(asking, "receipt-none-en");

  // The device that voted kept the beginning of the board: the receipt is judged without a connection to it.
  await voting.goto(address);
  voting.breaks = true;
  await voting.route("**/boards/**", (route) => route.abort("internetdisconnected"));
  await voting.getByLabel("Your receipt").setInputFiles({ name: "receipt.json", mimeType: "application/json", buffer: await readFile(file) });
  await heading(voting, "The receipt is genuine");
  await screen(voting, "receipt-offline-en");
  await voting.goto(`${address}?damaged`);
  await voting.getByLabel("Your receipt").setInputFiles({ name: "x.json", mimeType: "application/json", buffer: Buffer.from("{}") });
  await voting.getByText("This file is not a receipt.").waitFor();
  asking.must();
  voting.must();
});
