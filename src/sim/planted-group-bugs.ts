// Known bugs of groups, planted like the others (planted-bugs.ts). Most spoil a group's actor at its
// doors: what it hears, what it answers, what it is given when it comes to life.
//
// Lives on: the simulator's thread.

import { ClassicGroup } from "../actors/group/classic/classic-group.ts";
import { groupActor } from "../actors/group/group.ts";
import { Journal } from "../actors/group/journal.ts";
import type { GroupActorSettings, StoredRecord } from "../actors/group/messages.ts";
import { groupMetadataRecord, readRecord } from "../actors/group/records.ts";
import type { GroupRecord } from "../actors/group/records.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import type { PlantedBug } from "./planted-bugs.ts";
import { replaceMethod } from "./replace-method.ts";

type Create = typeof groupActor.create;
type Group = ReturnType<Create>;
type Outbox = Parameters<Create>[1];

/** Offsets have the first two types of keys. */
const isOffset = ({ key }: GroupRecord): boolean => key[0] === 0 && key[1]! <= 1;

export const groupBugs: readonly PlantedBug[] = [
  {
    name: "commit-before-it-is-kept",
    what: "a commit is answered at once and written with the next one",
    provoke: { faults: { kill: 400 }, grouped: "classic" },
    plant: () => {
      const late = new WeakMap<Journal, readonly GroupRecord[]>();
      return replaceMethod(
        Journal.prototype,
        "append",
        (kept: Journal["append"]) =>
          function append(this: Journal, records: readonly GroupRecord[], settle: Settle): void {
            if (!records.every(isOffset)) return kept.call(this, records, settle);
            const before = late.get(this);
            if (before !== undefined) kept.call(this, before, () => {});
            late.set(this, records);
            settle(ErrorCode.NONE);
          },
      );
    },
  },
  {
    name: "old-generation-taken",
    what: "a commit counts as one of the newest generation, whatever it says",
    provoke: { faults: {}, grouped: "classic" },
    plant: () => {
      const newest = new Map<object, { memberId: string; generationId: number }>();
      return spoilGroups({
        reply: (out, value) => {
          if (isJoined(value)) newest.set(out, value);
        },
        handlers: (group, out) => ({
          onCommitOffsets: (args, replyTo) => {
            const taken = newest.get(out);
            const isMembers = args.generationIdOrMemberEpoch >= 0 && taken !== undefined;
            const { memberId, generationId: generationIdOrMemberEpoch } = taken ?? {
              memberId: "",
              generationId: -1,
            };
            const member = { memberId, generationIdOrMemberEpoch, groupInstanceId: null };
            group.onCommitOffsets(isMembers ? { ...args, ...member } : args, replyTo);
          },
        }),
      });
    },
  },
  {
    name: "heartbeats-do-not-count",
    what: "a heartbeat is answered and the member's session goes on to its end",
    provoke: { faults: {}, grouped: "classic" },
    plant: () =>
      spoilGroups({
        handlers: (_, out) => ({
          onHeartbeat: (_args, replyTo) => out.reply(replyTo, { errorCode: ErrorCode.NONE }),
        }),
      }),
  },
  {
    name: "member-lost-in-replay",
    what: "a group comes to life without the last of its members",
    provoke: { faults: {}, grouped: "classic" },
    plant: () =>
      spoilGroups({
        settings: (settings) => ({
          ...settings,
          records: settings.records.map((record) => withoutLastMember(settings.groupId, record)),
        }),
      }),
  },
  {
    name: "offsets-gone-too-soon",
    what: "offsets of a group that lives are taken for too old",
    provoke: {
      faults: {},
      grouped: "classic",
      broker: { "offsets.retention.check.interval.ms": "300" },
    },
    plant: () => {
      const mend = spoilGroups({
        settings: (settings) => ({
          ...settings,
          config: { ...settings.config, offsetsRetentionMs: 1 },
        }),
      });
      const mendToo = replaceMethod(ClassicGroup.prototype, "isSubscribedTo", () => () => false);
      return () => {
        mend();
        mendToo();
      };
    },
  },
  {
    name: "assignment-of-another",
    what: "now and then a member is given what the one before it was given",
    provoke: { faults: {}, grouped: "classic" },
    plant: () => {
      let count = 0;
      let last: Uint8Array | undefined;
      return spoilGroups({
        reply: (_, value) => {
          if (!isSynced(value)) return;
          count += 1;
          if (count % 3 === 0 && last !== undefined) return { ...value, assignment: last };
          last = value.assignment;
        },
      });
    },
  },
  {
    name: "revocation-not-awaited",
    what: "what a member is to give up counts as given up with its next heartbeat",
    provoke: { faults: {}, grouped: "consumer" },
    plant: () => {
      const told = new Map<string, Told["assignment"]>();
      return spoilGroups({
        reply: (_, value) => {
          if (isTold(value)) told.set(value.memberId, value.assignment);
        },
        handlers: (group) => ({
          onConsumerHeartbeat: (args, replyTo) => {
            const topicPartitions = told.get(args.memberId)?.topicPartitions;
            const isIn = args.memberEpoch > 0 && topicPartitions !== undefined;
            group.onConsumerHeartbeat(isIn ? { ...args, topicPartitions } : args, replyTo);
          },
        }),
      });
    },
  },
];

type Settle = (errorCode: ErrorCode) => void;

type Spoil = {
  readonly settings?: (settings: GroupActorSettings) => GroupActorSettings;
  /** What to answer instead; undefined: as it is. */
  readonly reply?: (out: Outbox, value: unknown) => unknown;
  readonly handlers?: (group: Group, out: Outbox) => Partial<Group>;
};

function spoilGroups({ settings, reply, handlers }: Spoil): () => void {
  return replaceMethod(groupActor, "create", (kept: Create): Create => (given, out, world) => {
    const spoilt: Outbox = Object.create(out, {
      reply: {
        value: (replyTo: never, value: never) => {
          out.reply(replyTo, (reply?.(out, value) ?? value) as never);
        },
      },
    }) as Outbox;
    const group = kept(settings?.(given) ?? given, spoilt, world);
    const own = handlers?.(group, out) ?? {};
    return new Proxy(group, {
      get: (target, name) => {
        const found = (own as Record<string | symbol, unknown>)[name];
        if (found !== undefined) return found;
        const method = Reflect.get(target, name) as unknown;
        return typeof method === "function" ? method.bind(target) : method;
      },
    });
  });
}

function withoutLastMember(groupId: string, record: StoredRecord): StoredRecord {
  const read = readRecord(record);
  if (!read.ok || read.value.kind !== "groupMetadata") return record;
  const { value } = read.value;
  const members = value.members.slice(0, -1);
  const { key, value: bytes } = groupMetadataRecord(groupId, { ...value, members });
  return { key, value: bytes! };
}

type Told = {
  readonly memberId: string;
  readonly assignment: {
    readonly topicPartitions: readonly {
      readonly topicId: string;
      readonly partitions: readonly number[];
    }[];
  };
};

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isJoined(value: unknown): value is { memberId: string; generationId: number } {
  return isObject(value) && "skipAssignment" in value && value["errorCode"] === ErrorCode.NONE;
}

function isSynced(value: unknown): value is { assignment: Uint8Array } {
  if (!isObject(value)) return false;
  const { assignment } = value;
  return assignment instanceof Uint8Array && assignment.byteLength > 0;
}

function isTold(value: unknown): value is Told {
  if (!isObject(value) || !("memberEpoch" in value)) return false;
  return typeof value["memberId"] === "string" && isObject(value["assignment"]);
}
