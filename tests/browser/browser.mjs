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
