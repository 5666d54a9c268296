import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  isInternalTopic,
  topicNameProblem,
  unifiedTopicName,
} from "../../src/metadata/topic-names.ts";

describe("topic names", () => {
  // The words are those of Kafka 4.3.1.
  const refused: readonly (readonly [string, string])[] = [
    ["", "Topic name is invalid: the empty string is not allowed"],
    [".", "Topic name is invalid: '.' is not allowed"],
    ["..", "Topic name is invalid: '..' is not allowed"],
    [
      "a b",
      "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
    ],
    [
      "x".repeat(250),
      `Topic name is invalid: the length of '${"x".repeat(250)}' is longer than the max allowed length 249`,
    ],
  ];
  for (const [name, words] of refused) {
    test(`refuse ${JSON.stringify(name.slice(0, 10))}`, () =>
      assert.equal(topicNameProblem(name), words));
  }

  test("take everything else", () => {
    for (const name of ["a", "...", "x".repeat(249), "A-Z_0.9", "__consumer_offsets"]) {
      assert.equal(topicNameProblem(name), undefined);
    }
  });

  test("collide when they differ in dots and underscores alone", () => {
    assert.equal(unifiedTopicName("a.b_c"), unifiedTopicName("a_b.c"));
    assert.notEqual(unifiedTopicName("a-b"), unifiedTopicName("a.b"));
  });

  test("of the coordinators' own topics are internal", () => {
    assert.equal(isInternalTopic("__consumer_offsets"), true);
    assert.equal(isInternalTopic("__mine"), false);
  });
});
