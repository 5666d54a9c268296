// Whether a history of creations and deletions of one topic can have happened one after the other, each
// at some moment between its request and its answer (Herlihy & Wing, 1990). What was never answered may
// have happened at any later moment, or not at all.
//
// Lives on: the simulator's thread.

/** `done`: it came about; `refused`: the topic was there already, or was not there. */
export type TopicOperation = {
  readonly operation: "create" | "delete";
  readonly outcome: "done" | "refused" | "unknown";
  readonly fromMs: number;
  /** Infinity while nothing is known of it. */
  readonly toMs: number;
};

/** Undefined when there is such an order; else the operations that have none. */
export function withoutOrder(
  operations: readonly TopicOperation[],
  isThereAtEnd: boolean,
): readonly TopicOperation[] | undefined {
  const sorted = [...operations].sort((a, b) => a.fromMs - b.fromMs);
  const tried = new Set<string>();
  const isOrdered = (left: readonly TopicOperation[], isThere: boolean): boolean => {
    const certain = left.filter(({ outcome }) => outcome !== "unknown");
    if (certain.length === 0 && reaches(left, isThere, isThereAtEnd)) return true;
    const key = `${isThere} ${left.map((each) => sorted.indexOf(each)).join()}`;
    if (tried.has(key)) return false;
    tried.add(key);
    // Whatever was answered before another began has to come first.
    const firstAnswerMs = Math.min(...certain.map(({ toMs }) => toMs));
    return left.some((next) => {
      if (next.fromMs > firstAnswerMs) return false;
      const after = effectOf(next, isThere);
      return (
        after !== undefined &&
        isOrdered(
          left.filter((each) => each !== next),
          after,
        )
      );
    });
  };
  return isOrdered(sorted, false) ? undefined : sorted;
}

/** Undefined when it cannot have come about like this. */
function effectOf({ operation, outcome }: TopicOperation, isThere: boolean): boolean | undefined {
  const wanted = operation === "create";
  if (outcome === "unknown") return wanted;
  if (outcome === "refused") return isThere === wanted ? isThere : undefined;
  return isThere === wanted ? undefined : wanted;
}

/** By some of those that may or may not have happened. */
function reaches(left: readonly TopicOperation[], isThere: boolean, wanted: boolean): boolean {
  if (isThere === wanted) return true;
  return left.some(({ operation }) => (operation === "create") === wanted);
}
