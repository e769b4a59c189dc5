// Reads the notification about a server that cannot be run, and follows it: node missing_server.mjs FILE_ADDRESS
import { openWindow } from "./browser.mjs";

const [address] = process.argv.slice(2);
const PATIENCE = { timeout: 60_000 };

const { page, close } = await openWindow(address);
try {
  const notification = page.locator(".notification-toast", { hasText: "Kerascope" });
  await notification.waitFor(PATIENCE);
  const message = await notification.locator(".notification-list-item-message").innerText();
  // The buttons are hidden until somebody turns to the notification.
  await notification.hover();
  const buttons = notification.locator(".notification-list-item-buttons-container .monaco-button");
  const titles = await buttons.allInnerTexts();
  await buttons.first().click();
  const search = page.locator(".settings-editor .settings-header .view-lines");
  await search.waitFor(PATIENCE);
  await page.waitForFunction(() => document.querySelector(".settings-editor .settings-header .view-lines").innerText.trim() !== "", null, PATIENCE);
  console.log(JSON.stringify({ message, buttons: titles, searched: await search.innerText() }));
} finally {
  await close();
}
