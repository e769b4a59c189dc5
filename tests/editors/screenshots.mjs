// Uses the window as a person would and photographs it: node screenshots.mjs FILE_ADDRESS FOLDER_ADDRESS PICTURES
// Prints what it saw as JSON.
import path from "node:path";

import { openWindow } from "./browser.mjs";

const [fileAddress, folderAddress, pictures] = process.argv.slice(2);
const PATIENCE = { timeout: 60_000 };
const SIZE = { width: 1120, height: 720, scale: 2 };
const NOTEBOOK_SIZE = { ...SIZE, height: 800 };

// A VS Code in a browser adds entries to the status bar that one on a desktop does not have, and takes
// whatever font the system calls its own.
const AS_ON_A_DESKTOP = `
  .monaco-workbench { font-family: Inter, sans-serif !important; }
  [id="status.host"], [id="status.forwardedPorts"], [id="status.workbench.keyboardLayout"] { display: none !important; }
`;

const seen = { file: await photographFile(), notebook: await photographNotebook() };
console.log(JSON.stringify(seen));

async function photographFile() {
  return photograph(fileAddress, "vscode.png", SIZE, async (page) => {
    const squiggle = ".monaco-editor .squiggly-warning";
    await page.waitForSelector(squiggle, PATIENCE);
    const hint = await waitForHint(page, "(None, 26, 26, 32)");
    await press(page, "View: Close Primary Side Bar");
    const problems = await openProblems(page, 116);
    await page.locator(".monaco-editor .view-line").first().click();
    await page.keyboard.press("Control+Home");
    await clickOn(page, squiggle);
    const fixes = await openQuickFixes(page);
    await page.mouse.move(SIZE.width - 5, SIZE.height / 2);
    const applyFirst = async () => {
      await page.keyboard.press("Enter");
      await page.waitForSelector(squiggle, { ...PATIENCE, state: "detached" });
      return plain(await page.locator(".view-lines").first().innerText());
    };
    return { seen: { hint, problems, fixes }, after: applyFirst };
  });
}

async function photographNotebook() {
  return photograph(folderAddress, "notebook.png", NOTEBOOK_SIZE, async (page) => {
    const squiggle = ".notebookOverlay .squiggly-error";
    await openByName(page, "clothing.ipynb");
    await page.waitForSelector(squiggle, PATIENCE);
    const hint = await waitForHint(page, "(None, 26, 26, 32)");
    await press(page, "View: Close Primary Side Bar");
    const problems = await openProblems(page, 138);
    await clickOn(page, squiggle);
    const fixes = await openQuickFixes(page);
    await page.mouse.move(SIZE.width - 5, SIZE.height / 2);
    return { seen: { hint, problems, fixes } };
  });
}

/** Opens a window, brings it into the state to be photographed, and perhaps goes on from there. */
async function photograph(address, name, size, prepare) {
  const { page, close } = await openWindow(address, size);
  try {
    const { seen, after } = await prepare(page);
    await page.addStyleTag({ content: AS_ON_A_DESKTOP });
    // Animations and the loading bar come to their end.
    await page.waitForTimeout(1500);
    await page.screenshot({ path: path.join(pictures, name) });
    return { ...seen, after: await after?.() };
  } catch (error) {
    await page.screenshot({ path: path.join(pictures, `failed-${name}`) });
    throw error;
  } finally {
    await close();
  }
}

/** Opens the list of problems below the editor, no higher than asked for. */
async function openProblems(page, height) {
  await press(page, "View: Focus Problems");
  await page.waitForSelector(".markers-panel .monaco-list-row", PATIENCE);
  const panel = await page.locator(".part.panel").boundingBox();
  const edges = await page.locator(".monaco-sash.horizontal").all();
  const boxes = await Promise.all(edges.map((edge) => edge.boundingBox()));
  const edge = boxes.find((box) => box !== null && Math.abs(box.y - panel.y) < 12);
  const [x, y] = [edge.x + edge.width / 2, edge.y + edge.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x, y + panel.height - height, { steps: 5 });
  await page.mouse.up();
  const rows = await page.locator(".markers-panel .monaco-list-row").allInnerTexts();
  return rows.map(plain);
}

/** Shapes are drawn with no-break spaces, and come a moment after the squiggles. */
async function waitForHint(page, text) {
  await page.waitForFunction((wanted) => document.body.innerText.replace(/\u00a0/g, " ").includes(wanted), text, PATIENCE);
  return text;
}

/** Clicks near the end of something, so that a menu opened there leaves the code below it in sight. */
async function clickOn(page, selector) {
  const box = await page.locator(selector).first().boundingBox();
  await page.mouse.click(box.x + box.width - 6, box.y + box.height / 2);
}

async function openQuickFixes(page) {
  await page.keyboard.press("Control+.");
  await page.waitForSelector(".action-widget .monaco-list-row", PATIENCE);
  const rows = await page.locator(".action-widget .monaco-list-row.action").allInnerTexts();
  return rows.map(plain);
}

/** Opens a file as a person does; an address can open a notebook only as text. */
async function openByName(page, name) {
  await page.waitForSelector(".explorer-folders-view .monaco-list-row", PATIENCE);
  await page.keyboard.press("Control+p");
  await page.waitForSelector(".quick-input-widget input");
  await page.keyboard.type(name);
  await page.waitForSelector(`.quick-input-list .monaco-list-row[aria-label^="${name}"]`, PATIENCE);
  await page.keyboard.press("Enter");
}

/** Runs a command from the palette. */
async function press(page, command) {
  await page.keyboard.press("F1");
  await page.waitForSelector(".quick-input-widget input");
  await page.keyboard.type(command);
  await page.waitForSelector(".quick-input-list .monaco-list-row");
  await page.waitForTimeout(300);
  await page.keyboard.press("Enter");
}

function plain(text) {
  return text.replace(/\u00a0/g, " ").trim();
}
