// The differences that are meant to be: each has a name and a reason, and docs/COMPATIBILITY.md tells
// users of it. Whatever differs and is not named here fails the run.

import type { Difference } from "./compare.ts";

export type Exception = {
  readonly name: string;
  readonly reason: string;
  readonly api: RegExp;
  /** Else all of the API's. */
  readonly scenario?: RegExp;
  readonly path: RegExp;
  readonly versions?: readonly [min: number, max: number];
  /** What each answers, as JSON; else whatever. */
  readonly kafka?: RegExp;
  readonly gofka?: RegExp;
};

export const exceptions: readonly Exception[] = [];

export type Place = { readonly api: string; readonly scenario: string; readonly version: number };

export function exceptionFor(place: Place, difference: Difference): Exception | undefined {
  return exceptions.find(
    ({ api, scenario, path, versions, kafka, gofka }) =>
      api.test(place.api) &&
      (scenario?.test(place.scenario) ?? true) &&
      path.test(difference.path) &&
      (versions === undefined || (versions[0] <= place.version && place.version <= versions[1])) &&
      (kafka?.test(JSON.stringify(difference.kafka)) ?? true) &&
      (gofka?.test(JSON.stringify(difference.gofka)) ?? true),
  );
}
