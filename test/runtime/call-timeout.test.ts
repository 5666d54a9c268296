import { strict as assert } from "node:assert";
import { test } from "node:test";
import type { Outcome } from "../../src/base/outcome.ts";
import type { ActorKind, Call, Cast, Handlers, Outbox } from "../../src/runtime/actor.ts";
import { refTo } from "../../src/runtime/actor.ts";
import { ask } from "../../src/runtime/routine.ts";
import { ActorHarness } from "../support/actor-harness.ts";

type SilentProtocol = { never: Call<Record<string, never>, null> };
const silent = refTo<SilentProtocol>("silent", "0");

type AskerProtocol = {
  begin: Cast<Record<string, never>>;
  heard: Cast<{ outcome: Outcome<null>; context: null }>;
};

const asker: ActorKind<AskerProtocol, string[]> = {
  kind: "asker",
  create: (lines, out: Outbox<AskerProtocol>): Handlers<AskerProtocol> => ({
    onBegin: () => {
      out.ask(silent, "never", {}, { timeoutMs: 100, context: null, into: "heard" });
      out.run(
        (function* () {
          const outcome = yield* ask(silent, "never", {}, 100);
          lines.push(`routine: ${outcome.ok ? "answer" : outcome.fault}`);
        })(),
      );
    },
    onHeard: ({ outcome }) => {
      lines.push(`message: ${outcome.ok ? "answer" : outcome.fault}`);
    },
  }),
  placeOn: () => 0,
  mailbox: { messagesMax: 100, bytesMax: 100 },
};

test("a call that is not answered in time wakes its asker, though nothing else happens", () => {
  const lines: string[] = [];
  const harness = new ActorHarness({ kinds: [asker], puppets: [["silent", "0"]] });
  harness.spawn(asker, "0", lines);
  harness.tell(refTo<AskerProtocol>("asker", "0"), "begin", {});
  harness.advance(99);
  assert.deepEqual(lines, []);
  harness.advance(1);
  assert.deepEqual(lines, ["message: timeout", "routine: timeout"]);
});
