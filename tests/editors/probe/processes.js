// The servers that this window's extension host has started.
"use strict";

const fs = require("node:fs");

exports.serverProcesses = function () {
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => parentOf(pid) === process.pid && isServer(pid))
    .map(Number);
};

function parentOf(pid) {
  // The program's name stands in parentheses and may hold spaces; the parent is the second field after it.
  const afterName = read(pid, "stat").split(") ").pop();
  return Number(afterName.split(" ")[1]);
}

function isServer(pid) {
  const args = read(pid, "cmdline").split("\0");
  return args.includes("kerascope") && args.includes("server");
}

function read(pid, name) {
  try {
    return fs.readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    // It ended while we looked.
    return "";
  }
}
