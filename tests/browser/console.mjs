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
  await page.getByRole("button", { name: "Burn", exact: true }).first().click();
  const dialog = page.locator("dialog#burn");
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

  // An order without the page's token is refused: another site cannot press our buttons.
  const status = await page.evaluate(() => fetch("/api/jobs", { method: "POST", body: "{}" }).then((r) => r.status));
  check(status === 403, `an order without a token was answered with ${status}`);
  check(errors.filter((e) => !e.includes("403")).length === 0, `the page has errors: ${errors.join("; ")}`);
});
