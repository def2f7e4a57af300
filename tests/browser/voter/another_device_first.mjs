// Two devices of one voter: the second to cast is refused, shows which vote is in the box, and may vote again. And one ballot of twenty
// projects is timed.
import { DESK, device, fillIn, heading, number, require, scenario, screen, town } from "../voters.mjs";

await scenario(async () => {
  const letter = town.letters[4];
  const [first, second] = [await device({ ...DESK, locale: "en-GB" }), await device({ ...DESK, locale: "en-GB" })];
  await fillIn(first, letter, { projects: ["A mural on the market hall"], day: "Wednesday" });
  await fillIn(second, letter, { projects: ["A bandstand"], day: "Sunday" });
  await first.getByRole("button", { name: "Cast my vote" }).click();
  await heading(first, "Your vote is in the box");
  const took = await first.evaluate(() =>
    ["urne-prepare", "urne-cast"].map((name) => Math.round(performance.getEntriesByName(name).at(-1).duration)),
  );
  console.log(`a ballot with twenty projects: ${took[0]} ms to seal, ${took[1]} ms to prove`);
  second.breaks = true;
  await second.getByRole("button", { name: "Cast my vote" }).click();
  await heading(second, "Your vote was not accepted");
  await second.getByText(`has the number ${await number(first)}`).waitFor();
  await screen(second, "vote-refused-en");
  const download = second.waitForEvent("download");
  await second.getByRole("button", { name: "Save the server’s signed answer" }).click();
  require((await download).suggestedFilename() === "refusal.json", "no signed refusal to keep");
  await second.getByRole("button", { name: "Vote again" }).click();
  await second.getByText("A vote of yours is already in the box.").waitFor();
  first.must();
  second.must();
});
