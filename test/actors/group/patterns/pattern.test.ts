import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { TopicPattern } from "../../../../src/actors/group/patterns/pattern.ts";

function compile(text: string): TopicPattern {
  const pattern = TopicPattern.compile(text);
  assert.ok(pattern instanceof TopicPattern, JSON.stringify(pattern));
  return pattern;
}

function problemOf(text: string): string | undefined {
  const pattern = TopicPattern.compile(text);
  return pattern instanceof TopicPattern ? undefined : pattern.problem;
}

describe("a subscription pattern", () => {
  const cases: readonly (readonly [pattern: string, matches: string[], others: string[]])[] = [
    ["", [""], ["a"]],
    ["orders", ["orders"], ["orders2", "my-orders", ""]],
    ["orders.*", ["orders", "orders-eu"], ["my-orders"]],
    ["orders\\.v[12]", ["orders.v1", "orders.v2"], ["orders-v1", "orders.v3"]],
    ["a|bc|", ["a", "bc", ""], ["abc"]],
    ["(?:a|b)+c?", ["a", "abba", "bc"], ["c", "acc"]],
    ["^ab$", ["ab"], ["a"]],
    ["\\Aab\\z", ["ab"], ["abb"]],
    ["a^b", [], ["ab", "a^b"]],
    ["a{2,3}", ["aa", "aaa"], ["a", "aaaa"]],
    ["a{2,}", ["aa", "aaaaa"], ["a"]],
    ["a{2}", ["aa"], ["a", "aaa"]],
    ["a{0}b", ["b"], ["ab"]],
    ["a{,2}", ["a{,2}"], ["aa"]],
    ["a{x}", ["a{x}"], ["a"]],
    ["(a*)*b", ["b", "aab"], ["a"]],
    ["a+?b??", ["a", "aab"], ["b"]],
    ["(?i)orders", ["ORDERS", "Orders"], ["order"]],
    ["a(?i)b(?-i)c", ["abc", "aBc"], ["Abc", "abC"]],
    ["(a(?i)b)c", ["abc", "aBc"], ["aBC"]],
    ["(?i:a)b", ["Ab", "ab"], ["aB"]],
    ["(?P<name>a)(?<other>b)", ["ab"], ["a"]],
    ["[a-c_.-]+", ["a-b_c.", "-"], ["d", ""]],
    ["[^a-c]", ["d", "-"], ["a", "dd"]],
    ["[]a]", ["]", "a"], ["b"]],
    ["[a-]", ["-", "a"], ["b"]],
    ["[[:alpha:]_]+[[:^digit:]]", ["abc", "a_"], ["a1"]],
    ["[\\d\\-x]+", ["1-x"], ["y"]],
    ["(?i)[k-m]", ["K", "l"], ["n"]],
    ["\\w+\\W\\d\\D\\S", ["ab-1cd"], ["ab11cd"]],
    ["\\pL+\\p{Nd}\\P{Lu}", ["ab1c"], ["ab1C", "abcc"]],
    ["\\p{Greek}|\\p{Latin}", ["a"], ["1"]],
    ["\\Qa.b*\\E+", ["a.b*", "a.b**"], ["aab"]],
    ["\\x61\\x{62}\\141", ["aba"], ["abc"]],
    ["\\bab\\b-\\bcd", ["ab-cd"], ["abcd"]],
    ["a\\Bb", ["ab"], ["a"]],
    ["é|ab", ["ab"], ["e"]],
    ["日[^é]", [], ["a"]],
  ];
  for (const [text, matches, others] of cases) {
    test(`\`${text}\``, () => {
      const pattern = compile(text);
      for (const name of matches) assert.equal(pattern.matches(name), true, name);
      for (const name of others) assert.equal(pattern.matches(name), false, name);
    });
  }

  test("what is no pattern is told in RE2's words", () => {
    const problems: readonly (readonly [text: string, problem: string])[] = [
      ["(ab", "missing closing ): `(ab`"],
      ["ab)", "unexpected ): `)`"],
      ["[ab", "missing closing ]: `[ab`"],
      ["[b-a]", "invalid character class range: `b-a`"],
      ["*a", "missing argument to repetition operator: `*`"],
      ["a**", "invalid nested repetition operator: `*`"],
      ["a{1001}", "invalid repeat count: `{1001}`"],
      ["a{3,2}", "invalid repeat count: `{3,2}`"],
      ["(?=a)", "invalid or unsupported Perl syntax: `(?=`"],
      ["(?<!a)", "invalid or unsupported Perl syntax: `(?<`"],
      ["(a)\\1", "invalid escape sequence: `\\1`"],
      ["\\", "trailing backslash at end of expression"],
      ["\\p{Nothing}", "invalid character class range: `\\p{Nothing}`"],
      ["[[:nothing:]]", "invalid character class range: `[:nothing:]`"],
    ];
    for (const [text, problem] of problems) assert.equal(problemOf(text), problem, text);
  });

  test("size and depth are bounded", () => {
    assert.equal(problemOf("((a{100}){100}){100}"), "expression is too large");
    assert.equal(problemOf("(".repeat(10_000)), "expression nests too deeply");
    assert.equal(problemOf("a".repeat(30_000)), "expression is too large");
  });

  test("time is linear where others go astray", () => {
    const pattern = compile("(a*)*(a|aa)+(.*.*)*b");
    assert.equal(pattern.matches("a".repeat(5000)), false);
  });

  test("agrees with JavaScript's engine where both speak the same language", () => {
    const atom = fc.constantFrom("a", "b", ".", "-", "[ab]", "[^a]", "\\w", "\\d", "\\.", "^", "$");
    const { node } = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        atom,
        fc.tuple(tie("node"), tie("node")).map(([a, b]) => a + b),
        fc.tuple(tie("node"), tie("node")).map(([a, b]) => `(?:${a}|${b})`),
        fc
          .tuple(tie("node"), fc.constantFrom("*", "+", "?", "{2}", "{0,2}"))
          .map(([a, operator]) => `(?:${a})${operator}`),
      ),
    }));
    const name = fc.string({ unit: fc.constantFrom("a", "b", "1", ".", "-"), maxLength: 6 });
    fc.assert(
      fc.property(node, fc.array(name, { minLength: 1, maxLength: 8 }), (text, names) => {
        const pattern = compile(text);
        const theirs = new RegExp(`^(?:${text})$`);
        for (const each of names) assert.equal(pattern.matches(each), theirs.test(each), each);
      }),
      { numRuns: 500 },
    );
  });
});
