// Equal states at equal offsets: whatever way a controller came to an offset, from entries or by a
// snapshot, its image says the same as that of any other there.
//
// Lives on: the simulator's thread.

import { CommittedImage } from "../../actors/controller/committed-image.ts";
import { encodeMetadataRecord } from "../../protocol/records/metadata-record.ts";
import { replaceMethod } from "../replace-method.ts";
import type { Verdict } from "../verdict.ts";

/** A snapshot is costly: one offset in so many is looked at, and each after a snapshot was taken in. */
const ONE_IN = 4;
const latin1 = new TextDecoder("latin1");

export class EqualImages {
  compared = 0;
  private readonly verdict: Verdict;
  private readonly states = new Map<number, string>();

  constructor(verdict: Verdict) {
    this.verdict = verdict;
  }

  begin(): () => void {
    // oxlint-disable-next-line typescript/no-this-alias
    const images = this;
    const mends = (["replace", "advance"] as const).map((name) =>
      replaceMethod(
        CommittedImage.prototype,
        name,
        (kept: (...args: unknown[]) => unknown) =>
          function looked(this: CommittedImage, ...args: unknown[]) {
            const result = kept.apply(this, args);
            images.look(this);
            return result;
          },
      ),
    );
    return () => mends.forEach((mend) => mend());
  }

  private look({ image }: CommittedImage): void {
    const { lastOffset } = image;
    if (lastOffset % ONE_IN !== 0) return;
    const { records } = image.snapshot();
    const lines = records.map((record) => latin1.decode(encodeMetadataRecord(record)));
    const state = lines.sort().join("\n");
    const known = this.states.get(lastOffset);
    if (known === undefined) this.states.set(lastOffset, state);
    else this.compared += 1;
    this.verdict.hold(
      known === undefined || known === state,
      "equal metadata at equal offsets",
      () => `at ${lastOffset}:\n${JSON.stringify(known)}\n${JSON.stringify(state)}`,
    );
  }
}
