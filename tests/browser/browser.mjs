// A Chromium that stays on this machine, and checks with sentences.
import { chromium } from "playwright-core";

export async function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

export function check(condition, sentence) {
  if (!condition) throw new Error(sentence);
}

export async function run(test) {
  const browser = await openBrowser();
  try {
    await test(browser);
    console.log("ok");
  } catch (error) {
    console.log(`FAIL: ${error.message}`);
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
}

/** A further page whose answers from `path` are what `change` makes of them, as if the world were so. The console asks every
 * second: what is under way when the page closes is nobody's any more. */
export async function asIf(browser, path, change, look) {
  const page = await browser.newPage();
  await page.route(path, async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    await route.fulfill({ response, json: change(json) ?? json });
  });
  try {
    await look(page);
  } finally {
    await page.unrouteAll({ behavior: "ignoreErrors" });
    await page.close();
  }
}
