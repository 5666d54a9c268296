// What a group consumer wants to read: topics by name, or all whose names match a pattern, looked up
// again and again because topics come and go; or a pattern that the coordinator is to match.
//
// Lives on: anywhere (ports passed in).

import type { TimerHandle } from "../../runtime/ports.ts";
import type { Cluster } from "../cluster.ts";

/** A pattern for the coordinator to match is in the syntax of RE2/J (KIP-848). */
export type SubscriptionChoice = readonly string[] | RegExp | { readonly serverPattern: string };

/** As often as this, while a topic is wanted that there is not. */
const MISSING_AGAIN_MS = 1_000;
/** Kafka's own topics are no pattern's business (`exclude.internal.topics`). */
const internalTopics: ReadonlySet<string> = new Set(["__consumer_offsets", "__transaction_state"]);

export class Subscription {
  private readonly cluster: Cluster;
  private readonly maxAgeMs: number;
  private readonly alsoWatched: () => readonly string[];
  private readonly refreshed: () => void;
  private choice: SubscriptionChoice = [];
  private names: readonly string[] = [];
  private timer: TimerHandle | undefined;
  private turn = 0;

  /** `refreshed` hears whenever the topics have been looked up. */
  constructor(
    cluster: Cluster,
    maxAgeMs: number,
    alsoWatched: () => readonly string[],
    refreshed: () => void,
  ) {
    this.cluster = cluster;
    this.maxAgeMs = maxAgeMs;
    this.alsoWatched = alsoWatched;
    this.refreshed = refreshed;
  }

  /** In order; each once. */
  get topics(): readonly string[] {
    return this.names;
  }

  /** null: it is none for the coordinator. */
  get serverPattern(): string | null {
    return "serverPattern" in this.choice ? this.choice.serverPattern : null;
  }

  choose(choice: SubscriptionChoice): void {
    this.choice = choice;
    if ("serverPattern" in choice) this.names = [];
    else if (!(choice instanceof RegExp)) this.names = [...new Set(choice)].sort();
    this.refresh();
  }

  stop(): void {
    this.turn += 1;
    if (this.timer !== undefined) this.cluster.ports.clock.stopTimer(this.timer);
    this.timer = undefined;
  }

  private refresh(attempt = 1): void {
    this.stop();
    const { turn, choice } = this;
    const wanted =
      choice instanceof RegExp ? null : [...new Set([...this.names, ...this.alsoWatched()])];
    this.cluster.refresh(wanted, (outcome) => {
      if (turn !== this.turn) return;
      if (!outcome.ok) {
        return this.cluster.backOff(attempt, () => {
          if (turn === this.turn) this.refresh(attempt + 1);
        });
      }
      if (choice instanceof RegExp) this.match(choice);
      this.waitForNext();
      this.refreshed();
    });
  }

  private match(pattern: RegExp): void {
    // Of a pattern with the flag g, each test would begin where the last one ended.
    const matches = (name: string): boolean => name.search(pattern) >= 0;
    const names = this.cluster.topicNames().filter((name) => !internalTopics.has(name));
    this.names = names.filter(matches).sort();
  }

  private waitForNext(): void {
    const isMissing = this.names.some((name) => this.cluster.topic(name) === undefined);
    const delayMs = isMissing ? Math.min(MISSING_AGAIN_MS, this.maxAgeMs) : this.maxAgeMs;
    this.timer = this.cluster.ports.clock.startTimer(delayMs, () => this.refresh());
  }
}
