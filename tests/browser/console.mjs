// node console.mjs URL PICTURE: front-desk staff find a study, press Burn and watch the disc come out.
import { check, run } from "./browser.mjs";

const [url, picture] = process.argv.slice(2);

await run(async (browser) => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(url);
  await page.getByRole("button", { name: "Burn", exact: true }).first().waitFor({ timeout: 15000 });

  await page.getByRole("searchbox").fill("nobody has this name");
  await page.getByText("No study fits these words.").waitFor();
  await page.getByRole("searchbox").fill("");
  await page.getByRole("button", { name: "Burn", exact: true }).last().click(); // the study that came first
  const dialog = page.locator("dialog#burn");
  await dialog.waitFor();
  check((await dialog.textContent()).includes("simulated"), "the dialog does not say that the robot is simulated");
  await dialog.getByLabel("Copies").fill("2");
  await dialog.getByRole("button", { name: "Burn", exact: true }).click();
  await dialog.waitFor({ state: "hidden" });

  const card = page.locator("article[data-job]").first();
  await card.waitFor();
  await page.locator('article[data-job][data-state="active"], article[data-job][data-state="done"]').first().waitFor({ timeout: 60000 });
  if (picture) await page.screenshot({ path: picture.replace(".png", "-busy.png") });
  await page.locator('article[data-job][data-state="done"]').first().waitFor({ timeout: 120000 });
  check((await card.locator(".disc").count()) === 2, "two copies were ordered, another number is shown");
  check((await card.getByText("delivered").count()) === 2, "not both discs are shown as delivered");

  await card.getByRole("button", { name: "Label" }).click();
  const width = await page.locator("#label-view img").evaluate((img) => img.decode().then(() => img.naturalWidth));
  check(width === 1417, `the picture of the label is ${width} pixels wide`);
  await page.locator("#label-view").getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "Burn again" }).first().waitFor();
  if (picture) await page.screenshot({ path: picture, fullPage: true });

  // A study with a video that no CD may hold: the queue asks, and another medium is an answer.
  await page.getByRole("row", { name: "Study 1" }).getByRole("button", { name: "Burn", exact: true }).click();
  await dialog.waitFor();
  const media = await dialog.getByLabel("Medium").locator("option").allTextContents();
  check(media.length === 8 && media.some((m) => m.includes("50 GB")), `the media are ${media.join(", ")}`);
  await dialog.getByLabel("Medium").selectOption("bd");
  const profiles = await dialog.getByLabel("Profile").locator("option").allTextContents();
  check(profiles.includes("STD-GEN-BD-J2K") && !profiles.includes("STD-GEN-CD"), `profiles of BD: ${profiles.join(", ")}`);
  await dialog.getByLabel("Medium").selectOption("cd");
  if (picture) await page.screenshot({ path: picture.replace(".png", "-burn.png") });
  await dialog.getByRole("button", { name: "Burn", exact: true }).click();
  await dialog.waitFor({ state: "hidden" });
  const asking = page.locator('article[data-job][data-state="held"]').first();
  await asking.waitFor({ timeout: 60000 });
  check((await asking.textContent()).includes("MPEG-4"), "the card does not say what is forbidden");
  check((await asking.locator(".answers button").count()) === 3, "there are not three answers");
  if (picture) await page.screenshot({ path: picture.replace(".png", "-held.png"), fullPage: true });
  await asking.getByRole("button", { name: "Another medium" }).click();
  const other = page.locator("dialog#other");
  await other.waitFor();
  check((await other.getByLabel("Profile").inputValue()).includes("MPEG4"), "what takes all of them is not offered first");
  check((await other.getByLabel("Medium").inputValue()) === "bd", "the medium of that profile is not offered");
  if (picture) await page.screenshot({ path: picture.replace(".png", "-other.png") });
  await other.getByRole("button", { name: "Cancel" }).click();
  page.once("dialog", (question) => question.accept());
  await asking.getByRole("button", { name: "Write them as they are" }).click();
  const marked = page.locator('article[data-job][data-state="done"]').first();
  await page.getByText("not DICOM conformant").first().waitFor({ timeout: 120000 });
  await page.locator('article[data-job][data-state="done"]').nth(1).waitFor({ timeout: 120000 });
  check((await marked.textContent()).includes("not DICOM conformant"), "the job is not marked");
  if (picture) await page.screenshot({ path: picture.replace(".png", "-marked.png"), fullPage: true });

  // A study with two patients: both IDs are shown, and it is let go by name and reason only.
  const mixed = page.locator("#studies").getByRole("row", { name: "Study 3" });
  await mixed.getByRole("button", { name: "Look" }).click();
  const release = page.locator("dialog#release");
  await release.waitFor();
  const shown = await release.locator("tbody").textContent();
  check(shown.includes("P1") && shown.includes("ANOTHER-ID") && shown.includes("MODALITY"), `side by side: ${shown}`);
  await release.getByLabel("Your name").fill("Ada");
  await release.getByRole("button", { name: "Release" }).click();
  check(await release.isVisible(), "a release without a reason was taken");
  await release.getByLabel("Reason").fill("wrong card at the desk");
  if (picture) await page.screenshot({ path: picture.replace(".png", "-release.png") });
  await release.getByRole("button", { name: "Release" }).click();
  await release.waitFor({ state: "hidden" });
  await mixed.getByRole("button", { name: "Burn" }).waitFor();
  await page.getByText("Who decided what").click();
  await page.getByRole("row", { name: "wrong card at the desk" }).waitFor();
  check((await page.getByRole("row", { name: "wrong card at the desk" }).textContent()).includes("Ada"), "it is not said who released");
  if (picture) await page.screenshot({ path: picture.replace(".png", "-decisions.png"), fullPage: true });

  // What is pinned says so; what is deleted is listed apart and can be taken back.
  await mixed.getByRole("button", { name: "Pin", exact: true }).click();
  await mixed.getByText("pinned").waitFor();
  await mixed.getByRole("button", { name: "Unpin" }).click();
  await mixed.getByRole("button", { name: "Pin", exact: true }).waitFor();
  const asked = [];
  const answer = (accept) => page.once("dialog", (box) => { asked.push(box.message()); accept ? box.accept() : box.dismiss(); });
  answer(false);
  await mixed.getByRole("button", { name: "Delete" }).click();
  check(asked[0].includes("Study 3") && (await mixed.isVisible()), `a study goes without being asked about: ${asked[0]}`);
  answer(true);
  await mixed.getByRole("button", { name: "Delete" }).click();
  await mixed.waitFor({ state: "detached" });
  await page.getByLabel("deleted ones").check();
  await mixed.getByRole("button", { name: "Take back" }).click();
  await mixed.waitFor({ state: "detached" });
  await page.getByLabel("deleted ones").uncheck();
  await mixed.getByRole("button", { name: "Burn", exact: true }).waitFor();

  // What peers were told is counted: the mixed study brought a warning.
  await page.getByText("What senders were told").click();
  await page.locator("#receiving").getByRole("row", { name: "B000" }).waitFor();
  const stored = await page.locator("#receiving").getByRole("row", { name: "0000" }).locator("td").last().textContent();
  check(Number(stored) > 5, `${stored} objects were stored`);
  check((await page.locator("#receiving .notes").textContent()).includes("ports: dicom "), "the ports are not named");

  // An order without the page's token is refused: another site cannot press our buttons.
  const status = await page.evaluate(() => fetch("/api/jobs", { method: "POST", body: "{}" }).then((r) => r.status));
  check(status === 403, `an order without a token was answered with ${status}`);
  check(errors.filter((e) => !e.includes("403")).length === 0, `the page has errors: ${errors.join("; ")}`);
});
