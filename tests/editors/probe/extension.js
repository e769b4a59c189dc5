// Runs inside a real VS Code, uses it through its API as a person would through its windows, and writes
// down what it meets. It judges nothing: the assertions are in test_vscode.py.
"use strict";

const fs = require("node:fs");
const vscode = require("vscode");

const { describeAction, describeDiagnostic } = require("./describe.js");
const { serverProcesses } = require("./processes.js");

// Long enough for a server that is starting while the processor is busy.
const PATIENCE_MS = 45_000;
// A server could publish twice; what is written down should be its last word.
const QUIET_MS = 400;

const FIX_ALL = "source.fixAll.kerascope";
const NOTEBOOK_FIX_ALL = "notebook.source.fixAll.kerascope";

const steps = {
  diagnose,
  quickFixes,
  preferredFix,
  fixAll,
  fixOnSave,
  shapes,
  typing,
  notebook,
  notebookCells,
  notebookOnSave,
  untitled,
  setting,
  restart,
  crash,
  giveUp,
};

exports.activate = async function () {
  const file = process.env.KERASCOPE_PROBE_REPORT;
  if (file === undefined) {
    return;
  }
  const report = { vscode: vscode.version, steps: {} };
  for (const [name, step] of Object.entries(steps)) {
    const start = Date.now();
    const entry = (report.steps[name] = {});
    try {
      entry.seen = await step();
    } catch (error) {
      entry.error = String(error.stack ?? error);
      // A text that was left changed would make closing its editor ask a question that nobody answers.
      await run("workbench.action.files.revert");
    }
    entry.seconds = (Date.now() - start) / 1000;
    if (name === "diagnose" && entry.error !== undefined) {
      // Every other step would wait in vain for the same server.
      Object.keys(steps).forEach((other) => (report.steps[other] ??= entry));
      break;
    }
    await run("workbench.action.closeAllEditors");
  }
  // The file appears in one piece, since somebody waits for it.
  fs.writeFileSync(`${file}.part`, JSON.stringify(report, null, 1));
  fs.renameSync(`${file}.part`, file);
};

async function diagnose() {
  const seen = {};
  for (const name of ["model.py", "conv.py", "recurrent.py", "typo.py"]) {
    const document = await open(name);
    seen[name] = await Promise.all((await diagnosticsOf(document)).map((each) => describeDiagnostic(document, each)));
  }
  return seen;
}

async function quickFixes() {
  const seen = {};
  for (const name of ["model.py", "conv.py", "recurrent.py", "typo.py"]) {
    const document = await open(name);
    const [first] = await diagnosticsOf(document);
    const actions = await quickFixesAt(document, first.range);
    seen[name] = actions.map(describeAction);
  }
  return seen;
}

async function preferredFix() {
  const seen = {};
  for (const name of ["model.py", "conv.py", "recurrent.py", "typo.py"]) {
    const document = await open(name);
    const before = document.getText();
    const [first] = await diagnosticsOf(document);
    const fix = (await quickFixesAt(document, first.range)).find((action) => action.isPreferred);
    await vscode.workspace.applyEdit(fix.edit);
    const left = await diagnosticsOf(document, (all) => !all.some((each) => codeOf(each) === codeOf(first)));
    seen[name] = { fixed: codeOf(first), left: left.map(codeOf), changed: changedLines(before, document.getText()) };
    await run("undo");
    seen[name].undone = document.getText() === before;
    const again = await diagnosticsOf(document, (all) => all.some((each) => codeOf(each) === codeOf(first)));
    seen[name].afterUndo = again.map(codeOf);
    await run("workbench.action.files.revert");
  }
  return seen;
}

async function fixAll() {
  const document = await open("several.py");
  const before = await diagnosticsOf(document);
  await run("editor.action.fixAll");
  const left = await diagnosticsOf(document, (all) => all.length < before.length && !all.some(isError));
  const text = document.getText();
  await run("workbench.action.files.revert");
  return { before: before.map(codeOf), left: left.map(codeOf), text };
}

async function fixOnSave() {
  const settings = vscode.workspace.getConfiguration("editor");
  await settings.update("codeActionsOnSave", { [FIX_ALL]: "explicit" }, true);
  try {
    const document = await open(copyOf("several.py"));
    await diagnosticsOf(document);
    await touch(document);
    await document.save();
    return { saved: fs.readFileSync(document.uri.fsPath, "utf8") };
  } finally {
    await settings.update("codeActionsOnSave", undefined, true);
  }
}

async function shapes() {
  const document = await open("model.py");
  await diagnosticsOf(document);
  const whole = new vscode.Range(0, 0, document.lineCount, 0);
  const hints = await until("inlay hints", async () => {
    const all = await run("vscode.executeInlayHintProvider", document.uri, whole);
    return all.length > 0 && all;
  });
  const at = document.positionAt(document.getText().indexOf("Conv2D") + 2);
  const hovers = await run("vscode.executeHoverProvider", document.uri, at);
  return {
    hints: hints.map((hint) => ({
      line: hint.position.line,
      atEndOfCode: document.lineAt(hint.position).text.slice(hint.position.character),
      text: labelOf(hint),
    })),
    hover: hovers.flatMap((hover) => hover.contents.map((content) => content.value ?? content)),
  };
}

/** Types a layer into a model, letter by letter, and keeps every set of findings that was shown meanwhile. */
async function typing() {
  const document = await open("model.py");
  await diagnosticsOf(document);
  const editor = vscode.window.activeTextEditor;
  const line = document.positionAt(document.getText().indexOf("layers.Flatten()")).line;
  const end = document.lineAt(line).range.end;
  editor.selection = new vscode.Selection(end, end);
  const shown = [];
  const subscription = vscode.languages.onDidChangeDiagnostics(() => {
    shown.push(vscode.languages.getDiagnostics(document.uri).filter(isOurs).map(codeOf));
  });
  try {
    for (const letter of '\nlayers.Dense(64, activation="relu"),') {
      await run("type", { text: letter });
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await diagnosticsOf(document, (all) => all.some((each) => document.getText(each.range) === '"sigmoid"'));
  } finally {
    subscription.dispose();
  }
  const typed = document.lineAt(line + 1).text;
  const hints = await run("vscode.executeInlayHintProvider", document.uri, document.lineAt(line + 1).range);
  await run("workbench.action.files.revert");
  return { typed, shown, hints: hints.map(labelOf) };
}

async function notebook() {
  const cells = await openNotebook("digits.ipynb");
  const [built, compiled] = cells.slice(-2);
  await diagnosticsOf(built);
  await diagnosticsOf(compiled);
  const diagnostics = [];
  for (const document of cells) {
    const all = vscode.languages.getDiagnostics(document.uri).filter(isOurs);
    diagnostics.push(await Promise.all(all.map((each) => describeDiagnostic(document, each))));
  }
  const hints = await run("vscode.executeInlayHintProvider", built.uri, new vscode.Range(0, 0, built.lineCount, 0));

  const [first] = vscode.languages.getDiagnostics(built.uri).filter(isOurs);
  const actions = await quickFixesAt(built, first.range);
  await vscode.workspace.applyEdit(actions.find((action) => action.isPreferred).edit);
  await diagnosticsOf(built, (all) => all.length === 0);

  // Asked in one cell, this one mends them all.
  const whole = new vscode.Range(0, 0, built.lineCount, 0);
  const [all] = await run("vscode.executeCodeActionProvider", built.uri, whole, NOTEBOOK_FIX_ALL, 10);
  await vscode.workspace.applyEdit(all.edit);
  await diagnosticsOf(compiled, (left) => left.length === 0);
  const seen = {
    diagnostics,
    hints: hints.map(labelOf),
    actions: actions.map(describeAction),
    built: built.getText(),
    compiled: compiled.getText(),
  };
  await run("workbench.action.files.revert");
  return seen;
}

/** Inserts and removes whole cells. */
async function notebookCells() {
  const cells = await openNotebook(copyOf("clothing.ipynb"));
  const compiled = cells.at(-1);
  const book = vscode.window.activeNotebookEditor.notebook;
  const about = async (wished) => {
    const all = await diagnosticsOf(compiled, wished);
    return all.map((each) => [codeOf(each), compiled.getText(each.range)]);
  };
  const change = async (edit) => {
    const whole = new vscode.WorkspaceEdit();
    whole.set(book.uri, [edit]);
    await vscode.workspace.applyEdit(whole);
  };
  const cell = (text) => new vscode.NotebookCellData(vscode.NotebookCellKind.Code, text, "python");
  const data = book.getCells().findIndex((each) => each.document.getText().includes("load_data"));
  const text = book.cellAt(data).document.getText();

  const before = await about();
  await change(vscode.NotebookEdit.insertCells(0, [cell('"""🧥"""\n\n\n'), cell("")]));
  const shifted = await about();
  await change(vscode.NotebookEdit.deleteCells(new vscode.NotebookRange(data + 2, data + 3)));
  const without = await about((all) => all.length === 0);
  await change(vscode.NotebookEdit.insertCells(data + 2, [cell(text)]));
  const again = await about();
  await run("workbench.action.files.revert");
  return { before, shifted, without, again };
}

/** VS Code asks for the notebook's kind of fix-all in the first cell only, and for the plain kind in every cell. */
async function notebookOnSave() {
  const settings = vscode.workspace.getConfiguration("notebook");
  const seen = {};
  for (const [name, kind] of [["code_first.ipynb", NOTEBOOK_FIX_ALL], ["digits.ipynb", FIX_ALL]]) {
    await settings.update("codeActionsOnSave", { [kind]: "explicit" }, true);
    try {
      const cells = await openNotebook(copyOf(name));
      const compiled = cells.at(-1);
      await diagnosticsOf(compiled);
      await touch(cells[0]);
      await vscode.window.activeNotebookEditor.notebook.save();
      await diagnosticsOf(compiled, (all) => all.length === 0);
      seen[name] = compiled.getText();
    } finally {
      await settings.update("codeActionsOnSave", undefined, true);
    }
  }
  return seen;
}

/** Shows a notebook; the documents of its code cells. */
async function openNotebook(name) {
  const book = await vscode.workspace.openNotebookDocument(uriOf(name));
  await vscode.window.showNotebookDocument(book);
  const cells = book.getCells().filter((cell) => cell.kind === vscode.NotebookCellKind.Code);
  return cells.map((cell) => cell.document);
}

async function untitled() {
  const content = fs.readFileSync(uriOf("typo.py").fsPath, "utf8");
  const document = await vscode.workspace.openTextDocument({ language: "python", content });
  await vscode.window.showTextDocument(document);
  const all = await diagnosticsOf(document);
  const seen = await Promise.all(all.map((each) => describeDiagnostic(document, each)));
  await run("workbench.action.revertAndCloseActiveEditor");
  return { scheme: document.uri.scheme, diagnostics: seen };
}

async function setting() {
  const settings = vscode.workspace.getConfiguration("kerascope");
  const document = await open("model.py");
  const before = await diagnosticsOf(document);
  const code = codeOf(before[0]);
  await settings.update("ignore", [code], true);
  try {
    const ignored = await diagnosticsOf(document, (all) => !all.some((each) => codeOf(each) === code));
    await settings.update("ignore", undefined, true);
    const after = await diagnosticsOf(document, (all) => all.some((each) => codeOf(each) === code));
    return { before: before.map(codeOf), ignored: ignored.map(codeOf), after: after.map(codeOf) };
  } finally {
    await settings.update("ignore", undefined, true);
  }
}

async function restart() {
  const document = await open("typo.py");
  await diagnosticsOf(document);
  const before = serverProcesses();
  await run("kerascope.restart");
  return { before, after: await until("a new server", () => replaced(before)), ...(await isAlive(document)) };
}

async function crash() {
  const document = await open("typo.py");
  await diagnosticsOf(document);
  const before = serverProcesses();
  before.forEach((pid) => process.kill(pid, "SIGKILL"));
  return { before, after: await until("a new server", () => replaced(before)), ...(await isAlive(document)) };
}

/** Kills the server until nobody starts it again, and then starts it by hand. */
async function giveUp() {
  const document = await open("typo.py");
  await diagnosticsOf(document);
  let kills = 0;
  let alive = serverProcesses();
  while (alive.length > 0 && kills < 10) {
    alive.forEach((pid) => process.kill(pid, "SIGKILL"));
    kills += 1;
    alive = await until("a new server", () => replaced(alive), 5000).catch(() => []);
  }
  const left = vscode.languages.getDiagnostics(document.uri).filter(isOurs).map(codeOf);
  await run("kerascope.restart");
  return { kills, left, after: await until("a new server", () => replaced([])), ...(await isAlive(document)) };
}

// ---- what the steps are made of

/** Mends the typo and takes that back, to see that somebody still answers. */
async function isAlive(document) {
  await diagnosticsOf(document);
  const edit = new vscode.WorkspaceEdit();
  const at = document.getText().indexOf("sparse_categorical_entropy");
  edit.replace(
    document.uri,
    new vscode.Range(document.positionAt(at), document.positionAt(at + "sparse_categorical_entropy".length)),
    "sparse_categorical_crossentropy",
  );
  await vscode.workspace.applyEdit(edit);
  const mended = await diagnosticsOf(document, (all) => all.length === 0);
  await run("workbench.action.files.revert");
  const broken = await diagnosticsOf(document);
  return { mended: mended.map(codeOf), broken: broken.map(codeOf) };
}

function replaced(before) {
  const now = serverProcesses();
  return now.length > 0 && !now.some((pid) => before.includes(pid)) && now;
}

async function open(name) {
  const document = await vscode.workspace.openTextDocument(uriOf(name));
  await vscode.window.showTextDocument(document, { preview: false });
  return document;
}

/** A file to save, so that the one it was copied from stays as the other steps expect it. */
function copyOf(name) {
  const copy = `saved_${name}`;
  fs.copyFileSync(uriOf(name).fsPath, uriOf(copy).fsPath);
  return copy;
}

function uriOf(name) {
  return vscode.Uri.joinPath(vscode.workspace.workspaceFolders[0].uri, name);
}

/** Makes a document unsaved without a change of its meaning, as the on-save actions need. */
async function touch(document) {
  const edit = new vscode.WorkspaceEdit();
  edit.insert(document.uri, document.lineAt(document.lineCount - 1).range.end, "\n");
  await vscode.workspace.applyEdit(edit);
}

/** Kerascope's diagnostics once they are as wished and have been quiet for a moment. */
async function diagnosticsOf(document, wished = (all) => all.length > 0) {
  const ours = () => vscode.languages.getDiagnostics(document.uri).filter(isOurs);
  let last = Date.now();
  const subscription = vscode.languages.onDidChangeDiagnostics(({ uris }) => {
    if (uris.some((uri) => uri.toString() === document.uri.toString())) {
      last = Date.now();
    }
  });
  try {
    return await until(
      () => `the diagnostics wished for in ${document.uri.path}; they are ${ours().map(codeOf)}`,
      () => wished(ours()) && Date.now() - last >= QUIET_MS && ours(),
    );
  } finally {
    subscription.dispose();
  }
}

function quickFixesAt(document, range) {
  return run("vscode.executeCodeActionProvider", document.uri, range, "quickfix", 10);
}

function labelOf(hint) {
  return typeof hint.label === "string" ? hint.label : hint.label.map((part) => part.value).join("");
}

function isOurs(diagnostic) {
  return diagnostic.source === "kerascope";
}

function isError(diagnostic) {
  return diagnostic.severity === vscode.DiagnosticSeverity.Error;
}

function codeOf(diagnostic) {
  return diagnostic.code?.value ?? diagnostic.code;
}

function changedLines(before, after) {
  const old = before.split("\n");
  return after.split("\n").filter((line, index) => line !== old[index]);
}

function run(command, ...args) {
  return vscode.commands.executeCommand(command, ...args);
}

async function until(what, question, patience = PATIENCE_MS) {
  const end = Date.now() + patience;
  while (Date.now() < end) {
    const answer = await question();
    if (answer) {
      return answer;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Waited in vain for ${typeof what === "function" ? what() : what}`);
}
