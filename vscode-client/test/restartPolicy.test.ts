import assert from "node:assert/strict";
import { test } from "node:test";

import { RestartPolicy } from "../src/restartPolicy";

test("as many crashes as the limit are forgiven, and not one more", () => {
  const policy = new RestartPolicy(2, 1000, () => 0);
  assert.deepEqual([policy.crashed(), policy.crashed(), policy.crashed()], [true, true, false]);
});

test("crashes of long ago are forgotten", () => {
  let time = 0;
  const policy = new RestartPolicy(1, 1000, () => time);
  assert.equal(policy.crashed(), true);
  time = 999;
  assert.equal(policy.crashed(), false);
  time = 3000;
  assert.equal(policy.crashed(), true);
});
