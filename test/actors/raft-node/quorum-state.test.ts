import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { decodeVote, encodeVote } from "../../../src/actors/raft-node/quorum-state.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("the vote file", () => {
  test("holds term and vote", () => {
    const property = fc.property(
      fc.nat({ max: 0x7fff_ffff }),
      fc.option(fc.nat({ max: 0x7fff_ffff })),
      (term, votedFor) => {
        const read = decodeVote(encodeVote({ term, votedFor }, [1, 2, 3]));
        assert.deepEqual(read, { ok: true, value: { term, votedFor } });
      },
    );
    fc.assert(property);
  });

  test("is read as Kafka writes it, in both versions", () => {
    const v1 =
      '{"leaderId":1,"leaderEpoch":7,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}';
    assert.deepEqual(decodeVote(bytes(v1)), { ok: true, value: { term: 7, votedFor: null } });
    const v0 =
      '{"clusterId":"","leaderId":-1,"leaderEpoch":3,"votedId":2,"appliedOffset":0,"currentVoters":[{"voterId":2}],"data_version":0}';
    assert.deepEqual(decodeVote(bytes(v0)), { ok: true, value: { term: 3, votedFor: 2 } });
  });

  test("is written as Kafka's version 0", () => {
    assert.equal(
      new TextDecoder().decode(encodeVote({ term: 3, votedFor: 2 }, [2])),
      '{"clusterId":"","leaderId":-1,"leaderEpoch":3,"votedId":2,"appliedOffset":0,"currentVoters":[{"voterId":2}],"data_version":0}',
    );
  });

  test("is refused when it makes no sense", () => {
    const texts = ["", "{", "null", "[]", "7", "{}", '{"leaderEpoch":-1,"votedId":1}'];
    const more = ['{"leaderEpoch":1.5,"votedId":1}', '{"leaderEpoch":1,"votedId":"1"}'];
    for (const text of [...texts, ...more, '{"leaderEpoch":4294967296,"votedId":1}']) {
      assert.equal(decodeVote(bytes(text)).ok, false, text);
    }
    assert.equal(decodeVote(Uint8Array.of(0xff, 0xfe)).ok, false);
    fc.assert(fc.property(fc.uint8Array(), (any) => void decodeVote(any)));
  });
});
