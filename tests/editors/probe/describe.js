// Plain data about what VS Code holds, to be written as JSON.
"use strict";

const path = require("node:path");
const vscode = require("vscode");

exports.describeDiagnostic = async function (document, diagnostic) {
  const related = [];
  for (const { location, message } of diagnostic.relatedInformation ?? []) {
    const other = await vscode.workspace.openTextDocument(location.uri);
    related.push({ file: path.basename(location.uri.path), text: other.getText(location.range), message });
  }
  return {
    // The text under the squiggle: a wrong unit of columns shows here first.
    text: document.getText(diagnostic.range),
    line: diagnostic.range.start.line,
    code: diagnostic.code?.value ?? diagnostic.code,
    target: diagnostic.code?.target?.toString(),
    severity: vscode.DiagnosticSeverity[diagnostic.severity],
    source: diagnostic.source,
    message: diagnostic.message,
    related,
  };
};

exports.describeAction = function (action) {
  return {
    title: action.title,
    kind: action.kind?.value,
    preferred: action.isPreferred === true,
    insertions: action.edit?.entries().flatMap(([, edits]) => edits.map((edit) => edit.newText)) ?? [],
  };
};
