import { after, before } from "node:test";
import { chromium as engine } from "playwright-core";
import { chromium } from "../servers.mjs";

// A browser for the tests of a file; each page has nothing of the others.
export function browser() {
  let running;
  before(async () => {
    running = await engine.launch({ executablePath: chromium, args: ["--no-sandbox", "--no-proxy-server"] });
  });
  after(() => running.close());
  return {
    // Faults of the page's own scripts end up in `faults`.
    async open(address) {
      const context = await running.newContext();
      const page = await context.newPage();
      const faults = [];
      page.on("pageerror", (error) => faults.push(error.message));
      page.setDefaultTimeout(30_000);
      await page.goto(address);
      return { page, faults, close: () => context.close() };
    },
  };
}

export async function tick(page, names) {
  await page.locator("#variants input").first().waitFor();
  for (const box of await page.locator("#variants input").all()) {
    await box.setChecked(names.includes(await box.inputValue()));
  }
}

// The card of a variant's answer.
export function card(page, name) {
  return page.locator("article").filter({ has: page.locator("h2", { hasText: new RegExp(`^${name}$`) }) });
}

export async function textOf(page, name) {
  return card(page, name).locator(".text").textContent();
}

// Waits until the text of a card is as wanted.
export async function untilText(page, name, wanted) {
  for (;;) {
    const text = await textOf(page, name);
    if (wanted(text)) return text;
    await page.waitForTimeout(20);
  }
}
