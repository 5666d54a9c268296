// What must hold of every declaration, whatever it declares.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { apiOf, apis } from "../../src/protocol/api-keys.ts";
import { describeError, ErrorCode, errorDescriptions } from "../../src/protocol/error-codes.ts";
import { requestHeaderVersion, responseHeaderVersion } from "../../src/protocol/header-versions.ts";
import type { AnyField, Message, Shape, Spec } from "../../src/protocol/schema.ts";
import { declaredMessages, declaredRecords, versionsOf } from "./support/declared.ts";

type Visit = (path: string, spec: Spec) => void;

function visitFields(shape: Shape, path: string, visit: Visit): void {
  for (const [key, { spec }] of Object.entries(shape)) {
    visit(`${path}.${key}`, spec);
    const element = spec.element as Shape | AnyField | undefined;
    if (element !== undefined && !("orElse" in element))
      visitFields(element, `${path}.${key}`, visit);
  }
}

function shapesOf(shape: Shape): Shape[] {
  return Object.values(shape).reduce(
    (shapes, { spec }) => {
      const element = spec.element as Shape | AnyField | undefined;
      const nested = element !== undefined && !("orElse" in element) ? shapesOf(element) : [];
      return [...shapes, ...nested];
    },
    [shape],
  );
}

const all: readonly Message<Shape>[] = [...declaredMessages, ...declaredRecords];

test("no bytes nest deeper than five, because no declaration does or holds itself", () => {
  let deepest = 0;
  for (const message of all) {
    visitFields(message.shape, message.name, (path, { element }) => {
      const isField = element !== undefined && "orElse" in element;
      assert(!isField || (element as AnyField).spec.element === undefined, `${path} of arrays`);
      const holders = path.split(".").length - 2;
      deepest = Math.max(deepest, holders + (element === undefined ? 0 : 1));
    });
  }
  assert.equal(deepest, 5);
});

test("tags are numbered from 0 in each shape, and only flexible versions have them", () => {
  for (const message of all) {
    for (const shape of shapesOf(message.shape)) {
      const tags = Object.values(shape)
        .map(({ spec }) => spec.tag)
        .filter((tag) => tag >= 0)
        .sort((a, b) => a - b);
      assert.deepEqual(tags, [...tags.keys()], message.name);
    }
    visitFields(message.shape, message.name, (path, { tag, since }) => {
      const first = Math.max(since, message.versions[0]);
      if (tag >= 0) assert(first >= message.flexibleFrom, path);
    });
  }
});

test("each field is in some version, and its fallback is of its type", () => {
  for (const message of all) {
    visitFields(message.shape, message.name, (path, spec) => {
      const [min, max] = message.versions;
      assert(spec.since <= max && spec.last >= min && spec.since <= spec.last, path);
      if (spec.fallback === null) assert(spec.nullableSince <= max, path);
      if (spec.wire === "int64" && spec.exact) assert.equal(typeof spec.fallback, "bigint", path);
    });
  }
});

test("every codec compiles", () => {
  for (const message of all) {
    for (const version of versionsOf(message)) {
      message.at(version);
      message.exactly(version);
    }
  }
});

test("the table of APIs is the listing of the folder", () => {
  const files = readdirSync(join(import.meta.dirname, "../../src/protocol/messages"))
    .filter((name) => /^\d/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b);
  assert.deepEqual(
    apis.map(({ key }) => key).sort((a, b) => a - b),
    files,
  );
  for (const { key, name, request, response } of apis) {
    assert.equal(apiOf(key)?.name, name);
    assert.equal(request.name, `${name}Request`);
    assert.equal(response.name, `${name}Response`);
    assert.equal(request.apiKey, key);
    assert.equal(response.apiKey, key);
    assert.deepEqual(request.versions, response.versions, name);
    assert.equal(request.flexibleFrom, response.flexibleFrom, name);
  }
  assert.equal(apiOf(4), undefined, "gone with ZooKeeper");
});

test("the headers of every API's versions are those of its bodies", () => {
  for (const { key, name, request } of apis) {
    for (const version of versionsOf(request)) {
      const isNew = version >= request.flexibleFrom;
      assert.equal(requestHeaderVersion(key, version), isNew ? 2 : 1, `${name} v${version}`);
      const expected = isNew && name !== "ApiVersions" ? 1 : 0;
      assert.equal(responseHeaderVersion(key, version), expected, `${name} v${version}`);
    }
  }
});

test("error codes run from -1 without a gap and each says what it means", () => {
  const codes = [...errorDescriptions.keys()];
  assert.deepEqual(
    codes,
    codes.map((_, i) => i - 1),
  );
  for (const { code, name, meaning } of errorDescriptions.values()) {
    assert.equal(ErrorCode[name], code);
    assert(meaning.length > 5, name);
  }
  assert.equal(describeError(ErrorCode.NOT_LEADER_OR_FOLLOWER).retriable, true);
  assert.equal(describeError(9999).name, "UNKNOWN_SERVER_ERROR");
});
