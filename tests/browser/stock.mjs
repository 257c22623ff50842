// node stock.mjs URL PICTURE: staff fill bin 1 with nine discs of the white pile and say so.
import { check, run } from "./browser.mjs";

const [url, picture] = process.argv.slice(2);

await run(async (browser) => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(url);
  const bin = page.locator(".part").filter({ hasText: "bin 1" });
  await bin.getByRole("button", { name: "Refilled" }).click();
  const dialog = page.locator("dialog#refill");
  await dialog.waitFor();
  check((await dialog.getByLabel("Kind").inputValue()) === "cd", "the kind of the bin is not offered first");
  await dialog.getByLabel("Discs").fill("9");
  await dialog.getByLabel("Pile").fill("no good name");
  await dialog.getByRole("button", { name: "Refilled" }).click();
  check(await dialog.isVisible(), "a name with blanks was taken");
  await dialog.getByLabel("Pile").fill("white");
  if (picture) await page.screenshot({ path: picture.replace(".png", "-refill.png") });
  await dialog.getByRole("button", { name: "Refilled" }).click();
  await dialog.waitFor({ state: "hidden" });
  await bin.getByText("“white”").waitFor();
  if (picture) await page.screenshot({ path: picture.replace(".png", "-refilled.png"), fullPage: true });
  check(errors.length === 0, `the page has errors: ${errors.join("; ")}`);
});
