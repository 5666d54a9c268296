// Where replicas go (`StripedReplicaPlacer`): leaders go round the racks, and round the brokers of each;
// followers go to other racks as far as there are any. When every broker that is there has had a leader,
// all are shuffled, so that the same ones do not follow one another again and again.
//
// Lives on: anywhere (pure).

export type PlaceableBroker = {
  readonly brokerId: number;
  readonly rack: string | null;
  readonly fenced: boolean;
};

type Chance = () => number;

export class StripedPlacer {
  readonly #racks: Rack[];
  readonly #chance: Chance;
  readonly #unfenced: number;
  #epoch = 0;
  #offset = 0;

  /** `brokers`: at least one of them unfenced. */
  constructor(brokers: readonly PlaceableBroker[], chance: Chance) {
    this.#chance = chance;
    this.#unfenced = brokers.filter(({ fenced }) => !fenced).length;
    const names = [...new Set(brokers.map(({ rack }) => rack ?? ""))].sort();
    this.#racks = names.map((name) => {
      const here = brokers.filter(({ rack }) => (rack ?? "") === name);
      const idsOf = (fenced: boolean): number[] =>
        here.filter((broker) => broker.fenced === fenced).map(({ brokerId }) => brokerId);
      return new Rack(new Round(idsOf(false)), new Round(idsOf(true)));
    });
    this.#shuffle();
  }

  /** The replicas of the next partition, its leader first: no broker twice. */
  place(replicationFactor: number): readonly number[] {
    if (this.#epoch === this.#unfenced && this.#unfenced > 1) {
      this.#shuffle();
      this.#epoch = 0;
    }
    const count = this.#racks.length;
    const start = this.#offset % count;
    const inOrder = this.#racks.map((_, at) => this.#racks[(start + at) % count]!);
    const replicas: number[] = [];
    let led: Rack | undefined;
    for (const rack of inOrder) {
      const leader = rack.nextUnfenced(this.#epoch);
      if (leader === undefined) continue;
      replicas.push(leader);
      led = rack;
      break;
    }
    // The rack of the leader is passed over once.
    for (let at = 0; replicas.length < replicationFactor; at++) {
      const rack = inOrder[at % count]!;
      if (rack === led && at < count) continue;
      const follower = rack.next(this.#epoch);
      if (follower !== undefined) replicas.push(follower);
    }
    this.#epoch += 1;
    this.#offset += 1;
    return replicas;
  }

  #shuffle(): void {
    shuffle(this.#racks, this.#chance);
    for (const rack of this.#racks) rack.shuffle(this.#chance);
  }
}

class Rack {
  readonly #unfenced: Round;
  readonly #fenced: Round;

  constructor(unfenced: Round, fenced: Round) {
    this.#unfenced = unfenced;
    this.#fenced = fenced;
  }

  nextUnfenced(epoch: number): number | undefined {
    return this.#unfenced.next(epoch);
  }

  /** Those that are away come last. */
  next(epoch: number): number | undefined {
    return this.#unfenced.next(epoch) ?? this.#fenced.next(epoch);
  }

  shuffle(chance: Chance): void {
    this.#unfenced.shuffle(chance);
    this.#fenced.shuffle(chance);
  }
}

/** Each broker once in an epoch; every epoch begins with another. */
class Round {
  readonly #brokerIds: number[];
  #epoch = -1;
  #taken = 0;
  #offset = 0;

  constructor(brokerIds: number[]) {
    this.#brokerIds = brokerIds;
  }

  next(epoch: number): number | undefined {
    const count = this.#brokerIds.length;
    if (count === 0) return undefined;
    if (this.#epoch !== epoch) {
      this.#epoch = epoch;
      this.#taken = 0;
      this.#offset = (this.#offset + 1) % count;
    }
    if (this.#taken >= count) return undefined;
    return this.#brokerIds[(this.#offset + this.#taken++) % count];
  }

  shuffle(chance: Chance): void {
    shuffle(this.#brokerIds, chance);
    this.#epoch = -1;
  }
}

function shuffle<T>(items: T[], chance: Chance): void {
  for (let at = items.length - 1; at > 0; at--) {
    const other = chance() % (at + 1);
    [items[at], items[other]] = [items[other]!, items[at]!];
  }
}
